import { setImmediate as turn } from 'node:timers/promises';

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
import { BodyPins } from './body-pins.ts';
import { Database } from './database.ts';
import { bodyOf, entryColumns, entryOf, headColumns, keyColumn, keyOf } from './entry-row.ts';
import type { SqliteEntry } from './entry-row.ts';
import { LastUses } from './last-uses.ts';
import { SqliteSink } from './sqlite-sink.ts';
import { pieceBytes, readBytes, readPiece, storedBody } from './stored-body.ts';

/** As Qt's disk cache has it. */
const defaultMaximumBytes = 50 * 1024 * 1024;
const defaultBusyMilliseconds = 1000;
/** Of the whole limit; what is larger would push nearly everything out. */
const largestShare = 3 / 4;
const listedAtOnce = 200;
const trimmedAtOnce = 50;

/** Where entries are kept, and how much of them. */
export interface SqliteStoreOptions {
  /** The database file, made when it is first needed; `:memory:` keeps all in memory. */
  readonly path: string;
  /** Entries together, as the store counts them; 50 MiB by default. A body beyond three quarters of it is refused. */
  readonly maximumBytes?: number | undefined;
  /** No limit by default. */
  readonly maximumEntries?: number | undefined;
  /** More than one user's programs see the file: see `CacheStore.shared`. */
  readonly shared?: boolean | undefined;
  /** How long a statement waits for another process that is writing; then it fails, which is a miss. 1,000 by default. */
  readonly busyMilliseconds?: number | undefined;
  /** Milliseconds of Unix time; several processes must agree about it. */
  readonly now?: (() => number) | undefined;
}

/** Keeps entries in an SQLite database that several processes may share. Needs a Node that has `node:sqlite`. */
export function sqliteStore(options: SqliteStoreOptions): CacheStore {
  return new SqliteStore(options);
}

class SqliteStore implements CacheStore {
  readonly name = 'sqlite';
  readonly shared: boolean;
  readonly #maximumBytes: number;
  readonly #maximumEntries: number;
  readonly #database: Database;
  readonly #pins: BodyPins;
  readonly #uses: LastUses;
  readonly #now: () => number;
  #closed = false;
  #swept = false;

  constructor(options: SqliteStoreOptions) {
    const { path, maximumBytes, maximumEntries, busyMilliseconds, now } = options;
    if (path === '') throw pieceFailure('unknown-content', 'the SQLite store needs a path');
    this.shared = options.shared ?? false;
    this.#maximumBytes = maximumBytes ?? defaultMaximumBytes;
    this.#maximumEntries = maximumEntries ?? Number.POSITIVE_INFINITY;
    this.#now = now ?? Date.now;
    const wait = busyMilliseconds ?? defaultBusyMilliseconds;
    this.#database = new Database({ path, busyMilliseconds: wait });
    this.#pins = new BodyPins(this.#database, this.#now);
    this.#uses = new LastUses(this.#database, this.#now);
  }

  find(key: string): readonly StoredEntry[] {
    const sql = `SELECT ${entryColumns} FROM entries WHERE key = ? ORDER BY sequence DESC`;
    return this.#entries(this.#database.all(sql, keyColumn(key)));
  }

  open(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): EntryReader | undefined {
    const body = bodyOf(entry);
    const row = this.#database.get('SELECT length FROM entries WHERE body = ?', body);
    if (row === undefined) return undefined;
    const length = Number(row['length']);
    if (length !== (entry.head.length ?? length)) return undefined;
    const end = Math.min(length, (part?.to ?? length) + 1);
    const from = Math.min(part?.from ?? 0, end);
    this.#uses.note(body);
    if (from === end) return new SourceReader(readBytes(new Uint8Array(0), from), from, end);
    const first = Math.floor(from / pieceBytes);
    const oneOnly = first === Math.floor((end - 1) / pieceBytes);
    return oneOnly ? this.#openPiece(body, { first, from, end }) : this.#openBody(body, from, end);
  }

