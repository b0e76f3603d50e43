import {
  decodedField,
  FIELD_OVERHEAD_BYTES,
  nameFlaws,
  textFlaws,
  type DecodedField,
} from './field.ts';
import { staticTable } from './static-table.ts';

const FIRST_PLACES = 32;

/** The index of the newest entry of the dynamic table (RFC 7541 §2.3.3). */
export const FIRST_DYNAMIC_INDEX: number = staticTable.length + 1;

const staticFields: readonly DecodedField[] = staticTable.map(([name, value]) =>
  decodedField(name, value, { ofName: nameFlaws(name), ofValue: textFlaws(value, 0) }),
);

/** The fields that a block can refer to (RFC 7541 §2.3). The dynamic ones are kept in a ring. */
export class DecoderTable {
  #ring: (DecodedField | undefined)[] = Array.from({ length: FIRST_PLACES });
  /** Entries that were ever added, less a multiple of the ring's length. */
  #added = 0;
  #count = 0;
  #usedBytes = 0;
  #maximumBytes: number;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  get maximumBytes(): number {
    return this.#maximumBytes;
  }

  /** The entry at an index from 1 on; `undefined` where there is none. */
  field(index: number): DecodedField | undefined {
    if (index < FIRST_DYNAMIC_INDEX) return staticFields[index - 1];
    const age = index - FIRST_DYNAMIC_INDEX;
    if (age >= this.#count) return undefined;
    return this.#ring[(this.#added - 1 - age) & (this.#ring.length - 1)];
  }

  /** Adds an entry in front, and drops what has no more room; an entry larger than the table only empties it (RFC 7541 §4.4). */
  add(field: DecodedField): void {
    this.#shrinkTo(this.#maximumBytes - field.bytes);
    if (field.bytes > this.#maximumBytes) return;
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[this.#added & (this.#ring.length - 1)] = field;
    this.#added = (this.#added + 1) | 0;
    this.#count += 1;
    this.#usedBytes += field.bytes;
  }

  /** Changes the size, and drops what has no more room (RFC 7541 §4.3). */
  resize(maximumBytes: number): void {
    this.#maximumBytes = maximumBytes;
    this.#shrinkTo(maximumBytes);
  }

  #shrinkTo(bytes: number): void {
    const mask = this.#ring.length - 1;
    while (this.#usedBytes > bytes && this.#count > 0) {
      const oldest = (this.#added - this.#count) & mask;
      this.#usedBytes -= this.#ring[oldest]?.bytes ?? FIELD_OVERHEAD_BYTES;
      this.#ring[oldest] = undefined;
      this.#count -= 1;
    }
  }

  #grow(): void {
    const old = this.#ring;
    const first = this.#added - this.#count;
    const inOrder = old.map((_, place) => old[(first + place) & (old.length - 1)]);
    this.#ring = [...inOrder, ...Array.from<undefined>({ length: old.length })];
    this.#added = this.#count;
  }
}
