import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type {
  CacheStore,
  EntryReader,
  EntryWriter,
  StoredEntry,
  StoredHead,
  StoreStats,
  StoreVerification,
  WritePlan,
} from '../store.ts';
import { BlockPool } from './block-pool.ts';
import { openBody } from './body-file.ts';
import { BodyReader } from './body-reader.ts';
import { DiskEntry } from './disk-entry.ts';
import { closedFailure, systemCode } from './disk-failure.ts';
import { DiskWriter, type WritingParts } from './disk-writer.ts';
import { InlineReader } from './inline-reader.ts';
import { Inspection } from './inspection.ts';
import { Keeper } from './keeper.ts';
import { isSound } from './key-file.ts';
import { largestBody } from './limits.ts';
import { namesIn, statsOf } from './shard-list.ts';
import { Shelf } from './shelf.ts';
import { StoreFolder } from './store-folder.ts';
import type { UseClock } from './use-clock.ts';

/** As Qt's disk cache: 50 MB. */
const DEFAULT_MAXIMUM_BYTES = 52_428_800;
const DEFAULT_USE_GRAIN_MILLISECONDS = 60_000;
const versionPattern = /^v\d+$/;

/** Where a disk store lies, and how much it may take. */
export interface DiskStoreOptions {
  /** Made if it is not there. Several processes may use it at once. Nothing else should be in it. */
  readonly folder: string;
  /** 50 MB by default. Trimmed in the background to 90 % of it; what takes more than three quarters is refused. */
  readonly maximumBytes?: number | undefined;
  /** How exactly the time of the last use is kept, one minute by default: a hit writes nothing if the file was marked since. */
  readonly useGrainMilliseconds?: number | undefined;
  /** Milliseconds of Unix time; the system's clock by default. */
  readonly now?: (() => number) | undefined;
}

interface Part {
  readonly from: number;
  readonly to: number;
}

/** Keeps entries in files, for later processes and for others at the same time. */
export class DiskStore implements CacheStore {
  readonly name = 'disk';
  readonly #maximumBytes: number;
  readonly #clock: UseClock;
  readonly #folder: StoreFolder;
  readonly #pool: BlockPool = new BlockPool();
  readonly #shelf: Shelf;
  readonly #keeper: Keeper;
  readonly #parts: WritingParts;
  readonly #writers: Set<DiskWriter> = new Set();
  readonly #readers: Set<BodyReader> = new Set();
  #closed = false;

