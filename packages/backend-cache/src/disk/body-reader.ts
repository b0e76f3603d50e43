import type { EntryReader } from '../store.ts';
import type { BlockPool } from './block-pool.ts';
import type { BodyFile } from './body-file.ts';
import { closedFailure, damageFailure, systemFailure } from './disk-failure.ts';
import { closeFile, readFully } from './file-call.ts';
import { BLOCK_BYTES } from './limits.ts';

const nothing = new Uint8Array(0);

/** Memory, and what is in it or on its way into it. A failure is kept until somebody wants those bytes. */
interface Unit {
  readonly memory: Buffer;
  start: number;
  length: number;
  loading: Promise<void> | undefined;
  failure: Error | undefined;
}

/** What a reader reads, from `from` up to but not including `end`. */
export interface BodyPart {
  readonly body: BodyFile;
  readonly from: number;
  readonly end: number;
}

/** Lends a large body out of two units, of which one is read and checked while the other is lent. */
export class BodyReader implements EntryReader {
  readonly #body: BodyFile;
  readonly #pool: BlockPool;
  readonly #end: number;
  /** Called when a block is not what was written. */
  readonly #damaged: () => void;
  /** Called once, when the file is closed. */
  readonly #done: (reader: BodyReader) => void;
  #position: number;
  /** Up to here bytes were asked for. */
  #asked: number;
  #front: Unit;
  #back: Unit | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    { body, from, end }: BodyPart,
    pool: BlockPool,
    on: { readonly damaged: () => void; readonly done: (reader: BodyReader) => void },
  ) {
    this.#body = body;
    this.#pool = pool;
    this.#position = from;
    this.#end = end;
    this.#damaged = on.damaged;
    this.#done = on.done;
    this.#asked = from - (from % BLOCK_BYTES);
    this.#front = emptyUnit(pool);
    this.#load(this.#front);
  }

  /** Resolves when the first bytes were checked; false: they are damaged. */
  async begin(): Promise<boolean> {
    await this.#front.loading;
    return this.#front.failure === undefined;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#closing !== undefined) throw closedFailure('the entry');
    if (this.#back === undefined && this.#asked < this.#end) this.#readAhead();
    const { loading } = this.#front;
    return loading === undefined ? this.#view() : loading.then(() => this.#view());
  }

  advanceReadPointer(distance: number): void {
    this.#position += distance;
    const drained = this.#front;
    if (this.#back === undefined || this.#position < drained.start + drained.length) return;
    this.#front = this.#back;
    this.#back = drained;
    this.#load(drained);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#front.loading, this.#back?.loading]);
    closeFile(this.#body.file);
    this.#pool.giveBack(this.#front.memory);
    if (this.#back !== undefined) this.#pool.giveBack(this.#back.memory);
    this.#done(this);
  }

  #readAhead(): void {
    this.#back = emptyUnit(this.#pool);
    this.#load(this.#back);
  }

  #view(): Uint8Array {
    if (this.#closing !== undefined) throw closedFailure('the entry');
    if (this.#position >= this.#end) return nothing;
    const { memory, start, length, failure } = this.#front;
    if (failure !== undefined) throw failure;
    return memory.subarray(this.#position - start, Math.min(length, this.#end - start));
  }

  /** Reads whole blocks: their checksums want all of them. */
  #load(unit: Unit): void {
    const start = this.#asked;
    const last = Math.min(this.#body.length, Math.ceil(this.#end / BLOCK_BYTES) * BLOCK_BYTES);
    unit.start = start;
    unit.length = Math.max(0, Math.min(unit.memory.length, last - start));
    if (unit.length === 0 || this.#closing !== undefined) return;
    this.#asked = start + unit.length;
    const run = unit.memory.subarray(0, unit.length);
    unit.loading = readFully(this.#body.file, run, start).then(
      () => this.#loaded(unit, run),
      (error: unknown) => {
        unit.loading = undefined;
        unit.failure = systemFailure(error, 'read a stored body');
      },
    );
  }

  #loaded(unit: Unit, run: Buffer): void {
    unit.loading = undefined;
    if (this.#body.table.holds(run, unit.start / BLOCK_BYTES)) return;
    unit.failure = damageFailure(`bytes ${unit.start} to ${unit.start + unit.length - 1}`);
    this.#damaged();
  }
}

function emptyUnit(pool: BlockPool): Unit {
  return { memory: pool.take(), start: 0, length: 0, loading: undefined, failure: undefined };
}
