import { CodingError } from './decoder.ts';

/** Bytes of the header of one member, with its names and comments. */
const MAXIMUM_HEADER_BYTES = 131_072;
const FIXED_LENGTH = 10;
const METHOD_DEFLATE = 8;
const HEADER_CHECK = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const RESERVED = 0xe0;

/** Which part of a header comes next. */
type Part = 'fixed' | 'extra length' | 'extra' | 'name' | 'comment' | 'check' | 'done';

/** Reads the header of one gzip member (RFC 1952 §2.3), split wherever it is. Nothing in it is of use but its end. */
export class GzipHeader {
  foreign = false;
  #part: Part = 'fixed';
  #flags = 0;
  /** Bytes of this part that were read. */
  #count = 0;
  #extraLength = 0;
  #total = 0;

  /** The next byte belongs to the content. */
  get done(): boolean {
    return this.#part === 'done';
  }

  /** It began like one; a single byte is too short to tell. */
  get begun(): boolean {
    return this.#total >= 2 && !this.foreign;
  }

  /** How many bytes belong to the header. At what does not begin like one it stops and is `foreign`; other faults are thrown. */
  read(input: Uint8Array): number {
    let at = 0;
    while (!this.done && !this.foreign && at < input.byteLength) {
      this.#take(input[at] ?? 0);
      at += 1;
      this.#total += 1;
      if (this.#total > MAXIMUM_HEADER_BYTES) {
        throw new CodingError(`its header is longer than ${MAXIMUM_HEADER_BYTES} bytes`);
      }
    }
    return at;
  }

  #take(byte: number): void {
    const at = this.#count;
    this.#count += 1;
    switch (this.#part) {
      case 'fixed':
        this.#takeFixed(byte, at);
        if (this.#count === FIXED_LENGTH) this.#next();
        break;
      case 'extra length':
        this.#extraLength += byte << (8 * at);
        if (this.#count === 2) this.#next();
        break;
      case 'extra':
        if (this.#count === this.#extraLength) this.#next();
        break;
      case 'name':
      case 'comment':
        if (byte === 0) this.#next();
        break;
      case 'check':
        if (this.#count === 2) this.#next();
        break;
      case 'done':
        break;
    }
  }

  #takeFixed(byte: number, at: number): void {
    if (at === 0 ? byte !== 0x1f : at === 1 && byte !== 0x8b) this.foreign = true;
    if (at === 2 && byte !== METHOD_DEFLATE) throw new CodingError(`its method is ${byte}`);
    if (at !== 3) return;
    if ((byte & RESERVED) !== 0) throw new CodingError('it has reserved flags');
    this.#flags = byte;
  }

  /** The next part that the flags announce. */
  #next(): void {
    const order = [
      ['extra length', EXTRA],
      ['extra', this.#extraLength > 0 ? EXTRA : 0],
      ['name', NAME],
      ['comment', COMMENT],
      ['check', HEADER_CHECK],
    ] as const;
    const passed = order.findIndex(([part]) => part === this.#part);
    const next = order.slice(passed + 1).find(([, flag]) => (this.#flags & flag) !== 0);
    this.#part = next?.[0] ?? 'done';
    this.#count = 0;
  }
}
