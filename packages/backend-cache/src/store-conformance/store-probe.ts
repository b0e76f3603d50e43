import type { CacheStore, StoredEntry, StoredHead, StoreStats } from '../store.ts';
import { ReaderProbe } from './reader-probe.ts';
import { check, checkBytes, shortened } from './rule.ts';
import { sampleHead } from './samples.ts';
import type { StoreTrial } from './trial.ts';
import { WriterProbe } from './writer-probe.ts';

/** What an entry of a case is made from, beside its key and bytes. */
export interface PutOptions {
  readonly head?: StoredHead | undefined;
  readonly replaces?: readonly StoredEntry[] | undefined;
  /** Told to the store before. */
  readonly expectedBytes?: number | undefined;
}

/** A store at work: every call is waited for with a limit, and fails in words. */
export class StoreProbe {
  readonly store: CacheStore;
  readonly #trial: StoreTrial;
  readonly #readers: ReaderProbe[] = [];
  readonly #writers: WriterProbe[] = [];

  constructor(trial: StoreTrial, store: CacheStore) {
    this.#trial = trial;
    this.store = store;
  }

  /** A writer, or `undefined` where the store wants none of it. */
  async tryWrite(key: string, options: PutOptions = {}): Promise<WriterProbe | undefined> {
    const { head = sampleHead(), replaces = [], expectedBytes } = options;
    const plan = { key, head, replaces, expectedBytes };
    const writer = await this.#trial.value('write()', () => this.store.write(plan));
    if (writer === undefined) return undefined;
    const probe = new WriterProbe(this.#trial, writer);
    this.#writers.push(probe);
    return probe;
  }

  /** A writer; being refused is a failure. */
  async write(key: string, options: PutOptions = {}): Promise<WriterProbe> {
    const writer = await this.tryWrite(key, options);
    check(writer !== undefined, `write() refused an entry for ${shortened(key)}`);
    return writer;
  }

  /** Stores an entry, whole. */
  async put(key: string, bytes: Uint8Array, options: PutOptions = {}): Promise<StoredEntry> {
    const writer = await this.write(key, options);
    await writer.write(bytes);
    return await writer.commit(options.head ?? sampleHead());
  }

  /** The entries of a key. */
  async find(key: string): Promise<readonly StoredEntry[]> {
    const found = await this.#trial.value('find()', () => this.store.find(key));
    check(Array.isArray(found), 'find() gave no array');
    return found;
  }

  /** The only entry of a key. */
  async only(key: string): Promise<StoredEntry> {
    const [entry, ...others] = await this.find(key);
    check(entry !== undefined, `nothing is found for ${shortened(key)}`);
    check(others.length === 0, `${others.length + 1} entries are found for ${shortened(key)}`);
    return entry;
  }

  /** Fails if anything is found for a key. */
  async checkNothing(key: string, when: string): Promise<void> {
    const { length } = await this.find(key);
    check(length === 0, `${length} entries are found for ${shortened(key)} ${when}`);
  }

  /** Opens an entry, or gives `undefined` where it is gone. */
  async tryOpen(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): Promise<ReaderProbe | undefined> {
    const reader = await this.#trial.value('open()', () => this.store.open(entry, part));
    if (reader === undefined) return undefined;
    const probe = new ReaderProbe(this.#trial, reader);
    this.#readers.push(probe);
    return probe;
  }

  /** Opens an entry, which must be there. */
  async open(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): Promise<ReaderProbe> {
    const reader = await this.tryOpen(entry, part);
    check(reader !== undefined, `open() says that the entry ${entry.id} is gone`);
    return reader;
  }

  /** All bytes of an entry or of a part, which is closed afterwards. */
  async bytesOf(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): Promise<Uint8Array> {
    const reader = await this.open(entry, part);
    const bytes = await reader.rest();
    await reader.close();
    return bytes;
  }

  /** Fails unless the key has one entry with these bytes. */
  async checkStored(key: string, bytes: Uint8Array, what: string): Promise<StoredEntry> {
    const entry = await this.only(key);
    checkBytes(await this.bytesOf(entry), bytes, what);
    return entry;
  }

  /** Everything that `entries()` lists. */
  async list(): Promise<readonly StoredEntry[]> {
    return await this.#trial.value('entries()', async () => {
      const all: StoredEntry[] = [];
      for await (const entry of this.store.entries()) all.push(entry);
      return all;
    });
  }

  /** What the store says of itself. */
  async stats(): Promise<StoreStats> {
    return await this.#trial.value('stats()', () => this.store.stats());
  }

  /** Removes, and tells how many there were. */
  async remove(key: string, entries?: readonly StoredEntry[]): Promise<number> {
    return await this.#trial.value('remove()', () => this.store.remove(key, entries));
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    await this.#trial.value('clear()', () => this.store.clear());
  }

  /** Puts another head on an entry. */
  async freshen(entry: StoredEntry, head: StoredHead): Promise<StoredEntry | undefined> {
    return await this.#trial.value('freshen()', () => this.store.freshen(entry, head));
  }

  /** Closes what is left, and the store. */
  async finish(): Promise<void> {
    for (const reader of this.#readers) await reader.discard();
    for (const writer of this.#writers) await writer.discard();
    await this.#trial.quietly('close()', () => this.store.close());
  }
}
