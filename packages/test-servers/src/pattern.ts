import { createHash } from 'node:crypto';

/**
 * Bytes that both sides can compute: byte `i` depends on `i` and `seed` only, never repeats in a way that hides a lost, doubled
 * or swapped block, and does not compress.
 */
export function patternBytes(length: number, seed = 0, from = 0): Uint8Array<ArrayBuffer> {
  const first = Math.floor(from / 4);
  const words = new Uint32Array(Math.ceil((from + length) / 4) - first);
  for (let index = 0; index < words.length; index += 1) words[index] = mixed(first + index, seed);
  return new Uint8Array(words.buffer, from - first * 4, length);
}

/** The same bytes drawn on the letters a to p: text that compresses to about a half. */
export function patternText(length: number, seed = 0, from = 0): Uint8Array<ArrayBuffer> {
  const letters = patternBytes(length, seed, from);
  for (let index = 0; index < length; index += 1)
    letters[index] = 0x61 + ((letters[index] ?? 0) & 15);
  return letters;
}

/** `patternBytes` in chunks, made when asked for, so that 200 MB are never in memory. */
export function* patternChunks(
  length: number,
  seed = 0,
  chunkLength = 256 * 1024,
  from = 0,
): Generator<Uint8Array<ArrayBuffer>, void> {
  const end = from + length;
  for (let at = from; at < end; at += chunkLength) {
    yield patternBytes(Math.min(chunkLength, end - at), seed, at);
  }
}

/** SHA-256 of `patternBytes(length, seed)` in hexadecimal. */
export function patternHash(length: number, seed = 0): string {
  const hash = createHash('sha256');
  for (const chunk of patternChunks(length, seed)) hash.update(chunk);
  return hash.digest('hex');
}

/** A cheap integer hash (multiply and shift); consecutive inputs give unrelated words. */
function mixed(index: number, seed: number): number {
  let word = Math.imul(index ^ Math.imul(seed + 1, 0x9e3779b1), 0x85ebca6b);
  word ^= word >>> 13;
  word = Math.imul(word, 0xc2b2ae35);
  return word ^ (word >>> 16);
}