  write({ expectedBytes = 0, ...plan }: WritePlan): EntryWriter | undefined {
    const maximumBytes = Math.floor(this.#maximumBytes * largestShare);
    if (expectedBytes > maximumBytes) return undefined;
    const body = this.#database.transaction(() => {
      // What was left behind by processes that died.
      if (!this.#swept) this.#pins.sweep();
      this.#swept = true;
      const free = freeBody();
      this.#database.run('INSERT INTO loose (body) VALUES (?)', free);
      this.#pins.add(free);
      return free;
    });
    const context = {
      database: this.#database,
      pins: this.#pins,
      maximumBytes,
      drop: (bodies: readonly number[]) => this.#drop(bodies),
      tick: () => this.#uses.tick(),
      trim: (newest: number) => this.#trim(newest),
    };
    return new PieceWriter(new SqliteSink(context, plan, body));
  }

  freshen(entry: StoredEntry, head: StoredHead): StoredEntry | undefined {
    const body = bodyOf(entry);
    return this.#database.transaction(() => {
      const row = this.#database.get('SELECT key, length FROM entries WHERE body = ?', body);
      if (row === undefined) return undefined;
      const key = String(row['key']);
      const columns = headColumns(body, key, { ...head, length: Number(row['length']) });
      const sql = `UPDATE entries SET head = ?, checksum = ?, size = ?, useless = ?, used = ?
        WHERE body = ?`;
      const { size, useless } = columns;
      const used = this.#uses.tick();
      this.#database.run(sql, columns.head, columns.checksum, size, useless, used, body);
      const fresh: StoredHead = JSON.parse(columns.head);
      return { key: entry.key, id: String(body), head: fresh };
    });
  }

  remove(key: string, entries?: readonly StoredEntry[]): number {
    return this.#database.transaction(() => {
      const there = this.#database.all('SELECT body FROM entries WHERE key = ?', keyColumn(key));
      const asked = entries && new Set(entries.map((entry) => bodyOf(entry)));
      const bodies = there.map((row) => Number(row['body']));
      return this.#drop(bodies.filter((body) => asked?.has(body) ?? true));
    });
  }

  clear(): void {
    this.#database.transaction(() => {
      this.#database.run('INSERT INTO loose (body) SELECT body FROM entries');
      this.#database.run('DELETE FROM entries');
      this.#pins.sweep();
    });
    // Each step gives one page back, so that all rows must be asked for, though there are none.
    this.#database.all('PRAGMA incremental_vacuum');
  }

  *entries(): Generator<StoredEntry, void, undefined> {
    for (let after = 0; ;) {
      const sql = `SELECT ${entryColumns} FROM entries WHERE sequence > ?
        ORDER BY sequence LIMIT ${listedAtOnce}`;
      const rows = this.#database.all(sql, after);
      yield* this.#entries(rows);
      if (rows.length < listedAtOnce) return;
      after = Number(rows.at(-1)?.['sequence']);
    }
  }

  stats(): StoreStats {
    const row = this.#database.get('SELECT entries, bytes FROM totals');
    const bounded = Number.isFinite(this.#maximumEntries);
    return {
      entries: Number(row?.['entries']),
      bytes: Number(row?.['bytes']),
      maximumBytes: this.#maximumBytes,
      ...(bounded ? { maximumEntries: this.#maximumEntries } : {}),
    };
  }

  async verify(): Promise<StoreVerification> {
    const damaged: { key?: string | undefined; problem: string }[] = [];
    let entries = 0;
    for (let after = 0; ;) {
      const sql = `SELECT ${entryColumns} FROM entries WHERE sequence > ? ORDER BY sequence LIMIT 1`;
      const row = this.#database.get(sql, after);
      if (row === undefined) break;
      entries += 1;
      after = Number(row['sequence']);
      const problem = await this.#problemOf(row);
      if (problem === undefined) continue;
      this.#dropOne(Number(row['body']));
      damaged.push({ key: keyOf(row['key']), problem });
    }
    this.#database.transaction(() => this.#pins.sweep());
    return { entries, damaged };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#uses.flush();
      this.#pins.close();
    } finally {
      this.#database.close();
    }
  }

  /** The sound entries of some rows; what has changed since it was written goes. */
  #entries(rows: readonly Record<string, unknown>[]): SqliteEntry[] {
    return rows.flatMap((row) => {
      const entry = entryOf(row);
      if (entry !== undefined) return [entry];
      this.#dropOne(Number(row['body']));
      return [];
    });
  }

  /** Nothing else has to be read later, so that nothing has to be pinned. */
  #openPiece(
    body: number,
    { first, from, end }: { readonly first: number; readonly from: number; readonly end: number },
  ): EntryReader | undefined {
    try {
      const bytes = readPiece(this.#database, body, first);
      return new SourceReader(readBytes(bytes, first * pieceBytes), from, end);
    } catch (error) {
      if (!isUnknownContent(error)) throw error;
      this.#dropOne(body);
      return undefined;
    }
  }

  #openBody(body: number, from: number, end: number): EntryReader | undefined {
    const pinned = this.#database.transaction(() => {
      const there = this.#database.get('SELECT 1 FROM entries WHERE body = ?', body);
      if (there !== undefined) this.#pins.add(body);
      return there !== undefined;
    });
    if (!pinned) return undefined;
    const source = storedBody(this.#database, body, {
      whenDamaged: () => this.#dropOne(body),
      close: () => this.#pins.remove(body),
    });
    return new SourceReader(source, from, end);
  }

  /** What is wrong with an entry, read piece by piece. */
  async #problemOf(row: Record<string, unknown>): Promise<string | undefined> {
    const entry = entryOf(row);
    if (entry === undefined) return 'its head has changed';
    for (let number = 0; number * pieceBytes < entry.length; number++) {
      await turn();
      try {
        const { length } = readPiece(this.#database, entry.body, number);
        const expected = Math.min(pieceBytes, entry.length - number * pieceBytes);
        if (length !== expected) return `piece ${number} has ${length} bytes`;
      } catch (error) {
        if (!isUnknownContent(error)) throw error;
        // It may just have been removed by somebody else.
        const there = this.#database.get('SELECT 1 FROM entries WHERE body = ?', entry.body);
        return there === undefined ? undefined : error.message;
      }
    }
    return undefined;
  }

  #dropOne(body: number): void {
    this.#database.transaction(() => this.#drop([body]));
  }

  /** Removes entries, and their bodies unless somebody reads them. Called within a transaction. */
  #drop(bodies: readonly number[]): number {
    let count = 0;
    for (const body of bodies) {
      if (this.#database.run('DELETE FROM entries WHERE body = ?', body) === 0) continue;
      count += 1;
      this.#database.run('INSERT INTO loose (body) VALUES (?)', body);
      this.#pins.sweep(body);
    }
    return count;
  }

  /** Removes the useless ones, then those that were used the longest time ago, until the rest is within the limits. */
  #trim(newest: number): void {
    if (this.#excess() <= 0) return;
    this.#uses.flush();
    this.#pins.sweep();
    const useless = 'SELECT body FROM entries WHERE useless <= ? AND body <> ?';
    this.#drop(bodiesOf(this.#database.all(useless, this.#now(), newest)));
    const oldest = `SELECT body FROM entries WHERE body <> ? ORDER BY used LIMIT ${trimmedAtOnce}`;
    while (this.#excess() > 0) {
      const bodies = bodiesOf(this.#database.all(oldest, newest));
      if (bodies.length === 0) return;
      for (const body of bodies) if (this.#excess() > 0) this.#drop([body]);
    }
  }

  /** More than zero: there is too much. */
  #excess(): number {
    const { entries, bytes } = this.stats();
    return Math.max(bytes - this.#maximumBytes, entries - this.#maximumEntries);
  }
}

/** Never given twice, for all that is likely: an entry of an earlier database must not be taken for one of this. */
function freeBody(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high % 2 ** 20) * 2 ** 32 + low + 1;
}

function bodiesOf(rows: readonly Record<string, unknown>[]): number[] {
  return rows.map((row) => Number(row['body']));
}

function isUnknownContent(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'unknown-content';
}
