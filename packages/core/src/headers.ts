import type { HeaderEntry, Request } from './contract.ts';
import { NetworkError } from './error.ts';

/** Entries, or what carries them: a request or a reply. */
export type HeaderSource = Iterable<HeaderEntry> | { readonly headers: Iterable<HeaderEntry> };

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 §5.5: what is neither tab, nor visible, nor obs-text, which is sent as latin1. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;
const outerBlanks = /^[\t ]+|[\t ]+$/g;

/** All values of the name joined by ", " (RFC 9110 §5.3), which is wrong for `Set-Cookie`; nothing when there is none. */
export function headerValue(headers: HeaderSource, name: string): string | undefined {
  let joined: string | undefined;
  for (const [entryName, value] of entriesOf(headers)) {
    if (sameName(entryName, name)) joined = joined === undefined ? value : `${joined}, ${value}`;
  }
  return joined;
}

/** The values of the name one by one, in their order. */
export function headerValues(headers: HeaderSource, name: string): string[] {
  const values: string[] = [];
  for (const [entryName, value] of entriesOf(headers)) {
    if (sameName(entryName, name)) values.push(value);
  }
  return values;
}

/** True also when the value is empty. */
export function hasHeader(headers: HeaderSource, name: string): boolean {
  for (const entry of entriesOf(headers)) {
    if (sameName(entry[0], name)) return true;
  }
  return false;
}

/** The same request with this value instead of all that the name had; it takes the place of the first. */
export function withHeader(request: Request, name: string, value: string): Request {
  const entry = checkedEntry([name, value]);
  const headers: HeaderEntry[] = [];
  let placed = false;
  for (const present of request.headers) {
    if (!sameName(present[0], name)) {
      headers.push(present);
    } else if (!placed) {
      headers.push(entry);
      placed = true;
    }
  }
  if (!placed) headers.push(entry);
  return { ...request, headers };
}

/** The same request without any of the names; itself when it has none of them. */
export function withoutHeaders(request: Request, names: readonly string[]): Request {
  const headers = request.headers.filter(([name]) => !names.some((other) => sameName(name, other)));
  return headers.length === request.headers.length ? request : { ...request, headers };
}

/** The entries with blanks around values taken off. Throws `protocol-invalid-operation` for what could not be sent as it is. */
export function checkHeaders(entries: readonly HeaderEntry[]): readonly HeaderEntry[] {
  let trimmed: HeaderEntry[] | undefined;
  for (let index = 0; index < entries.length; index += 1) {
    const entry: unknown = entries[index];
    if (!isPair(entry)) throw refusal('a header is a pair of strings: a name and a value');
    const checked = checkedEntry(entry);
    if (checked === entry) continue;
    trimmed ??= [...entries];
    trimmed[index] = checked;
  }
  return trimmed ?? entries;
}

function isPair(entry: unknown): entry is HeaderEntry {
  if (!Array.isArray(entry) || entry.length !== 2) return false;
  return typeof entry[0] === 'string' && typeof entry[1] === 'string';
}

/** The entry itself, unless blanks had to be taken off. */
function checkedEntry(entry: HeaderEntry): HeaderEntry {
  const [name, value] = entry;
  if (!token.test(name)) throw refusal(`${JSON.stringify(name)} is no header name`);
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  const blank = isBlank(first) || isBlank(last);
  const trimmed = blank ? value.replaceAll(outerBlanks, '') : value;
  const wrong = forbidden.exec(trimmed);
  if (wrong !== null) {
    const code = (trimmed.codePointAt(wrong.index) ?? 0).toString(16).toUpperCase();
    // The value may be a secret, so it is not quoted.
    throw refusal(`the value of the header ${name} holds the character U+${code.padStart(4, '0')}`);
  }
  return blank ? [name, trimmed] : entry;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function entriesOf(headers: HeaderSource): Iterable<HeaderEntry> {
  return 'headers' in headers ? headers.headers : headers;
}

function sameName(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase());
}

function refusal(message: string): NetworkError {
  return new NetworkError('protocol-invalid-operation', message);
}
