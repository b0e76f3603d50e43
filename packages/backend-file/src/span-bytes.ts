import { BLOCK_BYTES, PAGE_BYTES, SKEW_BYTES, type BlockPool } from './block-pool.ts';
import type { FileBytes } from './file-bytes.ts';
import { readAt } from './file-call.ts';
import { closedFailure, fileFailure, systemCall } from './file-error.ts';
import { ReadAhead, type Span } from './read-ahead.ts';

/** An open file, and what it is called in messages. */
export interface OpenFile {
  readonly descriptor: number;
  readonly name: string;
}

/** Exactly the bytes of a span: straight into the reader's memory where that is large or all that is left, else by reading ahead. */
export class SpanBytes implements FileBytes {
  readonly #file: OpenFile;
  readonly #pool: BlockPool;
  readonly #end: number;
  #position: number;
  #ahead: ReadAhead | undefined;
  #reading: Promise<number> | undefined;
  #stopped = false;

  constructor(file: OpenFile, span: Span, pool: BlockPool) {
    this.#file = file;
    this.#pool = pool;
    this.#position = span.position;
    this.#end = span.end;
  }

  read(into: Uint8Array): number | Promise<number> {
    if (this.#stopped) throw closedFailure();
    const left = this.#end - this.#position;
    if (left === 0 || into.byteLength === 0) return 0;
    const ahead = this.#ahead ?? this.#startAhead(into.byteLength, left);
    if (ahead === undefined) return this.#direct(into, left);
    const count = ahead.read(into);
    return typeof count === 'number' ? this.#advance(count) : count.then(this.#advance);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ahead?.stop();
    await this.#reading?.catch(() => undefined);
  }

  #startAhead(wanted: number, left: number): ReadAhead | undefined {
    if (wanted >= Math.min(left, BLOCK_BYTES)) return undefined;
    const pair = this.#pool.lendPair();
    if (pair === undefined) return undefined;
    const span = { position: this.#position, end: this.#end };
    this.#ahead = new ReadAhead(span, { pair, pool: this.#pool }, this.#fill);
    return this.#ahead;
  }

  #direct(into: Uint8Array, left: number): Promise<number> {
    const wanted = into.subarray(0, directBytes(into.byteLength, left, this.#position));
    this.#reading = this.#readAt(wanted, this.#position).then(this.#advance);
    return this.#reading;
  }

  readonly #advance = (count: number): number => {
    if (this.#stopped) throw closedFailure();
    this.#position += count;
    return count;
  };

  readonly #fill = async (into: Uint8Array, position: number): Promise<void> => {
    let filled = 0;
    while (filled < into.byteLength && !this.#stopped) {
      filled += await this.#readAt(into.subarray(filled), position + filled);
    }
  };

  /** At least one byte: the end is known, and one that comes before it is the file's fault. */
  async #readAt(into: Uint8Array, position: number): Promise<number> {
    const { descriptor, name } = this.#file;
    const count = await systemCall(readAt(descriptor, into, position), `read ${name}`);
    if (count > 0) return count;
    throw fileFailure(
      'protocol-failure',
      `${name} became shorter while it was read: it ended at byte ${position} of ${this.#end}`,
    );
  }
}

/** All that fits; but of a long file half a page less at first, and so out of step with memory that begins with a page, see `SKEW_BYTES`. */
function directBytes(room: number, left: number, position: number): number {
  if (left <= room) return left;
  return room >= BLOCK_BYTES && position % PAGE_BYTES === 0 ? room - SKEW_BYTES : room;
}
