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
import { BodyPins } from './body-pins.ts';
import { Database } from './database.ts';
import { bodyOf, headColumns } from './entry-row.ts';
import { EntryTable } from './entry-table.ts';
import { LastUses } from './last-uses.ts';
import { SqliteSink } from './sqlite-sink.ts';
import { pieceBytes, readBytes, readPiece, storedBody } from './stored-body.ts';

/** As Qt's disk cache has it. */
const defaultMaximumBytes = 50 * 1024 * 1024;
const defaultBusyMilliseconds = 500;
/** Of the whole limit; what is larger would push nearly everything out. */
const largestShare = 3 / 4;

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
  /** How long a statement waits for another process that is writing; and the process with it. Then it fails, which is a miss. 500 by default. */
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
  readonly #table: EntryTable;
  #closed = false;
  #swept = false;

  constructor(options: SqliteStoreOptions) {
    const { path, busyMilliseconds = defaultBusyMilliseconds, now = Date.now } = options;
    if (path === '') throw cacheFailure('unknown-content', 'the SQLite store needs a path');
    this.shared = options.shared ?? false;
    this.#maximumBytes = options.maximumBytes ?? defaultMaximumBytes;
    this.#maximumEntries = options.maximumEntries ?? Number.POSITIVE_INFINITY;
    this.#database = new Database({ path, busyMilliseconds });
    this.#pins = new BodyPins(this.#database, now);
    this.#uses = new LastUses(this.#database, now);
    const limits = { maximumBytes: this.#maximumBytes, maximumEntries: this.#maximumEntries };
    const uses = { pins: this.#pins, uses: this.#uses, now };
    this.#table = new EntryTable(this.#database, uses, limits);
  }

  find(key: string): readonly StoredEntry[] {
    return this.#table.find(key);
  }

  open(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): EntryReader | undefined {
    const body = bodyOf(entry);
    const row = this.#database.get('SELECT length FROM entries WHERE body = ?', body);
    const length = Number(row?.['length']);
    if (row === undefined || length !== (entry.head.length ?? length)) return undefined;
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
    this.#sweep();
    const context = {
      database: this.#database,
      pins: this.#pins,
      table: this.#table,
      uses: this.#uses,
      maximumBytes,
    };
    return new PieceWriter(new SqliteSink(context, plan));
  }

  freshen(entry: StoredEntry, head: StoredHead): StoredEntry | undefined {
    const body = bodyOf(entry);
    return this.#database.transaction(() => {
      const row = this.#database.get('SELECT key, length FROM entries WHERE body = ?', body);
      if (row === undefined) return undefined;
      const stored = { ...head, length: Number(row['length']) };
      const columns = headColumns(body, String(row['key']), stored);
      const sql = `UPDATE entries SET head = ?, checksum = ?, size = ?, useless = ?, used = ?
        WHERE body = ?`;
      const { checksum, size, useless } = columns;
      const used = this.#uses.tick();
      this.#database.run(sql, columns.head, checksum, size, useless, used, body);
      const fresh: StoredHead = JSON.parse(columns.head);
      return { key: entry.key, id: String(body), head: fresh };
    });
  }

  remove(key: string, entries?: readonly StoredEntry[]): number {
    return this.#database.withdrawal(() => {
      const asked = entries && new Set(entries.map((entry) => bodyOf(entry)));
      const bodies = this.#table.bodies(key);
      return this.#table.drop(bodies.filter((body) => asked?.has(body) ?? true));
    });
  }

  clear(): void {
    this.#table.clear();
  }

  entries(): Generator<StoredEntry, void, undefined> {
    return this.#table.all();
  }

  stats(): StoreStats {
    const bounded = Number.isFinite(this.#maximumEntries);
    return {
      ...this.#table.totals(),
      maximumBytes: this.#maximumBytes,
      ...(bounded ? { maximumEntries: this.#maximumEntries } : {}),
    };
  }

  async verify(): Promise<StoreVerification> {
    const verification = await this.#table.check();
    this.#database.transaction(() => this.#pins.sweep());
    return verification;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#uses.flushNow();
    this.#pins.close();
    this.#database.close();
  }

  /** Removes what processes left behind that died, once. */
  #sweep(): void {
    if (this.#swept) return;
    this.#swept = true;
    this.#database.transaction(() => this.#pins.sweep());
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
      if (!saysDamagedPiece(error)) throw error;
      this.#table.dropDamaged(body);
      return undefined;
    }
  }

  #openBody(body: number, from: number, end: number): EntryReader | undefined {
    const pinned = this.#database.transaction(() => {
      const there = this.#table.has(body);
      if (there) this.#pins.add(body);
      return there;
    });
    if (!pinned) return undefined;
    const source = storedBody(this.#database, body, {
      whenDamaged: () => this.#table.dropDamaged(body),
      close: () => this.#pins.remove(body),
    });
    return new SourceReader(source, from, end);
  }
}
