import { Buffer } from 'node:buffer';

/** Memory for the bytes of one stream at a time, while they come faster than small pieces. */
const BLOCK_BYTES = 64 * 1024;
/** Pieces of less have memory of their own, so that many streams with little in them hold little. */
const SMALL_BYTES = 8 * 1024;
/** Blocks that wait for the next stream. */
const MOST_FREE_BLOCKS = 32;

const nothing = new Uint8Array(0);
/** Whoever has none of its bytes lent or unread gives it back. */
const freeBlocks: Uint8Array[] = [];

interface Block {
  readonly memory: Uint8Array;
  /** Unread bytes are from here… */
  start: number;
  /** …to here. */
  end: number;
  next: Block | undefined;
}

/**
 * Bytes that came before somebody read them. They are copied, because the memory in which they came is needed for those of others, and lent
 * to their reader in the order in which they came; what comes behind a lent view leaves it alone.
 */
export class ReceivedBytes {
  #first: Block | undefined;
  #last: Block | undefined;
  #lent = false;
  #size = 0;

  /** How many bytes are unread. */
  get size(): number {
    return this.#size;
  }

  append(view: Uint8Array): void {
    this.#size += view.length;
    let at = 0;
    const last = this.#last;
    if (last !== undefined) at = fill(last, view, 0);
    while (at < view.length) at = fill(this.#grow(view.length - at), view, at);
  }

  /** The first unread bytes, as many as lie together; none: empty. Lent until `advance`. */
  peek(): Uint8Array {
    const first = this.#first;
    if (first === undefined) return nothing;
    this.#lent = true;
    const { memory, start, end } = first;
    // A Buffer's `slice` would not copy, as everybody who is lent a Uint8Array expects.
    return new Uint8Array(memory.buffer, memory.byteOffset + start, end - start);
  }

  advance(distance: number): void {
    const first = this.#first;
    if (distance === 0 || first === undefined) return;
    first.start += distance;
    this.#size -= distance;
    this.#lent = false;
    if (first.start < first.end) return;
    this.#first = first.next;
    if (first.next === undefined) this.#last = undefined;
    recycle(first.memory);
  }

  /** Drops everything. What is lent is not rewritten. */
  clear(): void {
    for (let block = this.#first; block !== undefined; block = block.next) {
      if (block !== this.#first || !this.#lent) recycle(block.memory);
    }
    this.#first = undefined;
    this.#last = undefined;
    this.#size = 0;
  }

  /** As much again as waits already, so that a peer that sends tiny pieces makes few blocks. */
  #grow(bytes: number): Block {
    const wanted = Math.max(bytes, Math.min(this.#size, SMALL_BYTES - 1));
    const block = { memory: memoryFor(wanted), start: 0, end: 0, next: undefined };
    if (this.#last === undefined) this.#first = block;
    else this.#last.next = block;
    this.#last = block;
    return block;
  }
}

/** Index after what found room. */
function fill(block: Block, view: Uint8Array, from: number): number {
  const { memory, end } = block;
  const count = Math.min(memory.length - end, view.length - from);
  if (count === 0) return from;
  const whole = from === 0 && count === view.length;
  memory.set(whole ? view : view.subarray(from, from + count), end);
  block.end = end + count;
  return from + count;
}

/** Small allocations come from a block that Node keeps for them. */
function memoryFor(bytes: number): Uint8Array {
  if (bytes < SMALL_BYTES) return Buffer.allocUnsafe(bytes);
  return freeBlocks.pop() ?? new Uint8Array(BLOCK_BYTES);
}

function recycle(memory: Uint8Array): void {
  if (memory.length === BLOCK_BYTES && freeBlocks.length < MOST_FREE_BLOCKS)
    freeBlocks.push(memory);
}
