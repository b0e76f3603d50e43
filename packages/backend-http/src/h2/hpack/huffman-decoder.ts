import { Buffer } from 'node:buffer';

import { hpackFailure } from './failure.ts';
import { characterFlaws } from './field.ts';
import {
  codeCounts,
  codeLengths,
  codes,
  EOS,
  firstCodes,
  firstPlaces,
  LONGEST_CODE,
  symbols,
} from './huffman-code.ts';

/** Bits that are looked up at once. Two symbols fit in often, and the table into the nearest cache. */
const LOOKUP_BITS = 12;
const LOOKUP_MASK = 2 ** LOOKUP_BITS - 1;
/** The shortest code: no text is longer than so. */
const SHORTEST_CODE = 5;
const KEPT_BYTES = 16_384;

/**
 * What begins with these bits. First symbol in bits 0 to 7, second in 8 to 15, how many there are in 16 and 17, bits of the first in
 * 18 to 21, of all in 22 to 25, their `characterFlaws` from 26 on. 0: a longer code.
 */
const lookup = new Uint32Array(LOOKUP_MASK + 1);
const FIRST_BITS_SHIFT = 18;
const ALL_BITS_SHIFT = 22;
const FLAWS_SHIFT = 26;
fillLookup();

function fillLookup(): void {
  for (let first = 0; first < EOS; first += 1) {
    const bits = codeLengths[first] ?? 0;
    if (bits > LOOKUP_BITS) continue;
    const only = first | (1 << 16) | (bits << FIRST_BITS_SHIFT) | (bits << ALL_BITS_SHIFT);
    fill(codes[first] ?? 0, bits, only | (flawsOf(first) << FLAWS_SHIFT));
    for (let second = 0; second < EOS; second += 1) {
      const together = bits + (codeLengths[second] ?? 0);
      if (together > LOOKUP_BITS) continue;
      const both = first | (second << 8) | (2 << 16) | (bits << FIRST_BITS_SHIFT);
      const flaws = flawsOf(first) | flawsOf(second);
      const start = ((codes[first] ?? 0) << (together - bits)) | (codes[second] ?? 0);
      fill(start, together, both | (together << ALL_BITS_SHIFT) | (flaws << FLAWS_SHIFT));
    }
  }
}

function flawsOf(symbol: number): number {
  return characterFlaws[symbol] ?? 0;
}

function fill(code: number, bits: number, entry: number): void {
  const free = LOOKUP_BITS - bits;
  lookup.fill(entry, code << free, (code + 1) << free);
}

/** Decodes strings (RFC 7541 §5.2) into memory that the next one overwrites. */
export class HuffmanDecoder {
  /** The text, one byte for each character. */
  bytes: Buffer = Buffer.allocUnsafeSlow(KEPT_BYTES);
  length = 0;
  /** Of all characters together. */
  flaws = 0;

  /** Decodes what lies from `start` to `end`. Throws at padding that is none, and at EOS. */
  decode(from: Uint8Array, start: number, end: number): void {
    const into = this.#room(end - start);
    let at = start;
    let window = 0;
    let count = 0;
    let length = 0;
    let seen = 0;
    for (;;) {
      while (count < LOOKUP_BITS && at < end) {
        window = (window << 8) | (from[at] ?? 0);
        at += 1;
        count += 8;
      }
      if (count < LOOKUP_BITS) break;
      const entry = lookup[(window >>> (count - LOOKUP_BITS)) & LOOKUP_MASK] ?? 0;
      if (entry === 0) {
        const place = longSymbol(from, at * 8 - count, end * 8);
        const symbol = symbols[place] ?? EOS;
        into[length] = symbol;
        length += 1;
        seen |= flawsOf(symbol) << FLAWS_SHIFT;
        const next = at * 8 - count + (codeLengths[symbol] ?? 0);
        at = (next + 7) >>> 3;
        count = at * 8 - next;
        window = from[at - 1] ?? 0;
        continue;
      }
      into[length] = entry;
      into[length + 1] = entry >>> 8;
      length += (entry >>> 16) & 3;
      count -= (entry >>> ALL_BITS_SHIFT) & 15;
      seen |= entry;
    }
    this.length = length;
    this.flaws = seen >>> FLAWS_SHIFT;
    this.#finish(window & ((1 << count) - 1), count);
  }

  /** Takes the last bits: perhaps some short codes, then padding of less than a byte (§5.2). */
  #finish(window: number, bits: number): void {
    let count = bits;
    for (;;) {
      const padding = LOOKUP_BITS - count;
      const padded = (window << padding) | ((1 << padding) - 1);
      const entry = lookup[padded & LOOKUP_MASK] ?? 0;
      const used = (entry >>> FIRST_BITS_SHIFT) & 15;
      if (used === 0 || used > count) break;
      const symbol = entry & 255;
      this.bytes[this.length] = symbol;
      this.length += 1;
      this.flaws |= flawsOf(symbol);
      count -= used;
    }
    const ones = (1 << count) - 1;
    if (count > 7 || (window & ones) !== ones) throw hpackFailure('a string has wrong padding');
  }

  #room(encodedBytes: number): Buffer {
    const wanted = Math.ceil((encodedBytes * 8) / SHORTEST_CODE) + 1;
    if (wanted > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(wanted);
    else if (this.bytes.length > KEPT_BYTES && wanted <= KEPT_BYTES)
      this.bytes = Buffer.allocUnsafeSlow(KEPT_BYTES);
    return this.bytes;
  }
}

/** The place of the symbol whose code begins at this bit, and is longer than what is looked up. */
function longSymbol(from: Uint8Array, startBit: number, endBit: number): number {
  let code = 0;
  for (let length = 1; length <= LONGEST_CODE && startBit + length <= endBit; length += 1) {
    const bit = startBit + length - 1;
    code = code * 2 + (((from[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1);
    const offset = code - (firstCodes[length] ?? 0);
    if (offset >= (codeCounts[length] ?? 0)) continue;
    const place = (firstPlaces[length] ?? 0) + offset;
    if (symbols[place] === EOS) throw hpackFailure('a string has EOS in it');
    return place;
  }
  throw hpackFailure('a string ends within a character');
}
