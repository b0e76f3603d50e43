import { dataFailure } from './data-error.ts';
import { forgivingBase64 } from './forgiving-base64.ts';
import { normalMimeType } from './mime-type.ts';
import { percentDecode } from './percent-decode.ts';

/** What a `data:` URL holds. */
export interface DataUrl {
  readonly mimeType: string;
  readonly body: Uint8Array;
}

const defaultMimeType = 'text/plain;charset=US-ASCII';

/** Takes a `data:` URL apart as the Fetch standard does ("data: URL processor"). The fragment is no part of it. */
export function parseDataUrl(url: URL): DataUrl {
  const text = withoutFragment(url.href.slice(url.protocol.length));
  const comma = text.indexOf(',');
  if (comma === -1) throw dataFailure('protocol-failure', 'the data URL has no comma');
  const { mimeType, isBase64 } = splitMark(trimAsciiWhitespace(text.slice(0, comma)));
  const decoded = percentDecode(text.slice(comma + 1));
  const body = isBase64 ? forgivingBase64(decoded) : decoded;
  if (body === undefined) {
    throw dataFailure('protocol-failure', 'the data URL says base64, but its body is not');
  }
  const complete = mimeType.startsWith(';') ? `text/plain${mimeType}` : mimeType;
  return { mimeType: normalMimeType(complete) ?? defaultMimeType, body };
}

function withoutFragment(text: string): string {
  const hash = text.indexOf('#');
  return hash === -1 ? text : text.slice(0, hash);
}

/** The mark is the last part, and only spaces may stand before it. */
function splitMark(text: string): { readonly mimeType: string; readonly isBase64: boolean } {
  const semicolon = text.lastIndexOf(';');
  const isBase64 = semicolon !== -1 && /^ *base64$/i.test(text.slice(semicolon + 1));
  return { mimeType: isBase64 ? text.slice(0, semicolon) : text, isBase64 };
}

function trimAsciiWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isAsciiWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isAsciiWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isAsciiWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
}
