import type { ViewSource } from '@netaccess/core';

/** Every byte becomes one character. */
const latin1 = new TextDecoder('latin1');

/** Thrown by the readers of this file when the peer ends too early. */
export type EarlyEnd = (bytesRead: number) => Error;

/** Takes exactly `length` bytes; what follows them stays unread. */
export async function readExactly(
  source: ViewSource,
  length: number,
  earlyEnd: EarlyEnd,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const view = await source.readPointer();
    if (view.length === 0) throw earlyEnd(filled);
    const part = view.subarray(0, length - filled);
    bytes.set(part, filled);
    filled += part.length;
    source.advanceReadPointer(part.length);
  }
  return bytes;
}

/** Takes a head up to and with its empty line, as latin1 text; `undefined` when it is longer than `limitBytes`. */
export async function readHead(
  source: ViewSource,
  limitBytes: number,
  earlyEnd: EarlyEnd,
): Promise<string | undefined> {
  let head = '';
  for (;;) {
    const view = await source.readPointer();
    if (view.length === 0) throw earlyEnd(head.length);
    const before = head.length;
    head += latin1.decode(view.subarray(0, limitBytes - before));
    const end = head.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end >= 0) {
      source.advanceReadPointer(end + 4 - before);
      return head.slice(0, end + 2);
    }
    if (head.length >= limitBytes) return undefined;
    source.advanceReadPointer(view.length);
  }
}
