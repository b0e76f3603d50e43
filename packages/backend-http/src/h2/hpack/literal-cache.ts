import type { DecodedField } from './field.ts';

/** Strings that a decoder remembers: a power of two. */
const SLOTS = 256;
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
 * has two slots beside each other, so that two that fall together do not drive each other out.
 */
export class LiteralCache {
  readonly #bytes: Uint8Array = new Uint8Array(SLOTS * SLOT_BYTES);
  /** By slot: the length of the string in bytes, doubled, and one more if it is Huffman-encoded. */
  readonly #shapes: Uint8Array = new Uint8Array(SLOTS);
  readonly #literals: (Literal | undefined)[] = Array.from({ length: SLOTS });
  /** Where what `find` did not find belongs; -1: strings of that length are not remembered. */
  #slot = -1;
  #from: Uint8Array = this.#bytes;
  #start = 0;
  #shape = 0;
  #turn = 0;

  /** The string that was sent as these bytes. `huffman` is 1 if they are Huffman-encoded, and 0 if they are not. */
  find(from: Uint8Array, start: number, end: number, huffman: number): Literal | undefined {
    this.#slot = -1;
    if (end - start > SLOT_BYTES) return undefined;
    let hash = end - start;
    for (let index = start; index < end; index += 1)
      hash = Math.imul(hash ^ (from[index] ?? 0), 0x01000193);
    this.#shape = (end - start) * 2 + huffman;
    this.#from = from;
    this.#start = start;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    if (this.#isAt(slot)) return this.#literals[slot];
    if (this.#isAt(slot ^ 1)) return this.#literals[slot ^ 1];
    this.#slot = this.#slotToUse(slot);
    return undefined;
  }

  /** Remembers what `find` did not find. */
  keep(literal: Literal): void {
    const slot = this.#slot;
    if (slot < 0) return;
    this.#shapes[slot] = this.#shape;
    this.#literals[slot] = literal;
    const bytes = this.#bytes;
    const from = this.#from;
    const offset = slot * SLOT_BYTES - this.#start;
    const end = this.#start + (this.#shape >>> 1);
    for (let index = this.#start; index < end; index += 1) bytes[offset + index] = from[index] ?? 0;
  }

  #isAt(slot: number): boolean {
    if (this.#shapes[slot] !== this.#shape) return false;
    const bytes = this.#bytes;
    const from = this.#from;
    const offset = slot * SLOT_BYTES - this.#start;
    const end = this.#start + (this.#shape >>> 1);
    for (let index = this.#start; index < end; index += 1) {
      if (bytes[offset + index] !== from[index]) return false;
    }
    return true;
  }

  /** An empty one, or each of the two in turn. */
  #slotToUse(slot: number): number {
    if (this.#literals[slot] === undefined) return slot;
    if (this.#literals[slot ^ 1] === undefined) return slot ^ 1;
    this.#turn ^= 1;
    return slot ^ this.#turn;
  }
}
