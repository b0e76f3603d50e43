import type {
  CacheStore,
  EntryReader,
  EntryWriter,
  StoredEntry,
  StoredHead,
  WritePlan,
} from '../../src/index.ts';
import type { StoreFixture, StoreLimits } from '../../src/store-conformance/index.ts';

/** What a store needs beside the bytes of an entry, as it counts them. */
const entryOverhead = 100;

/** An entry of the simplest right store. */
export interface ReferenceEntry extends StoredEntry {
  readonly bytes: Uint8Array;
  /** Of the bytes as they were written. */
  readonly sum: number;
  used: number;
}

/** What outlives the stores: the newest entry is the last. */
export interface StoreWorld {
  entries: ReferenceEntry[];
  ticks: number;
  readonly limits: StoreLimits;
}

/** A world with nothing in it. */
export function storeWorld(limits: StoreLimits = {}): StoreWorld {
  return { entries: [], ticks: 0, limits };
}

/** A right store that is as simple as can be: the mutants are made of it. */
export function referenceStore(world: StoreWorld): CacheStore {
  const there = (entry: StoredEntry): ReferenceEntry | undefined =>
    world.entries.find(({ id }) => id === entry.id);
  const removeWhere = (fits: (entry: ReferenceEntry) => boolean): number => {
    const before = world.entries.length;
    world.entries = world.entries.filter((entry) => !fits(entry));
    return before - world.entries.length;
  };
  return {
    name: 'reference',
    find: (key) => world.entries.filter((entry) => entry.key === key).toReversed(),
    open(entry, part) {
      const found = there(entry);
      if (found === undefined || sumOf(found.bytes) !== found.sum) return undefined;
      found.used = ++world.ticks;
      const to = part === undefined ? undefined : part.to + 1;
      return pieceReader([found.bytes.slice(part?.from ?? 0, to)]);
    },
    write(plan) {
      const { maximumBytes = Number.POSITIVE_INFINITY } = world.limits;
      return (plan.expectedBytes ?? 0) > maximumBytes ? undefined : referenceWriter(world, plan);
    },
    freshen(entry, head) {
      const found = there(entry);
      if (found === undefined) return undefined;
      const fresh = { ...found, head: { ...copyOf(head), length: found.bytes.length } };
      world.entries = world.entries.map((one) => (one === found ? fresh : one));
      return fresh;
    },
    remove: (key, entries) =>
      removeWhere((one) => one.key === key && (entries?.some(({ id }) => id === one.id) ?? true)),
    clear: () => void removeWhere(() => true),
    entries: () => [...world.entries],
    stats: () => ({ entries: world.entries.length, bytes: bytesOf(world), ...world.limits }),
    verify() {
      const bad = world.entries.filter(({ bytes, sum }) => sumOf(bytes) !== sum);
      const entries = world.entries.length;
      removeWhere((one) => bad.includes(one));
      return { entries, damaged: bad.map(({ key }) => ({ key, problem: 'bytes have changed' })) };
    },
    close: () => undefined,
  };
}

/** How the kit asks for reference stores. */
export function referenceFixture(
  spoil: (store: CacheStore, world: StoreWorld) => CacheStore = (store) => store,
): StoreFixture {
  const worlds = new WeakMap<CacheStore, StoreWorld>();
  const open = (world: StoreWorld): CacheStore => {
    const store = spoil(referenceStore(world), world);
    worlds.set(store, world);
    return store;
  };
  const same = (store: CacheStore): CacheStore => open(worlds.get(store) ?? storeWorld());
  return {
    open: (limits) => open(storeWorld(limits)),
    reopen: same,
    beside: same,
    damage(store, { id }) {
      const { bytes } = worlds.get(store)?.entries.find((entry) => entry.id === id) ?? {};
      if (bytes !== undefined) bytes[bytes.length >> 1]! ^= 1;
    },
    limits: ['maximumBytes', 'maximumEntries'],
    forgetsLeastRecent: true,
    waitMilliseconds: 300,
  };
}

