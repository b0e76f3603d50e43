const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** HTTP quoted-string token code points (MIME Sniffing §2). */
const quotable = /^[\t -~\u0080-\u00FF]*$/;

/** `text` parsed and written again as the MIME Sniffing standard has it (§4.4, §4.5); `undefined` when it is no MIME type. */
export function normalMimeType(text: string): string | undefined {
  const whole = trimmed(text);
  const semicolon = indexOfAny(whole, ';', 0);
  const essence = whole.slice(0, semicolon);
  const slash = essence.indexOf('/');
  if (slash === -1) return undefined;
  const type = essence.slice(0, slash);
  const subtype = trimmedEnd(essence.slice(slash + 1));
  if (!token.test(type) || !token.test(subtype)) return undefined;
  const written = [`${type}/${subtype}`.toLowerCase()];
  for (const [name, value] of parseParameters(whole.slice(semicolon))) {
    written.push(`;${name}=${token.test(value) ? value : quoted(value)}`);
  }
  return written.join('');
}

/** The first of each name; what is malformed is left out. */
function parseParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  let position = 0;
  while (position < text.length) {
    position++;
    const { name, value, end } = parseParameter(text, position);
    position = end;
    if (value === undefined || !token.test(name) || !quotable.test(value)) continue;
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

interface Parameter {
  readonly name: string;
  readonly value: string | undefined;
  /** Where the next semicolon is, or the end. */
  readonly end: number;
}

function parseParameter(text: string, start: number): Parameter {
  const nameEnd = indexOfAny(text, ';=', start);
  const name = trimmedStart(text.slice(start, nameEnd)).toLowerCase();
  const valueStart = nameEnd + 1;
  if (text[nameEnd] !== '=' || valueStart >= text.length) {
    return { name, value: undefined, end: text[nameEnd] === '=' ? text.length : nameEnd };
  }
  if (text[valueStart] === '"') {
    const { value, end } = parseQuoted(text, valueStart + 1);
    return { name, value, end: indexOfAny(text, ';', end) };
  }
  const end = indexOfAny(text, ';', valueStart);
  const value = trimmedEnd(text.slice(valueStart, end));
  return { name, value: value === '' ? undefined : value, end };
}

/** A quoted string without its end mark ends at the end; a backslash there is itself. */
function parseQuoted(text: string, start: number): { value: string; end: number } {
  const parts: string[] = [];
  for (let position = start; ;) {
    const stop = indexOfAny(text, '"\\', position);
    parts.push(text.slice(position, stop));
    if (stop === text.length) return { value: parts.join(''), end: stop };
    if (text[stop] === '"') return { value: parts.join(''), end: stop + 1 };
    parts.push(text[stop + 1] ?? '\\');
    position = Math.min(stop + 2, text.length);
  }
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function indexOfAny(text: string, stops: string, start: number): number {
  let position = start;
  while (position < text.length && !stops.includes(text.charAt(position))) position++;
  return position;
}

function trimmed(text: string): string {
  return trimmedStart(trimmedEnd(text));
}

function trimmedStart(text: string): string {
  let start = 0;
  while (isWhitespace(text.charCodeAt(start))) start++;
  return text.slice(start);
}

function trimmedEnd(text: string): string {
  let end = text.length;
  while (isWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** HTTP white space: a regular expression for the end would take quadratic time. */
function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
