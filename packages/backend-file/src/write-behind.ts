import { BLOCK_BYTES, type BlockPair, type BlockPool } from './block-pool.ts';

/** From here on a view is worth a call of its own, and a copy of it would cost more than the call. */
const LARGE_VIEW_BYTES = 262_144;

/** Writes all of the view to a position in the file. */
export type Write = (view: Uint8Array, position: number) => Promise<void>;

/** Writes large views as they come, and gathers small ones in one block while another is being written. */
export class WriteBehind {
  readonly #pool: BlockPool;
  readonly #length: number | undefined;
  readonly #write: Write;
  #pair: BlockPair | undefined;
  #gathering: Uint8Array | undefined;
  #gathered = 0;
  #position = 0;
  #writing: Promise<void> | undefined;

  /** A `length` is that of all views together, if it is known. */
  constructor(pool: BlockPool, length: number | undefined, write: Write) {
    this.#pool = pool;
    this.#length = length;
    this.#write = write;
  }

  /** Settles when the view may be used again. Rejects also when an earlier one could not be written. */
  async add(view: Uint8Array): Promise<void> {
    const alone = view.byteLength >= LARGE_VIEW_BYTES || view.byteLength === this.#length;
    if (alone || !this.#canGather()) {
      await this.finish();
      await this.#start(view);
      return;
    }
    for (let taken = 0; taken < view.byteLength;) taken += await this.#gather(view, taken);
  }

  /** Settles when everything was written. */
  async finish(): Promise<void> {
    if (this.#gathered > 0) await this.#flush();
    await this.#writing;
  }

  /** Settles when nothing is read from the blocks any more. */
  async stop(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    const pair = this.#pair;
    this.#pair = undefined;
    this.#gathering = undefined;
    if (pair !== undefined) this.#pool.giveBack(pair);
  }

  #canGather(): boolean {
    if (this.#pair !== undefined) return true;
    this.#pair = this.#pool.lendPair();
    this.#gathering = this.#pair?.[0];
    return this.#pair !== undefined;
  }

  /** Resolves to the count of bytes taken from the view. */
  async #gather(view: Uint8Array, from: number): Promise<number> {
    const part = view.subarray(from, from + BLOCK_BYTES - this.#gathered);
    this.#gathering?.set(part, this.#gathered);
    this.#gathered += part.byteLength;
    if (this.#gathered === BLOCK_BYTES) await this.#flush();
    return part.byteLength;
  }

  /** Starts to write what was gathered; waits only for the block that was written before. */
  async #flush(): Promise<void> {
    const full = this.#gathering;
    await this.#writing;
    if (full === undefined || this.#pair === undefined) return;
    this.#gathering = full === this.#pair[0] ? this.#pair[1] : this.#pair[0];
    // It is heard by whoever adds next or finishes.
    this.#start(full.subarray(0, this.#gathered)).catch(() => undefined);
    this.#gathered = 0;
  }

  #start(view: Uint8Array): Promise<void> {
    this.#writing = this.#write(view, this.#position);
    this.#position += view.byteLength;
    return this.#writing;
  }
}