function referenceWriter(world: StoreWorld, plan: WritePlan): EntryWriter {
  const body = new GrowingBody();
  const { maximumBytes = Number.POSITIVE_INFINITY } = world.limits;
  return {
    write(view) {
      body.checkOpen();
      body.push(view);
      if (body.length <= maximumBytes) return;
      body.end(new Error('the body is larger than the store'));
      if (body.failure !== undefined) throw body.failure;
    },
    follow: () => pieceReader(body.pieces, body),
    commit(head) {
      body.checkOpen();
      body.end();
      const bytes = body.joined();
      const used = ++world.ticks;
      const entry: ReferenceEntry = {
        key: plan.key,
        id: `${used}`,
        head: { ...copyOf(head), length: bytes.length },
        bytes,
        sum: sumOf(bytes),
        used,
      };
      const gone = new Set(plan.replaces.map(({ id }) => id));
      world.entries = [...world.entries.filter(({ id }) => !gone.has(id)), entry];
      trim(world, entry);
      return entry;
    },
    abandon: () => body.end(new Error('the writing was given up')),
  };
}

/** The pieces of a body that may still grow. */
class GrowingBody {
  readonly pieces: Uint8Array[] = [];
  length = 0;
  ended = false;
  failure: Error | undefined;
  #wake: (() => void)[] = [];

  checkOpen(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.ended) throw new Error('the body has ended');
  }

  push(view: Uint8Array): void {
    if (view.length === 0) return;
    this.pieces.push(view.slice());
    this.length += view.length;
    this.#wakeAll();
  }

  end(failure?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.#wakeAll();
  }

  /** Calls back once there is more, or the end. */
  wait(wake: () => void): void {
    this.#wake.push(wake);
  }

  joined(): Uint8Array {
    const all = new Uint8Array(this.length);
    let offset = 0;
    for (const piece of this.pieces) {
      all.set(piece, offset);
      offset += piece.length;
    }
    return all;
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

function pieceReader(pieces: readonly Uint8Array[], growing?: GrowingBody): EntryReader {
  let [index, offset, closed] = [0, 0, false];
  let endWait = (): void => {};
  const next = async (): Promise<Uint8Array> => {
    await new Promise<void>((resolve) => {
      endWait = resolve;
      growing?.wait(resolve);
    });
    if (closed) throw new Error('the reader was closed');
    return await read();
  };
  const read = (): Uint8Array | Promise<Uint8Array> => {
    if (closed) throw new Error('the reader was closed');
    if (growing?.failure !== undefined) throw growing.failure;
    const view = pieces[index]?.subarray(offset);
    if (view !== undefined) return view;
    return growing === undefined || growing.ended ? new Uint8Array(0) : next();
  };
  return {
    readPointer: read,
    advanceReadPointer(distance) {
      offset += distance;
      if (offset < (pieces[index]?.length ?? 0)) return;
      [index, offset] = [index + 1, 0];
    },
    close() {
      closed = true;
      endWait();
    },
  };
}

function trim(world: StoreWorld, newest: ReferenceEntry): void {
  const { maximumBytes = Number.POSITIVE_INFINITY, maximumEntries = Number.POSITIVE_INFINITY } =
    world.limits;
  while (bytesOf(world) > maximumBytes || world.entries.length > maximumEntries) {
    const [oldest] = world.entries
      .filter((entry) => entry !== newest)
      .toSorted((one, other) => one.used - other.used);
    if (oldest === undefined) return;
    world.entries = world.entries.filter((entry) => entry !== oldest);
  }
}

function bytesOf({ entries }: StoreWorld): number {
  return entries.reduce((sum, { bytes }) => sum + bytes.length + entryOverhead, 0);
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index++) sum = (sum * 31 + bytes[index]!) | 0;
  return sum;
}

function copyOf(head: StoredHead): StoredHead {
  return structuredClone(head);
}
