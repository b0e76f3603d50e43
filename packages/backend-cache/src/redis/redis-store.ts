import { cacheFailure } from '../failure.ts';
import { saysDamagedPiece } from '../pieces/piece-failure.ts';
import { PieceWriter } from '../pieces/piece-writer.ts';
import { SourceReader } from '../pieces/source-reader.ts';
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
import { BodyLeases } from './body-leases.ts';
import { EntryIndex } from './entry-index.ts';
import { connectTo } from './own-connection.ts';
import { pieceBytes, readPiece, RedisSource } from './redis-body.ts';
import type { RedisBody } from './redis-body.ts';
import { RedisKeys } from './redis-keys.ts';
import { RedisLink } from './redis-link.ts';
import type { RedisAccess, RedisConnection } from './redis-link.ts';
import { RedisSink } from './redis-sink.ts';

const defaultCommandMilliseconds = 1000;
const defaultMaximumEntryBytes = 64 * 1024 * 1024;
const defaultKeepMilliseconds = 30 * 24 * 60 * 60 * 1000;

/** Where the server is, whose entries these are, and how long they are kept. */
export interface RedisStoreOptions {
  /** A connection that `createClient` of `redis` or `@redis/client` made. It is the caller's, who connects and closes it. */
  readonly client?: RedisConnection | undefined;
  /** `redis://…`, `rediss://…`: the store connects by itself, with `@redis/client`. */
  readonly url?: string | undefined;
  /** Several users' programs see the entries: nothing private is stored. Either this or `partition` must be said. */
  readonly shared?: boolean | undefined;
  /** The one user whose private entries these are: no other store sees them unless it says the same. */
  readonly partition?: string | undefined;
  /** Begins the name of every key; `netaccess:` by default. */
  readonly prefix?: string | undefined;
  /** A body beyond that is refused; 64 MiB by default. The whole is bounded by the server's `maxmemory`. */
  readonly maximumEntryBytes?: number | undefined;
  /** The server drops entries after that, or when they are useless; 30 days by default. */
  readonly keepMilliseconds?: number | undefined;
  /** Limit of every command; beyond it, nobody waits for the server until it answers again. 1,000 by default. */
  readonly commandMilliseconds?: number | undefined;
}

/** Keeps entries in Redis or Valkey: one cache for many machines. Throws when it is not said whose entries they are. */
export function redisStore(options: RedisStoreOptions): CacheStore {
  return new RedisStore(options);
}

class RedisStore implements CacheStore {
  readonly name = 'redis';
  readonly shared: boolean;
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #index: EntryIndex;
  readonly #leases: BodyLeases;
  readonly #maximumEntryBytes: number;
  readonly #keepMilliseconds: number;

  constructor(options: RedisStoreOptions) {
    const { prefix = 'netaccess:', partition, maximumEntryBytes, keepMilliseconds } = options;
    this.shared = isShared(options);
    const { commandMilliseconds = defaultCommandMilliseconds } = options;
    this.#link = new RedisLink(accessOf(options, commandMilliseconds), commandMilliseconds);
    this.#keys = new RedisKeys(prefix, partition);
    this.#index = new EntryIndex(this.#link, this.#keys);
    this.#leases = new BodyLeases(this.#link);
    this.#maximumEntryBytes = maximumEntryBytes ?? defaultMaximumEntryBytes;
    this.#keepMilliseconds = keepMilliseconds ?? defaultKeepMilliseconds;
  }

  async find(key: string): Promise<readonly StoredEntry[]> {
    return await this.#index.find(key);
  }