  constructor(options: DiskStoreOptions) {
    const { maximumBytes = DEFAULT_MAXIMUM_BYTES, now = Date.now } = options;
    const grain = options.useGrainMilliseconds ?? DEFAULT_USE_GRAIN_MILLISECONDS;
    if (!(maximumBytes > 0)) throw new RangeError(`maximumBytes is ${maximumBytes}`);
    if (options.folder === '') throw new TypeError('a disk store needs a folder');
    this.#maximumBytes = maximumBytes;
    this.#clock = { now, grain };
    this.#folder = new StoreFolder(options.folder);
    const folder = this.#folder;
    this.#shelf = new Shelf(folder, this.#clock, (name, bytes) =>
      this.#keeper.account(name, bytes),
    );
    this.#keeper = new Keeper(folder, this.#shelf, { maximumBytes, now });
    this.#parts = {
      folder,
      shelf: this.#shelf,
      pool: this.#pool,
      keeper: this.#keeper,
      clock: this.#clock,
      maximumBytes,
      done: (writer) => this.#writers.delete(writer),
    };
  }

  find(key: string): readonly DiskEntry[] {
    this.#checkOpen();
    const entries = this.#shelf.find(this.#folder.nameOf(key), key);
    const now = this.#clock.now();
    const isUseful = ({ head: { uselessAt } }: DiskEntry): boolean =>
      uselessAt === undefined || uselessAt > now;
    return entries.every(isUseful) ? entries : entries.filter(isUseful);
  }

  open(
    entry: StoredEntry,
    part?: Part,
  ): EntryReader | undefined | Promise<EntryReader | undefined> {
    const current = this.#current(entry);
    if (current === undefined) return undefined;
    const { from = 0, to = current.length - 1 } = part ?? {};
    const end = Math.min(to + 1, current.length);
    if (current.body === undefined) return this.#openBody(current, Math.min(from, end), end);
    current.checked ||= isSound(current);
    if (current.checked) return new InlineReader(current.body.subarray(from, end));
    void this.#drop(current);
    return undefined;
  }

  write(plan: WritePlan): EntryWriter | undefined {
    this.#checkOpen();
    if ((plan.expectedBytes ?? 0) > largestBody(this.#maximumBytes)) return undefined;
    const writer = new DiskWriter(this.#parts, plan);
    this.#writers.add(writer);
    return writer;
  }

  freshen(
    entry: StoredEntry,
    head: StoredHead,
  ): StoredEntry | undefined | Promise<StoredEntry | undefined> {
    this.#checkOpen();
    const { key, id } = entry;
    const fresh = (entries: readonly DiskEntry[]): DiskEntry | undefined =>
      entries.find((one) => one.id === id);
    const changed = this.#shelf.change(this.#folder.nameOf(key), key, (there) => {
      const old = there.find((one) => one.id === id);
      if (old === undefined) return there;
      return [old.withHead(head), ...there.filter((one) => one !== old)];
    });
    return changed instanceof Promise ? changed.then(fresh) : fresh(changed);
  }

  remove(key: string, entries?: readonly StoredEntry[]): number | Promise<number> {
    this.#checkOpen();
    const ids = entries === undefined ? undefined : new Set(entries.map(({ id }) => id));
    const gone = new Set<string>();
    const isGone = ({ id }: DiskEntry): boolean => {
      if (ids?.has(id) === false) return false;
      gone.add(id);
      return true;
    };
    const changed = this.#shelf.withdraw(this.#folder.nameOf(key), key, isGone);
    return changed instanceof Promise ? changed.then(() => gone.size) : gone.size;
  }

  /** Everything in the folder that a store of any version made. What is just being written is stored afterwards. */
  async clear(): Promise<void> {
    this.#checkOpen();
    await this.#keeper.idle();
    await new Inspection(this.#folder, this.#shelf).removeAll();
    for (const version of await namesIn(this.#folder.root)) {
      const path = join(this.#folder.root, version);
      if (!versionPattern.test(version) || path === this.#folder.path) continue;
      if ((await statsOf(path))?.isDirectory() === true)
        await rm(path, { recursive: true, force: true });
    }
    await this.#keeper.measure();
  }

  async *entries(): AsyncGenerator<StoredEntry> {
    this.#checkOpen();
    for await (const { file } of new Inspection(this.#folder, this.#shelf).keyFiles()) {
      this.#checkOpen();
      yield* this.#shelf.entriesOf(file);
    }
  }

  async stats(): Promise<StoreStats> {
    this.#checkOpen();
    const bytes = await this.#keeper.measure();
    let entries = 0;
    for await (const { file } of new Inspection(this.#folder, this.#shelf).keyFiles())
      entries += file.entries.length;
    return { entries, bytes, maximumBytes: this.#maximumBytes };
  }

  async verify(): Promise<StoreVerification> {
    this.#checkOpen();
    return await new Inspection(this.#folder, this.#shelf).verify(this.#clock.now());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#writers].map(async (writer) => await writer.abandon()));
    await Promise.all([...this.#readers].map(async (reader) => await reader.close()));
    await this.#keeper.stop();
    await this.#shelf.settled();
  }

  async #openBody(entry: DiskEntry, from: number, end: number): Promise<EntryReader | undefined> {
    const path = this.#folder.bodyPath(this.#folder.nameOf(entry.key), entry.id);
    const fits = entry.length <= this.#maximumBytes;
    const body = fits ? openBody(path, entry, this.#clock) : undefined;
    if (body === undefined) {
      await this.#drop(entry);
      return undefined;
    }
    const reader = new BodyReader({ body, from, end }, this.#pool, {
      damaged: () => void this.#drop(entry),
      done: (closed) => this.#readers.delete(closed),
    });
    this.#readers.add(reader);
    if (await reader.begin()) return reader;
    await reader.close();
    return undefined;
  }

  /** The entry as it is now; small ones come with their bodies. */
  #current(entry: StoredEntry): DiskEntry | undefined {
    this.#checkOpen();
    if (entry instanceof DiskEntry && this.#shelf.isCurrent(entry)) return entry;
    return this.#shelf
      .find(this.#folder.nameOf(entry.key), entry.key)
      .find(({ id }) => id === entry.id);
  }

  /** Removes what is damaged. What cannot be removed is found damaged again the next time. */
  async #drop({ key, id }: StoredEntry): Promise<void> {
    try {
      await this.#shelf.withdraw(this.#folder.nameOf(key), key, (entry) => entry.id === id);
    } catch (error) {
      if (systemCode(error) === '') throw error;
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw closedFailure('the disk store');
  }
}

/** A store in a folder. Nothing is read or written before it is used. */
export function diskStore(options: DiskStoreOptions): CacheStore {
  return new DiskStore(options);
}
