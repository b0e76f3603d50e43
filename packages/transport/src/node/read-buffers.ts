/** One read of a stream: the measured best for plain sockets. */
const LENT_BUFFER_BYTES = 256 * 1024;
/** What all channels share for small reads: more than one such read means that a stream is coming. */
const SCRATCH_BYTES = 64 * 1024;
/** A stream whose last read did not fill its buffer may be over: this much is read to find out. */
const PROBE_BYTES = 4 * 1024;
/** Streams beyond this many at once read by copies: slower, and correct. */
const MOST_LENT_BUFFERS = 64;
/** Buffers that wait for the next stream. */
const MOST_FREE_BUFFERS = 4;

/**
 * The memory that channels read into. The scratch is shared: what lands in it is copied out before the next read of any channel.
 * A lent buffer belongs to one channel from `borrow` to `release` or `forget`.
 */
export class ReadBuffers {
  readonly scratch: Buffer = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  /** The start of the scratch. */
  readonly probe: Buffer = this.scratch.subarray(0, PROBE_BYTES);
  readonly #free: Buffer[] = [];
  #lent = 0;

  /** How many buffers channels hold now. */
  get lent(): number {
    return this.#lent;
  }

  /** A buffer for large reads, or `undefined` when as many as may be are lent. */
  borrow(): Buffer | undefined {
    if (this.#lent >= MOST_LENT_BUFFERS) return undefined;
    this.#lent += 1;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(LENT_BUFFER_BYTES);
  }

  /** Gives a buffer back that nobody has a view of and no channel reads into. */
  release(buffer: Buffer): void {
    this.#lent -= 1;
    if (this.#free.length < MOST_FREE_BUFFERS) this.#free.push(buffer);
  }

  /** Leaves a buffer to whoever still has a view of it or reads into it; the collector takes it then. */
  forget(): void {
    this.#lent -= 1;
  }
}

/** All channels of a process share it: each read of a process runs alone. */
export const readBuffers: ReadBuffers = new ReadBuffers();
