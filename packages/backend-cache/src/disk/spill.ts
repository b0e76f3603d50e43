import { renameSync } from 'node:fs';

import type { BlockPool } from './block-pool.ts';
import { BlockTable, BodyChecksum } from './checksum.ts';
import { damageFailure, systemFailure } from './disk-failure.ts';
import { closeFile, markUsed, readFully, removeFile, writeFully } from './file-call.ts';
import { BLOCK_BYTES } from './limits.ts';

const nothing = Buffer.alloc(0);

/** Memory that is being filled, or written. */
interface Unit {
  readonly memory: Buffer;
  /** Where in the body it begins. */
  start: number;
  filled: number;
}

/** A file under a name of its own, open for reading and writing. */
export interface TemporaryFile {
  readonly file: number;
  readonly path: string;
}

/** A large body on its way into a file of its own: one unit is filled while the other is written. */
export class Spill {
  readonly #file: number;
  #path: string | undefined;
  readonly #pool: BlockPool;
  readonly #table: BlockTable;
  #filling: Unit;
  #writing: Unit;
  #busy: Promise<void> | undefined;
  #failure: Error | undefined;
  /** The writer, and whoever reads along. */
  #holders = 1;

  constructor({ file, path }: TemporaryFile, id: string, pool: BlockPool) {
    this.#file = file;
    this.#path = path;
    this.#pool = pool;
    this.#table = new BlockTable(new BodyChecksum(id));
    this.#filling = { memory: pool.take(), start: 0, filled: 0 };
    this.#writing = { memory: pool.take(), start: 0, filled: 0 };
  }

  /** Takes a copy. A promise: both units are full, and the rest of the view is still needed. */
  add(view: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const used = this.#fill(view, 0);
    if (used < view.length) return this.#addRest(view, used);
  }

  /** Writes what is left, the checksums, and when it was used. Resolves to what the key's file must know. */
  async finish(usedAt: number): Promise<{ readonly sum: number; readonly bytes: number }> {
    await this.#idle();
    const { memory, start, filled } = this.#filling;
    const rest = memory.subarray(0, filled);
    this.#table.add(rest);
    const { bytes, sum } = this.#table.sealed();
    this.#start(Buffer.concat([rest, bytes]), start);
    await this.#idle();
    if (this.#path !== undefined) markUsed(this.#file, this.#path, usedAt);
    return { sum, bytes: start + filled + bytes.length };
  }

  /** Another one reads from the file: it stays open until all have released it. */
  hold(): void {
    this.#holders += 1;
  }

  /** Exactly once for the writer and for every one that holds it. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) closeFile(this.#file);
  }

  /** Gives the file its name for good. */
  moveTo(path: string): void {
    if (this.#path !== undefined) renameSync(this.#path, path);
    this.#path = undefined;
  }

  /** Releases the writer's part, once nothing is written any more; a file without a name for good is removed. Never rejects. */
  async settle(): Promise<void> {
    await this.#busy;
    const end = this.#filling.start + this.#filling.filled;
    const memories = [this.#filling.memory, this.#writing.memory];
    this.#filling = { memory: nothing, start: end, filled: 0 };
    this.#writing = this.#filling;
    for (const memory of memories) this.#pool.giveBack(memory);
    if (this.#path !== undefined) removeFile(this.#path);
    this.release();
  }

  /** Bytes of the body from `position` on, copied into `into`, which has room for a block; they must have been added. */
  piece(position: number, into: Buffer): Buffer | Promise<Buffer> {
    for (const { memory, start, filled } of [this.#writing, this.#filling]) {
      if (position < start || position >= start + filled) continue;
      const count = memory.copy(into, 0, position - start, filled);
      return into.subarray(0, count);
    }
    return this.#written(position, into);
  }

  /** Whole blocks are written; only `finish` writes a part of one. */
  async #written(position: number, into: Buffer): Promise<Buffer> {
    const index = Math.floor(position / BLOCK_BYTES);
    const known = this.#filling.start + this.#filling.filled - index * BLOCK_BYTES;
    const block = into.subarray(0, Math.min(BLOCK_BYTES, known));
    await readFully(this.#file, block, index * BLOCK_BYTES);
    if (!this.#table.holds(block, index)) throw damageFailure(`block ${index} while it is written`);
    return block.subarray(position - index * BLOCK_BYTES);
  }

  /** How much of the view was used. */
  #fill(view: Uint8Array, from: number): number {
    let used = from;
    while (used < view.length) {
      const unit = this.#filling;
      const count = Math.min(view.length - used, unit.memory.length - unit.filled);
      unit.memory.set(view.subarray(used, used + count), unit.filled);
      unit.filled += count;
      used += count;
      if (unit.filled < unit.memory.length) continue;
      if (this.#busy !== undefined) return used;
      this.#turn();
    }
    return used;
  }

  async #addRest(view: Uint8Array, from: number): Promise<void> {
    for (let used = from; used < view.length; used = this.#fill(view, used)) {
      await this.#idle();
      if (this.#filling.filled === this.#filling.memory.length) this.#turn();
    }
  }

  /** Writes the full unit, and fills the other. */
  #turn(): void {
    const full = this.#filling;
    this.#filling = this.#writing;
    this.#writing = full;
    this.#filling.start = full.start + full.filled;
    this.#filling.filled = 0;
    const run = full.memory.subarray(0, full.filled);
    this.#table.add(run);
    this.#start(run, full.start);
  }

  #start(run: Buffer, position: number): void {
    this.#busy = writeFully(this.#file, run, position).then(
      () => this.#wrote(),
      (error: unknown) => this.#wrote(systemFailure(error, `write ${this.#path}`)),
    );
  }

  #wrote(failure?: Error): void {
    this.#busy = undefined;
    this.#failure ??= failure;
  }

  async #idle(): Promise<void> {
    await this.#busy;
    if (this.#failure !== undefined) throw this.#failure;
  }
}
