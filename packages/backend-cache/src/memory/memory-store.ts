import { cacheFailure } from '../failure.ts';
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
import { MemoryBody } from './memory-body.ts';
import { headBytes, MemoryEntry } from './memory-entry.ts';
import { MemoryReader } from './memory-reader.ts';
import { UseOrder } from './use-order.ts';

/** How much a store in memory may hold. */
export interface MemoryStoreOptions {
  /** Bodies, those that are being written too, heads, and what an entry costs beside them. Default: 64 MiB. */
  readonly maximumBytes?: number | undefined;
  /** Default: 65,536. */
  readonly maximumEntries?: number | undefined;
  /** The largest body that is kept. Default: a quarter of `maximumBytes`. */
  readonly maximumEntryBytes?: number | undefined;
}

const MAXIMUM_BYTES = 67_108_864;
const MAXIMUM_ENTRIES = 65_536;
/** A single large body must not push everything else out. */
const ENTRY_SHARE = 1 / 4;

const none: readonly StoredEntry[] = Object.freeze([]);

/** Keeps entries in memory, and what was used least recently goes first. Everything is there at once, and read without a copy. */
export function memoryStore(options: MemoryStoreOptions = {}): CacheStore {
  return new MemoryStore(options);
}

class MemoryStore implements CacheStore {
  readonly name = 'memory';
  readonly #maximumBytes: number;
  readonly #maximumEntries: number;
  readonly #maximumEntryBytes: number;
  /** Lists are never changed, so that they can be given away. */
  readonly #byKey = new Map<string, readonly MemoryEntry[]>();
  readonly #order = new UseOrder();
  #entries = 0;
  #bytes = 0;
  #lastId = 0;
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.#maximumBytes = limit('maximumBytes', options.maximumBytes, MAXIMUM_BYTES);
    this.#maximumEntries = limit('maximumEntries', options.maximumEntries, MAXIMUM_ENTRIES);
    const share = Math.floor(this.#maximumBytes * ENTRY_SHARE);
    this.#maximumEntryBytes = limit('maximumEntryBytes', options.maximumEntryBytes, share);
  }

  find(key: string): readonly StoredEntry[] {
    return this.#byKey.get(key) ?? none;
  }

  open(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): EntryReader | undefined {
    const stored = this.#stored(entry);
    if (stored === undefined) return undefined;
    this.#order.use(stored);
    return new MemoryReader(stored.body, part?.from, part?.to);
  }

