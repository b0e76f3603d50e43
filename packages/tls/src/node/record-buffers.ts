/** The longest plaintext of one record (RFC 8446 §5.1). */
export const LONGEST_RECORD_BYTES: number = 16 * 1024;
/** A view that is lent, the next one, and what TLS still delivers from one read of the socket after it was told to stop. */
const RING_BYTES = 256 * 1024;
/** Streams beyond this many at once read by copies: slower, and correct. */
const MOST_LENT_RINGS = 64;
/** Rings that wait for the next stream. */
const MOST_FREE_RINGS = 4;

/**
 * The memory that secured channels read into. The scratch is shared by all: what lands in it is copied out before the next record of
 * any channel. A ring belongs to one channel from `borrow` to `release` or `forget`.
 */
export class RecordBuffers {
  readonly scratch: Uint8Array = new Uint8Array(LONGEST_RECORD_BYTES);
  readonly #free: Uint8Array[] = [];
  #lent = 0;

  /** How many rings channels hold now. */
  get lent(): number {
    return this.#lent;
  }

  /** A ring for a stream, or nothing when as many as may be are lent. */
  borrow(): Uint8Array | undefined {
    if (this.#lent >= MOST_LENT_RINGS) return undefined;
    this.#lent += 1;
    return this.#free.pop() ?? new Uint8Array(RING_BYTES);
  }

  /** Gives a ring back that nobody has a view of and no channel reads into. */
  release(ring: Uint8Array): void {
    this.#lent -= 1;
    if (this.#free.length < MOST_FREE_RINGS) this.#free.push(ring);
  }

  /** Leaves a ring to whoever still has a view of it or reads into it; the collector takes it then. */
  forget(): void {
    this.#lent -= 1;
  }
}

/** All secured channels of a process share it: each record is delivered alone. */
export const recordBuffers: RecordBuffers = new RecordBuffers();
