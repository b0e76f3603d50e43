import { pieceFailure } from '../pieces/piece-failure.ts';
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
import { BodyLeases, graceMilliseconds } from './body-leases.ts';
import { OwedRemovals } from './owed-removals.ts';
import { connectTo } from './own-connection.ts';
import { pieceBytes, readPiece, RedisSource } from './redis-body.ts';
import { entryOf, recordOf } from './redis-entry.ts';
import type { NumberedEntry } from './redis-entry.ts';
import { RedisKeys } from './redis-keys.ts';
import { RedisLink } from './redis-link.ts';
import type { RedisAccess, RedisConnection } from './redis-link.ts';
import { freshenEntry, removeEntries } from './redis-scripts.ts';
import { RedisSink } from './redis-sink.ts';

const defaultCommandMilliseconds = 1000;
const defaultMaximumBodyBytes = 64 * 1024 * 1024;
const defaultKeepMilliseconds = 30 * 24 * 60 * 60 * 1000;
const scannedAtOnce = 500;

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
  readonly maximumBodyBytes?: number | undefined;
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
  readonly #leases: BodyLeases;
  readonly #owed: OwedRemovals = new OwedRemovals();
  readonly #maximumBodyBytes: number;
  readonly #keepMilliseconds: number;

  constructor(options: RedisStoreOptions) {
    const { prefix = 'netaccess:', partition, maximumBodyBytes, keepMilliseconds } = options;
    this.shared = isShared(options);
    const { commandMilliseconds = defaultCommandMilliseconds } = options;
    this.#link = new RedisLink(accessOf(options, commandMilliseconds), commandMilliseconds);
    this.#keys = new RedisKeys(prefix, partition);
    this.#leases = new BodyLeases(this.#link);
    this.#maximumBodyBytes = maximumBodyBytes ?? defaultMaximumBodyBytes;
    this.#keepMilliseconds = keepMilliseconds ?? defaultKeepMilliseconds;
  }

  async find(key: string): Promise<readonly StoredEntry[]> {
    await this.#removeOwed(key);
    const index = this.#keys.index(key);
    const entries = this.#entriesIn(await this.#link.send('HGETALL', index));
    return entries
      .filter((entry) => entry.key === key && !isUseless(entry))
      .toSorted((one, other) => other.number - one.number);
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
    const [first, last] = [Math.floor(from / pieceBytes), Math.floor((end - 1) / pieceBytes)];
    const body = { name: this.#keys.body(key, id), id, length };
    const ends = this.#leases.take(body.name);
    try {
      const found = this.#link.send('HEXISTS', this.#keys.index(key), id);
      const piece = from === end ? new Uint8Array(0) : this.#firstPiece(entry, body.name, first);
      const [there, bytes] = await Promise.all([found, piece]);
      if (there === 1 && bytes !== undefined) {
        const source = new RedisSource(this.#link, body, { first, last, bytes, ends });
        return new SourceReader(source, from, end);
      }
    } catch (error) {
      ends();
      throw error;
    }
    ends();
    return undefined;
  }

  write({ expectedBytes = 0, ...plan }: WritePlan): EntryWriter | undefined {
    if (expectedBytes > this.#maximumBodyBytes) return undefined;
    const id = newId();
    const context = {
      link: this.#link,
      keys: this.#keys,
      maximumBytes: this.#maximumBodyBytes,
      lifetime: (head: StoredHead) => this.#lifetime(head),
      ends: this.#leases.take(this.#keys.body(plan.key, id)),
    };
    return new PieceWriter(new RedisSink(context, plan, id));
  }

  async freshen(entry: StoredEntry, head: StoredHead): Promise<StoredEntry | undefined> {
    const { key, id } = entry;
    const fresh: StoredHead = structuredClone({ ...head, length: entry.head.length });
    const names = [this.#keys.index(key), this.#keys.body(key, id)];
    const values = [id, recordOf(key, id, fresh), this.#lifetime(fresh)];
    const done = await this.#link.send('EVAL', freshenEntry, names.length, ...names, ...values);
    return done === 1 ? { key, id, head: fresh } : undefined;
  }

  async remove(key: string, entries?: readonly StoredEntry[]): Promise<number> {
    const ids = entries?.filter((entry) => entry.key === key).map(({ id }) => id);
    try {
      return await this.#remove(key, ids);
    } catch (error) {
      this.#owed.add(key);
      throw error;
    }
  }

  async clear(): Promise<void> {
    for await (const names of this.#scan()) {
      await Promise.all(
        names.map(async (name) =>
          this.#keys.isIndex(name)
            ? await this.#link.send('UNLINK', name)
            : await this.#link.send('PEXPIRE', name, graceMilliseconds),
        ),
      );
    }
    this.#owed.clear();
  }

  /** Goes through all of the server's keys; an entry may come twice while the server resizes its tables. */
  entries(): AsyncGenerator<StoredEntry, void, undefined> {
    return this.#allEntries();
  }

  /** Goes through all of the server's keys. */
  async stats(): Promise<StoreStats> {
    let [entries, bytes] = [0, 0];
    for await (const { head, recordBytes } of this.#allEntries()) {
      entries += 1;
      bytes += (head.length ?? 0) + recordBytes;
    }
    return { entries, bytes };
  }

  async verify(): Promise<StoreVerification> {
    const damaged: { key: string; problem: string }[] = [];
    let entries = 0;
    for await (const entry of this.#allEntries()) {
      entries += 1;
      const problem = await this.#problemOf(entry);
      if (problem === undefined) continue;
      await this.#remove(entry.key, [entry.id]);
      damaged.push({ key: entry.key, problem });
    }
    return { entries, damaged };
  }

  close(): void {
    this.#leases.close();
    this.#link.close();
  }

  async #remove(key: string, ids: readonly string[] | undefined): Promise<number> {
    const which = ids === undefined ? ['all'] : ['some', ...ids];
    const index = this.#keys.index(key);
    const words = [removeEntries, 1, index, graceMilliseconds, ...which];
    return Number(await this.#link.send('EVAL', ...words));
  }

  /** What could not be removed while the server was away must not be found when it is back. */
  async #removeOwed(key: string): Promise<void> {
    if (!this.#owed.has(key)) return;
    await this.#remove(key, undefined);
    this.#owed.delete(key);
  }

  /** A piece that is missing or damaged takes its entry with it, and is a miss. */
  async #firstPiece(
    { key, id }: StoredEntry,
    name: string,
    number: number,
  ): Promise<Uint8Array | undefined> {
    try {
      return await readPiece(this.#link, { name, id }, number);
    } catch (error) {
      if (!isUnknownContent(error)) throw error;
      await this.#remove(key, [id]);
      return undefined;
    }
  }

  async #problemOf({ key, id, head }: StoredEntry): Promise<string | undefined> {
    const { length = 0 } = head;
    const name = this.#keys.body(key, id);
    for (let number = 0; number * pieceBytes < length; number++) {
      try {
        const bytes = await readPiece(this.#link, { name, id }, number);
        const expected = Math.min(pieceBytes, length - number * pieceBytes);
        if (bytes.length !== expected) return `piece ${number} has ${bytes.length} bytes`;
      } catch (error) {
        if (!isUnknownContent(error)) throw error;
        // It may just have been removed by somebody else.
        const there = await this.#link.send('HEXISTS', this.#keys.index(key), id);
        return there === 1 ? error.message : undefined;
      }
    }
    return undefined;
  }

  async *#allEntries(): AsyncGenerator<NumberedEntry, void, undefined> {
    for await (const names of this.#scan()) {
      const indexes = names.filter((name) => this.#keys.isIndex(name));
      const fields = await Promise.all(
        indexes.map(async (name) => await this.#link.send('HGETALL', name)),
      );
      for (const one of fields) yield* this.#entriesIn(one).filter((entry) => !isUseless(entry));
    }
  }

  /** The names of all keys of the store, some at a time. */
  async *#scan(): AsyncGenerator<readonly string[], void, undefined> {
    let cursor = '0';
    do {
      const words = ['SCAN', cursor, 'MATCH', this.#keys.pattern, 'COUNT', scannedAtOnce];
      const page = await this.#link.send(...words);
      const [next, names]: unknown[] = Array.isArray(page) ? page : [];
      yield Array.isArray(names) ? names.map(String) : [];
      cursor = String(next);
    } while (/^[1-9]\d*$/.test(cursor));
  }

  #entriesIn(fields: unknown): NumberedEntry[] {
    if (!Array.isArray(fields)) return [];
    const entries: NumberedEntry[] = [];
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const entry = entryOf(String(fields[index]), String(fields[index + 1]));
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  #lifetime({ uselessAt = Number.POSITIVE_INFINITY }: StoredHead): number {
    const left = Math.min(uselessAt - Date.now(), this.#keepMilliseconds);
    return Math.max(1, Math.ceil(left));
  }
}

function isShared({ shared = false, partition }: RedisStoreOptions): boolean {
  if (shared && partition === undefined) return true;
  if (!shared && partition !== undefined && partition !== '') return false;
  throw pieceFailure(
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
  throw pieceFailure('unknown-content', 'a Redis store needs either a client or a url');
}

function newId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('base64url');
}

function isUseless({ head: { uselessAt } }: StoredEntry): boolean {
  return uselessAt !== undefined && uselessAt <= Date.now();
}

function isUnknownContent(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'unknown-content';
}
