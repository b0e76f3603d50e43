import type { DecodedField } from './field.ts';

/** Strings that a decoder remembers. */
const SLOTS = 128;
/** The longest of them, in bytes as they are sent. */
const SLOT_BYTES = 64;

/** A string of a header block, decoded. */
export interface Literal {
  readonly text: string;
  /** What `characterFlaws` says of its characters. */
  readonly flaws: number;
  /** The field that was last made with it as the value. */
  field: DecodedField | undefined;
}

/**
 * Strings that came lately, found by the bytes that they were sent as: many servers send the same literals with every reply. A string
 * that falls together with another takes its place.
 */
export class LiteralCache {
  readonly #bytes: Uint8Array = new Uint8Array(SLOTS * SLOT_BYTES);
  /** By slot: the length of the string, doubled, and one more if it is Huffman-encoded. */
  readonly #shapes: Uint8Array = new Uint8Array(SLOTS);
  readonly #literals: (Literal | undefined)[] = Array.from({ length: SLOTS });

  /** The slot of these bytes; -1: strings of that length are not remembered. */
  slot(from: Uint8Array, start: number, end: number): number {
    if (end - start > SLOT_BYTES) return -1;
    let hash = end - start;
    for (let index = start; index < end; index += 1) {
      hash = (Math.imul(hash, 0x01000193) ^ (from[index] ?? 0)) | 0;
    }
    return (hash ^ (hash >>> 15)) & (SLOTS - 1);
  }

  /** The string that is in a slot, if it was sent as these bytes. */
  find(slot: number, source: LiteralSource): Literal | undefined {
    const { from, start, end, huffman } = source;
    if (this.#shapes[slot] !== (end - start) * 2 + huffman) return undefined;
    const bytes = this.#bytes;
    let at = slot * SLOT_BYTES;
    for (let index = start; index < end; index += 1, at += 1) {
      if (bytes[at] !== from[index]) return undefined;
    }
    return this.#literals[slot];
  }

  /** Remembers a string in its slot. */
  keep(slot: number, source: LiteralSource, literal: Literal): void {
    const { from, start, end, huffman } = source;
    this.#shapes[slot] = (end - start) * 2 + huffman;
    this.#literals[slot] = literal;
    this.#bytes.set(from.subarray(start, end), slot * SLOT_BYTES);
  }
}

/** Where a string lies as it was sent. */
export interface LiteralSource {
  readonly from: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** 1: Huffman-encoded; 0: as it is. */
  readonly huffman: number;
}
