import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

import { cacheFailure } from '../failure.ts';
import { nodeSqlite, saysBusy, saysDamaged, saysFull } from './node-sqlite.ts';
import { applicationId, schema, schemaVersion } from './schema.ts';

const pageBytes = 4096;
/** Pages in the log before they are brought into the database, which has to wait for the disk: twice as fast as the default of 1,000. */
const logPages = 4000;

/** Bytes that a full disk has left for the log of a removal: a few pages for each piece. */
const reserveBytes = 262_144;

/** The path that means: in memory, and gone when the store is closed. */
export const inMemory = ':memory:';

/** Where the database is, and how long a statement waits for other processes. */
export interface DatabaseOptions {
  readonly path: string;
  readonly busyMilliseconds: number;
}

/** One column's value, as the schema has them. */
export type Row = Readonly<Record<string, unknown>>;

/** The store's database: opened when first needed, statements prepared once. */
export class Database {
  readonly #options: DatabaseOptions;
  #open: DatabaseSync | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #closed = false;
  #suspect = false;

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  /** The rows of a question. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#guarded(() => this.#statement(sql).all(...values));
  }

  /** The first row of a question. */
  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(...values));
  }

  /** Changes something; gives how many rows. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#guarded(() => Number(this.#statement(sql).run(...values).changes));
  }

  /** Does all of it or nothing, and nobody else's changes come between. */
  transaction<T>(work: () => T): T {
    this.run('BEGIN IMMEDIATE');
    let done = false;
    try {
      const result = work();
      this.run('COMMIT');
      done = true;
      return result;
    } finally {
      if (!done) this.#rollBack();
    }
  }

  /** The same for what takes something away. That takes room at first, which a full disk has not: this is what the reserve is for. */
  withdrawal<T>(work: () => T): T {
    try {
      return this.transaction(work);
    } catch (error) {
      if (!saysFull(error)) throw error;
      rmSync(this.#reservePath, { force: true });
      const result = this.transaction(work);
      this.#giveRoomBack();
      return result;
    }
  }

  /** Does all of it, or nothing if another process is writing now, or the disk is full: it waits for nobody. */
  transactionNow(work: () => void): boolean {
    try {
      this.all('PRAGMA busy_timeout = 0');
      this.transaction(work);
      return true;
    } catch (error) {
      if (saysBusy(error) || saysFull(error)) return false;
      throw error;
    } finally {
      if (this.#open !== undefined)
        this.all(`PRAGMA busy_timeout = ${this.#options.busyMilliseconds}`);
    }
  }

  close(): void {
    this.#closed = true;
    this.#disconnect();
  }

  get #reservePath(): string {
    return `${this.#options.path}-reserve`;
  }

  #giveRoomBack(): void {
    try {
      this.all('PRAGMA incremental_vacuum');
      this.all('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!saysFull(error) && !saysBusy(error)) throw error;
    }
    this.#reserve();
  }

  #reserve(): void {
    if (this.#options.path === inMemory) return;
    try {
      if (!existsSync(this.#reservePath)) {
        writeFileSync(this.#reservePath, new Uint8Array(reserveBytes), { mode: 0o600 });
      }
    } catch {
      // There is no room for it now; what was written of it would not be given back otherwise.
      rmSync(this.#reservePath, { force: true });
    }
  }

  #rollBack(): void {
    // Some failures, such as a full disk, have ended the transaction already.
    if (this.#open?.isTransaction !== false) this.#open?.exec('ROLLBACK');
  }

  /** A database that turns out to be damaged is looked at again, and set aside if that finds the same, when it is next needed. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (saysDamaged(error)) {
        this.#suspect = true;
        this.#disconnect();
      }
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database().prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #database(): DatabaseSync {
    if (this.#closed) throw cacheFailure('operation-canceled', 'the SQLite store was closed');
    if (this.#open === undefined) {
      this.#open = this.#connect();
      this.#reserve();
    }
    return this.#open;
  }

  #connect(): DatabaseSync {
    const { path: file } = this.#options;
    const { DatabaseSync: Connection } = nodeSqlite();
    if (file !== inMemory) createPrivately(file);
    try {
      return this.#prepared(new Connection(file));
    } catch (error) {
      if (!saysDamaged(error) || file === inMemory) throw error;
      setAside(file);
      createPrivately(file);
      return this.#prepared(new Connection(file));
    }
  }

  /** Checks that the database is ours and sound, or makes it so if it is new. */
  #prepared(database: DatabaseSync): DatabaseSync {
    try {
      database.exec(`PRAGMA busy_timeout = ${this.#options.busyMilliseconds}`);
      this.#judge(database);
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      database.exec(`PRAGMA wal_autocheckpoint = ${logPages}`);
      database.exec(`PRAGMA journal_size_limit = ${logPages * pageBytes}`);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #judge(database: DatabaseSync): void {
    const { path: file } = this.#options;
    const found = (): string =>
      `${pragma(database, 'application_id')}/${pragma(database, 'user_version')}`;
    const ours = `${applicationId}/${schemaVersion}`;
    if (found() !== ours) {
      if (tableCount(database) > 0) throw foreign(file, found());
      database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
      database.exec('BEGIN IMMEDIATE');
      // Another process may have been quicker.
      if (tableCount(database) === 0) database.exec(schema);
      database.exec('COMMIT');
    }
    if (!this.#suspect) return;
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { errcode: 11 });
    this.#suspect = false;
  }

  #disconnect(): void {
    this.#statements.clear();
    this.#open?.close();
    this.#open = undefined;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function tableCount(database: DatabaseSync): number {
  return Number(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables']);
}

/** What is stored may be private, and SQLite gives its other files the rights of the first. */
function createPrivately(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

/** What lay there may not have been a cache, so it is kept beside. */
function setAside(file: string): void {
  renameSync(file, `${file}.damaged`);
  for (const end of ['-wal', '-shm', '-journal']) rmSync(`${file}${end}`, { force: true });
}

function foreign(file: string, found: string): Error {
  return cacheFailure(
    'content-conflict',
    `${file} is an SQLite database, but none of this cache in version ${schemaVersion} (its application_id/user_version is ${found}): give the store a file of its own`,
  );
}