  /** The entry itself, if it still is one of this store's. */
  #stored(entry: StoredEntry): MemoryEntry | undefined {
    if (entry instanceof MemoryEntry) return entry.stored ? entry : undefined;
    return this.#byKey.get(entry.key)?.find(({ id }) => id === entry.id);
  }

  write(plan: WritePlan): EntryWriter | undefined {
    const expected = plan.expectedBytes ?? 0;
    const fits = expected <= this.#maximumEntryBytes && this.#maximumEntries > 0;
    if (this.#closed || !fits || headBytes(plan.key, plan.head) + expected > this.#maximumBytes)
      return undefined;
    return new MemoryWriter(plan, this.#desk);
  }

  readonly #desk: WriterDesk = {
    reserve: (bytes, length) => {
      if (length > this.#maximumEntryBytes) throw tooLarge(this.#maximumEntryBytes);
      this.#bytes += bytes;
      this.#trim(0);
      if (this.#bytes <= this.#maximumBytes) return;
      this.#bytes -= bytes;
      throw tooLarge(this.#maximumBytes);
    },
    giveBack: (bytes) => {
      this.#bytes -= bytes;
    },
    commit: (plan, head, body) => this.#commit(plan, head, body),
  };

  #commit(plan: WritePlan, head: StoredHead, body: MemoryBody): MemoryEntry {
    this.#lastId += 1;
    const whole = copiedHead(head, body.length);
    const entry = new MemoryEntry(plan.key, String(this.#lastId), whole, body);
    if (this.#closed || entry.bytes > this.#maximumBytes) throw tooLarge(this.#maximumBytes);
    this.#bytes += entry.bytes - body.length;
    for (const replaced of plan.replaces) this.#drop(this.#stored(replaced));
    this.#byKey.set(plan.key, [entry, ...(this.#byKey.get(plan.key) ?? [])].toSorted(newestFirst));
    this.#order.add(entry);
    this.#entries += 1;
    this.#trim(1);
    return entry;
  }

  /** Makes room; the last used ones, which were just stored, stay. */
  #trim(kept: number): void {
    while (
      this.#entries > kept &&
      (this.#bytes > this.#maximumBytes || this.#entries > this.#maximumEntries)
    )
      this.#drop(this.#order.oldest);
  }

  #drop(entry: MemoryEntry | undefined): void {
    if (entry?.stored !== true) return;
    entry.stored = false;
    this.#order.remove(entry);
    this.#entries -= 1;
    this.#bytes -= entry.bytes;
    const left = (this.#byKey.get(entry.key) ?? []).filter((other) => other !== entry);
    if (left.length > 0) this.#byKey.set(entry.key, left);
    else this.#byKey.delete(entry.key);
  }

  freshen(entry: StoredEntry, head: StoredHead): StoredEntry | undefined {
    const stored = this.#stored(entry);
    if (stored === undefined) return undefined;
    const before = stored.bytes;
    stored.head = copiedHead(head, stored.body.length);
    stored.bytes = stored.body.length + headBytes(stored.key, stored.head);
    this.#bytes += stored.bytes - before;
    this.#order.use(stored);
    const sorted = this.#byKey.get(stored.key)?.toSorted(newestFirst);
    if (sorted !== undefined) this.#byKey.set(stored.key, sorted);
    this.#trim(1);
    return stored.stored ? stored : undefined;
  }

  remove(key: string, entries: readonly StoredEntry[] = this.find(key)): number {
    let removed = 0;
    for (const entry of entries) {
      const stored = this.#stored(entry);
      if (stored === undefined || stored.key !== key) continue;
      this.#drop(stored);
      removed += 1;
    }
    return removed;
  }

  clear(): void {
    for (const entries of this.#byKey.values()) {
      for (const entry of entries) {
        entry.stored = false;
        this.#bytes -= entry.bytes;
      }
    }
    this.#byKey.clear();
    this.#order.clear();
    this.#entries = 0;
  }

  *entries(): Iterable<StoredEntry> {
    for (const entries of this.#byKey.values()) yield* entries;
  }

  stats(): StoreStats {
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      maximumBytes: this.#maximumBytes,
      maximumEntries: this.#maximumEntries,
    };
  }

  /** Memory is not damaged. */
  verify(): StoreVerification {
    return { entries: this.#entries, damaged: [] };
  }

  close(): void {
    this.clear();
    this.#closed = true;
  }
}

/** What a writer may ask of its store. */
interface WriterDesk {
  /** Throws where there is no room for so many bytes more, of a body of this length. */
  reserve(bytes: number, length: number): void;
  giveBack(bytes: number): void;
  commit(plan: WritePlan, head: StoredHead, body: MemoryBody): MemoryEntry;
}

class MemoryWriter implements EntryWriter {
  readonly #plan: WritePlan;
  readonly #desk: WriterDesk;
  readonly #body = new MemoryBody();

  constructor(plan: WritePlan, desk: WriterDesk) {
    this.#plan = plan;
    this.#desk = desk;
  }

  write(view: Uint8Array): void {
    this.#expectGrowing();
    this.#desk.reserve(view.length, this.#body.length + view.length);
    this.#body.append(view, this.#plan.expectedBytes);
  }

  follow(): EntryReader {
    return new MemoryReader(this.#body);
  }

  commit(head: StoredHead): StoredEntry {
    this.#expectGrowing();
    try {
      const entry = this.#desk.commit(this.#plan, head, this.#body);
      this.#body.end();
      return entry;
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  abandon(): void {
    if (this.#body.state !== 'growing') return;
    this.#desk.giveBack(this.#body.length);
    this.#body.giveUp();
  }

  #expectGrowing(): void {
    if (this.#body.state !== 'growing')
      throw cacheFailure('protocol-invalid-operation', 'the entry was committed or given up');
  }
}

/** The caller's arrays may change. */
function copiedHead(head: StoredHead, length: number): StoredHead {
  const { headers, trailers, vary } = head;
  return {
    ...head,
    length,
    headers: headers.map(copiedPair),
    trailers: trailers?.map(copiedPair),
    vary: vary.map(copiedPair),
  };
}

function copiedPair<Value>([name, value]: readonly [string, Value]): readonly [string, Value] {
  return [name, value];
}

function tooLarge(limitBytes: number): Error {
  return cacheFailure(
    'unknown-content',
    `the store in memory takes no more than ${limitBytes} bytes`,
  );
}

function newestFirst(a: StoredEntry, b: StoredEntry): number {
  return b.head.receivedAt - a.head.receivedAt;
}

function limit(name: string, value: number | undefined, preset: number): number {
  if (value === undefined) return preset;
  if (value >= 0) return value;
  throw cacheFailure('protocol-invalid-operation', `${name}: ${value} is no limit`);
}