  async open(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): Promise<EntryReader | undefined> {
    const { key, id, head } = entry;
    const { length } = head;
    if (length === undefined) return undefined;
    const end = Math.min(length, (part?.to ?? length) + 1);
    const from = Math.min(part?.from ?? 0, end);
    const body = { name: this.#keys.body(key, id), id, length };
    const first = Math.floor(from / pieceBytes);
    const ends = this.#leases.take(body.name);
    let reader: EntryReader | undefined;
    try {
      const bytes = from === end ? new Uint8Array(0) : this.#firstPiece(entry, body, first);
      const found = await Promise.all([bytes, this.#index.has(entry)]);
      reader = this.#reader(body, { from, end, found, ends });
    } finally {
      if (reader === undefined) ends();
    }
    return reader;
  }

  write({ expectedBytes = 0, ...plan }: WritePlan): EntryWriter | undefined {
    if (expectedBytes > this.#maximumEntryBytes) return undefined;
    const id = newId();
    const context = {
      link: this.#link,
      keys: this.#keys,
      maximumBytes: this.#maximumEntryBytes,
      lifetime: (head: StoredHead) => this.#lifetime(head),
      ends: this.#leases.take(this.#keys.body(plan.key, id)),
    };
    return new PieceWriter(new RedisSink(context, plan, id));
  }

  async freshen(entry: StoredEntry, head: StoredHead): Promise<StoredEntry | undefined> {
    const fresh: StoredHead = structuredClone({ ...head, length: entry.head.length });
    return await this.#index.freshen(entry, fresh, this.#lifetime(fresh));
  }

  async remove(key: string, entries?: readonly StoredEntry[]): Promise<number> {
    const ids = entries?.filter((entry) => entry.key === key).map(({ id }) => id);
    return await this.#index.remove(key, ids);
  }

  async clear(): Promise<void> {
    await this.#index.clear();
  }

  /** Goes through all of the server's keys. */
  entries(): AsyncGenerator<StoredEntry, void, undefined> {
    return this.#index.all();
  }

  /** Goes through all of the server's keys. */
  async stats(): Promise<StoreStats> {
    let [entries, bytes] = [0, 0];
    for await (const { head, recordBytes } of this.#index.all()) {
      entries += 1;
      bytes += (head.length ?? 0) + recordBytes;
    }
    return { entries, bytes };
  }

  async verify(): Promise<StoreVerification> {
    const damaged: { key: string; problem: string }[] = [];
    let entries = 0;
    for await (const entry of this.#index.all()) {
      entries += 1;
      const problem = await this.#index.problemOf(entry);
      if (problem === undefined) continue;
      await this.#index.remove(entry.key, [entry.id]);
      damaged.push({ key: entry.key, problem });
    }
    return { entries, damaged };
  }

  close(): void {
    this.#leases.close();
    this.#link.close();
  }

  /** A piece that is missing or damaged takes its entry with it, and is a miss. */
  async #firstPiece(
    { key, id }: StoredEntry,
    body: RedisBody,
    number: number,
  ): Promise<Uint8Array | undefined> {
    try {
      return await readPiece(this.#link, body, number);
    } catch (error) {
      if (!saysDamagedPiece(error)) throw error;
      await this.#index.remove(key, [id]);
      return undefined;
    }
  }

  #reader(
    body: RedisBody,
    { from, end, found: [bytes, there], ends }: FoundBody,
  ): EntryReader | undefined {
    if (!there || bytes === undefined) return undefined;
    const [first, last] = [Math.floor(from / pieceBytes), Math.floor((end - 1) / pieceBytes)];
    const source = new RedisSource(this.#link, body, { first, last, bytes, ends });
    return new SourceReader(source, from, end);
  }

  #lifetime({ uselessAt = Number.POSITIVE_INFINITY }: StoredHead): number {
    const left = Math.min(uselessAt - Date.now(), this.#keepMilliseconds);
    return Math.max(1, Math.ceil(left));
  }
}

/** The part of a body that is to be read: its first piece, and whether its entry is still there. */
interface FoundBody {
  readonly from: number;
  readonly end: number;
  readonly found: readonly [bytes: Uint8Array | undefined, there: boolean];
  readonly ends: () => void;
}

function isShared({ shared = false, partition }: RedisStoreOptions): boolean {
  if (shared && partition === undefined) return true;
  if (!shared && partition !== undefined && partition !== '') return false;
  throw cacheFailure(
    'unknown-content',
    'a Redis store must be told whose entries it holds: either shared: true, for a cache that stores nothing private, or partition: "…", with a name of its own for each user',
  );
}

function accessOf(options: RedisStoreOptions, commandMilliseconds: number): RedisAccess {
  const { client, url } = options;
  if (client !== undefined && url === undefined) return { connection: client };
  if (client === undefined && url !== undefined) {
    return { connect: async () => await connectTo(url, commandMilliseconds) };
  }
  throw cacheFailure('unknown-content', 'a Redis store needs either a client or a url');
}

function newId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('base64url');
}
