import { BLOCK_BYTES, PAGE_BYTES, type BlockPair, type BlockPool } from './block-pool.ts';
import { closedFailure } from './file-error.ts';

/** Fills memory from a position in the file, to its last byte or not at all. */
export type Fill = (into: Uint8Array, position: number) => Promise<void>;

/** A part of a file to read: from `position` up to but not including `end`. */
export interface Span {
  readonly position: number;
  readonly end: number;
}

/** One block and what is in it. A failure is kept until the bytes before it were read. */
interface Block {
  readonly memory: Uint8Array;
  length: number;
  used: number;
  filling: Promise<void> | undefined;
  failure: unknown;
}

/** Serves small reads out of two large ones, of which one is always under way. */
export class ReadAhead {
  readonly #fill: Fill;
  readonly #pool: BlockPool;
  readonly #pair: BlockPair;
  readonly #end: number;
  #position: number;
  #current: Block;
  #next: Block;
  #stopped = false;

  constructor(
    span: Span,
    memory: { readonly pair: BlockPair; readonly pool: BlockPool },
    fill: Fill,
  ) {
    this.#fill = fill;
    this.#pool = memory.pool;
    this.#pair = memory.pair;
    this.#position = span.position;
    this.#end = span.end;
    this.#current = this.#started(memory.pair[0]);
    this.#next = this.#started(memory.pair[1]);
  }

  /** At once where the bytes are there. The caller reads no further than the span's end. */
  read(into: Uint8Array): number | Promise<number> {
    const block = this.#current;
    return block.filling === undefined
      ? this.#copy(into)
      : block.filling.then(() => this.#copy(into));
  }

  /** Settles when nothing is written into the blocks any more. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await Promise.all([this.#current.filling, this.#next.filling]);
    this.#pool.giveBack(this.#pair);
  }

  #copy(into: Uint8Array): number {
    if (this.#stopped) throw closedFailure();
    const block = this.#current;
    if (block.failure !== undefined) throw block.failure;
    const count = Math.min(into.byteLength, block.length - block.used);
    into.set(block.memory.subarray(block.used, block.used + count));
    block.used += count;
    if (block.used === block.length) this.#turn(block);
    return count;
  }

  #turn(drained: Block): void {
    this.#current = this.#next;
    this.#next = this.#started(drained.memory);
  }

  #started(memory: Uint8Array): Block {
    // The first block ends with a page, so that all others begin with one.
    const room = BLOCK_BYTES - (this.#position % PAGE_BYTES);
    const length = Math.min(room, this.#end - this.#position);
    const block: Block = { memory, length, used: 0, filling: undefined, failure: undefined };
    if (length === 0) return block;
    block.filling = this.#filled(block, this.#position);
    this.#position += length;
    return block;
  }

  async #filled(block: Block, position: number): Promise<void> {
    try {
      await this.#fill(block.memory.subarray(0, block.length), position);
    } catch (error) {
      block.failure = error;
    }
    block.filling = undefined;
  }
}
