import { codeLengths, codes } from './huffman-code.ts';

/** The bytes that a text takes when encoded (RFC 7541 §5.2). */
export function huffmanBytes(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1)
    bits += codeLengths[text.charCodeAt(index)] ?? 0;
  return (bits + 7) >>> 3;
}

/** What does not fit beside seven bits that wait is written in two pieces. */
const PIECE_BITS = 24;

/** Writes the code of a text to `start`, for which there is room; returns where it ends. */
export function writeHuffman(into: Uint8Array, start: number, text: string): number {
  let at = start;
  let window = 0;
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    const code = codes[character] ?? 0;
    let bits = codeLengths[character] ?? 0;
    if (bits > PIECE_BITS) {
      const low = bits - PIECE_BITS;
      window = (window << PIECE_BITS) | (code >>> low);
      count += PIECE_BITS;
      while (count >= 8) {
        count -= 8;
        into[at] = window >>> count;
        at += 1;
      }
      bits = low;
    }
    window = (window << bits) | (code & ((1 << bits) - 1));
    count += bits;
    while (count >= 8) {
      count -= 8;
      into[at] = window >>> count;
      at += 1;
    }
  }
  if (count === 0) return at;
  into[at] = (window << (8 - count)) | (0xff >>> count);
  return at + 1;
}
