import { LONGEST_RECORD_BYTES } from './record-buffers.ts';

/**
 * Where in a borrowed ring the next record may go. Unread bytes, lent ones among them, lie between `#start` and `#end`, which may have
 * wrapped around; a region is never handed out that reaches into them.
 */
export class RecordRing {
  readonly memory: Uint8Array;
  #start = 0;
  #end = 0;
  #unread = 0;
  /** Where the region begins that was handed out last. */
  #region = 0;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  /** True for views of this ring. */
  holds(view: Uint8Array): boolean {
    return view.buffer === this.memory.buffer;
  }

  get isEmpty(): boolean {
    return this.#unread === 0;
  }

  /** Room for a whole record at least, or nothing. */
  region(): Uint8Array | undefined {
    const limits = this.#limits();
    if (limits === undefined) return undefined;
    this.#region = limits[0];
    return this.memory.subarray(limits[0], limits[1]);
  }

  /** The first `count` bytes of the last region are unread from now on. */
  filled(count: number): Uint8Array {
    if (this.#unread === 0) this.#start = this.#region;
    this.#end = this.#region + count;
    this.#unread += count;
    return this.memory.subarray(this.#region, this.#end);
  }

  /** The oldest `count` unread bytes, `view` begins with them, are read. */
  consumed(view: Uint8Array, count: number): void {
    this.#unread -= count;
    this.#start = view.byteOffset - this.memory.byteOffset + count;
  }

  #limits(): readonly [number, number] | undefined {
    const size = this.memory.length;
    if (this.#unread === 0) return [0, size];
    if (this.#end <= this.#start) {
      return this.#start - this.#end >= LONGEST_RECORD_BYTES ? [this.#end, this.#start] : undefined;
    }
    if (size - this.#end >= LONGEST_RECORD_BYTES) return [this.#end, size];
    return this.#start >= LONGEST_RECORD_BYTES ? [0, this.#start] : undefined;
  }
}
