import { cacheFailure } from '../failure.ts';
import { systemFailure } from './disk-failure.ts';
import { removeFile } from './file-call.ts';
import { sweepLeftovers } from './leftovers.ts';
import { allotted, trimmedBytes } from './limits.ts';
import { OldestFiles } from './oldest-files.ts';
import { Pause } from './pause.ts';
import { listShard, measureFiles, pathOf, statsOf, type MeasuredFile } from './shard-list.ts';
import type { Shelf } from './shelf.ts';
import type { StoreFolder } from './store-folder.ts';

/** How many of the oldest files one trimming remembers; where more must go it looks again. */
const REMEMBERED_FILES = 32_768;
/** Part of the limit that this store writes before it measures again: other processes write too. */
const UNMEASURED_SHARE = 0.1;
/** Beyond this part of the limit whoever stores something waits for the trimming. */
const OVERFULL_SHARE = 1.1;
/** Files that are removed in one turn of the loop. */
const REMOVED_AT_ONCE = 16;

/** Knows about how many bytes the store takes, and trims it in the background. */
export class Keeper {
  readonly #folder: StoreFolder;
  readonly #shelf: Shelf;
  readonly #maximumBytes: number;
  readonly #now: () => number;
  readonly #pause: Pause = new Pause();
  /** By shard: as measured, and changed since. */
  readonly #bytes: Float64Array;
  #reserved = 0;
  #grown = 0;
  #measured = false;
  #running: Promise<void> | undefined;
  #stopped = false;
  /** What ended the last work in the background. Nobody waits for it but who asks. */
  #failure: unknown;

  constructor(
    folder: StoreFolder,
    shelf: Shelf,
    { maximumBytes, now }: { readonly maximumBytes: number; readonly now: () => number },
  ) {
    this.#folder = folder;
    this.#shelf = shelf;
    this.#maximumBytes = maximumBytes;
    this.#now = now;
    this.#bytes = new Float64Array(folder.shards);
  }

  /** Files of a name came, or went. */
  account(name: string, bytes: number): void {
    const shard = this.#folder.shardOf(name);
    this.#bytes[shard] = Math.max(0, (this.#bytes[shard] ?? 0) + bytes);
    if (bytes <= 0) return;
    this.#grown += bytes;
    const due = !this.#measured || this.#grown > this.#maximumBytes * UNMEASURED_SHARE;
    if (due || this.#total() > this.#maximumBytes) this.#start();
  }

  /** Whether more is stored than trimming keeps up with. */
  get overfull(): boolean {
    return this.#running !== undefined && this.#total() > this.#maximumBytes * OVERFULL_SHARE;
  }

  /** So many bytes more are being written. Throws when all that are would fill the store. */
  reserve(bytes: number): void {
    if (this.#reserved + bytes > this.#maximumBytes)
      throw cacheFailure(
        'service-unavailable',
        'more is being written at once than the store takes',
      );
    this.#reserved += bytes;
  }

  /** They are written, or given up. */
  release(bytes: number): void {
    this.#reserved -= bytes;
  }

  /** Measures everything; while it does so it trims. Resolves to the bytes that are left. */
  async measure(): Promise<number> {
    await this.idle();
    this.#start();
    await this.idle();
    if (this.#failure !== undefined) throw systemFailure(this.#failure, 'measure the store');
    return this.#total();
  }

  /** Settles when nothing is done in the background. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#pause.until(this.#running);
  }

  /** Nothing is done any more once this settles. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.idle();
  }

  #total(): number {
    return this.#bytes.reduce((sum, bytes) => sum + bytes, 0);
  }

  #start(): void {
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#runToEnd();
  }

  async #runToEnd(): Promise<void> {
    this.#failure = undefined;
    try {
      await this.#run();
    } catch (error) {
      this.#failure = error;
    }
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    await sweepLeftovers(this.#folder, this.#now());
    for (;;) {
      const oldest = await this.#survey();
      if (this.#stopped || this.#total() <= this.#maximumBytes) return;
      const removed = await this.#trim(oldest);
      if (removed === 0 || this.#total() <= trimmedBytes(this.#maximumBytes)) return;
    }
  }

  /** Measures all shards. Resolves to the files that were not used for the longest time, those first. */
  async #survey(): Promise<readonly MeasuredFile[]> {
    const oldest = new OldestFiles(REMEMBERED_FILES);
    this.#grown = 0;
    for (let shard = 0; shard < this.#folder.shards && !this.#stopped; shard++) {
      const listed = await listShard(this.#folder, shard);
      let total = 0;
      await measureFiles(this.#folder, listed, this.#pause, (file) => {
        total += allotted(file.bytes);
        oldest.add(file);
      });
      this.#bytes[shard] = total;
    }
    this.#measured = true;
    return oldest.inOrder();
  }

  /** Resolves to how many files were removed. */
  async #trim(oldest: readonly MeasuredFile[]): Promise<number> {
    const names = new Set<string>();
    let removed = 0;
    for (const file of oldest) {
      if (this.#stopped || this.#total() <= trimmedBytes(this.#maximumBytes)) break;
      const stats = await statsOf(pathOf(this.#folder, file));
      if (stats !== undefined && stats.mtimeMs !== file.usedAt) continue;
      if (stats !== undefined) await this.#remove(file);
      // What did not go with another file of its key, somebody else removed who trims.
      else if (!names.has(file.name)) this.account(file.name, -allotted(file.bytes));
      names.add(file.name);
      removed += 1;
      if (removed % REMOVED_AT_ONCE === 0) await this.#pause.step();
    }
    return removed;
  }

  async #remove({ name, id, bytes }: MeasuredFile): Promise<void> {
    const found = this.#shelf.inspect(name);
    const file = found === undefined || 'problem' in found ? undefined : found;
    if (id === undefined) {
      this.#shelf.discard(name, bytes);
      for (const entry of file?.entries ?? [])
        if (entry.body === undefined) this.#shelf.discardBody(name, entry);
      return;
    }
    if (file?.entries.some((entry) => entry.id === id) === true)
      await this.#shelf.withdraw(name, file.key, (entry) => entry.id === id);
    // Nobody named it.
    else this.#discardUnnamed(name, id, bytes);
  }

  #discardUnnamed(name: string, id: string, bytes: number): void {
    removeFile(this.#folder.bodyPath(name, id));
    this.account(name, -allotted(bytes));
  }
}
