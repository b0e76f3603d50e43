import { Buffer } from 'node:buffer';

const lineEnd = Buffer.from('\r\n', 'latin1');

/** What ends a chunked body without trailers. */
export const lastChunk: Uint8Array = Buffer.from('0\r\n\r\n', 'latin1');

/** One view as a chunk (RFC 9112 §7.1). The view is not empty: an empty chunk would be the last. */
export function chunk(view: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  return [Buffer.from(`${view.length.toString(16)}\r\n`, 'latin1'), view, lineEnd];
}
