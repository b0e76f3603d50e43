import { setImmediate as turn } from 'node:timers/promises';

import { saysDamagedPiece } from '../pieces/piece-failure.ts';
import type { StoredEntry } from '../store.ts';
import type { BodyPins } from './body-pins.ts';
import type { Database, Row } from './database.ts';
import { entryColumns, entryOf, keyColumn, keyOf } from './entry-row.ts';
import type { LastUses } from './last-uses.ts';
import { pieceBytes, readPiece } from './stored-body.ts';

const listedAtOnce = 200;
const trimmedAtOnce = 50;
/** Variants and parts of one key: a peer must not fill it with what varies by everything. */
const mostEntriesOfKey = 100;

/** How much a store may hold. */
export interface EntryLimits {
  readonly maximumBytes: number;
  readonly maximumEntries: number;
}

/** What was found to be damaged, and removed. */
export interface DamagedEntry {
  readonly key: string | undefined;
  readonly problem: string;
}

/** The rows of all entries: what is found, listed, checked, and removed. */
export class EntryTable {
  readonly #database: Database;
  readonly #pins: BodyPins;
  readonly #uses: LastUses;
  readonly #limits: EntryLimits;
  readonly #now: () => number;

  constructor(
    database: Database,
    uses: { readonly pins: BodyPins; readonly uses: LastUses; readonly now: () => number },
    limits: EntryLimits,
  ) {
    this.#database = database;
    this.#pins = uses.pins;
    this.#uses = uses.uses;
    this.#now = uses.now;
    this.#limits = limits;
  }

  /** The sound entries of a key, the newest first. */
  find(key: string): StoredEntry[] {
    const sql = `SELECT ${entryColumns} FROM entries WHERE key = ? ORDER BY sequence DESC`;
    return this.#sound(this.#database.all(sql, keyColumn(key)));
  }

  /** Whether a body still has an entry. */
  has(body: number): boolean {
    return this.#database.get('SELECT 1 FROM entries WHERE body = ?', body) !== undefined;
  }

  /** The bodies of a key's entries. */
  bodies(key: string): number[] {
    const sql = 'SELECT body FROM entries WHERE key = ?';
    return bodiesOf(this.#database.all(sql, keyColumn(key)));
  }

  /** Every sound entry, in the order of the commits. */
  *all(): Generator<StoredEntry, void, undefined> {
    for (let after = 0; ;) {
      const rows = this.#after(after, listedAtOnce);
      yield* this.#sound(rows);
      if (rows.length < listedAtOnce) return;
      after = Number(rows.at(-1)?.['sequence']);
    }
  }

  /** How many entries there are, and what they take. */
  totals(): { readonly entries: number; readonly bytes: number } {
    const row = this.#database.get('SELECT entries, bytes FROM totals');
    return { entries: Number(row?.['entries']), bytes: Number(row?.['bytes']) };
  }

  /** Reads everything, a turn of the loop for each piece, and removes what is damaged. */
  async check(): Promise<{ readonly entries: number; readonly damaged: DamagedEntry[] }> {
    const damaged: DamagedEntry[] = [];
    let entries = 0;
    let [row] = this.#after(0, 1);
    while (row !== undefined) {
      entries += 1;
      const problem = await this.#problemOf(row);
      if (problem !== undefined) {
        this.dropOne(Number(row['body']));
        damaged.push({ key: keyOf(row['key']), problem });
      }
      [row] = this.#after(Number(row['sequence']), 1);
    }
    return { entries, damaged };
  }

  /** Removes one entry. */
  dropOne(body: number): void {
    this.#database.transaction(() => this.drop([body]));
  }

  /** Removes an entry that whoever reads has found to be damaged; that can wait if another process is writing. */
  dropDamaged(body: number): void {
    this.#database.transactionNow(() => void this.drop([body]));
  }

  /** Removes entries, and their bodies unless somebody reads them. Called within a transaction. */
  drop(bodies: readonly number[]): number {
    let count = 0;
    for (const body of bodies) {
      if (this.#database.run('DELETE FROM entries WHERE body = ?', body) === 0) continue;
      count += 1;
      this.#database.run('INSERT INTO loose (body) VALUES (?)', body);
      this.#pins.sweep(body);
    }
    return count;
  }

  /** Removes all entries. */
  clear(): void {
    this.#database.withdrawal(() => {
      this.#database.run('INSERT INTO loose (body) SELECT body FROM entries');
      this.#database.run('DELETE FROM entries');
      this.#pins.sweep();
    });
    // Each step gives one page back, so that all rows must be asked for, though there are none.
    this.#database.all('PRAGMA incremental_vacuum');
  }

  /** Makes room: the useless ones go, then those that were used the longest time ago. Called within a transaction. */
  trim(newest: number): void {
    if (this.#excess() <= 0) return;
    this.#uses.flush();
    this.#pins.sweep();
    const useless = 'SELECT body FROM entries WHERE useless <= ? AND body <> ?';
    this.drop(bodiesOf(this.#database.all(useless, this.#now(), newest)));
    const oldest = `SELECT body FROM entries WHERE body <> ? ORDER BY used LIMIT ${trimmedAtOnce}`;
    while (this.#excess() > 0) {
      const bodies = bodiesOf(this.#database.all(oldest, newest));
      if (bodies.length === 0) return;
      for (const body of bodies) if (this.#excess() > 0) this.drop([body]);
    }
  }

  /** Removes the oldest entries of a key that has too many. Called within a transaction. */
  trimKey(key: string): void {
    const sql = `SELECT body FROM entries WHERE key = ? ORDER BY sequence DESC
      LIMIT -1 OFFSET ${mostEntriesOfKey}`;
    this.drop(bodiesOf(this.#database.all(sql, keyColumn(key))));
  }

  /** More than zero: there is too much. */
  #excess(): number {
    const { entries, bytes } = this.totals();
    const { maximumBytes, maximumEntries } = this.#limits;
    return Math.max(bytes - maximumBytes, entries - maximumEntries);
  }

  #after(sequence: number, most: number): readonly Row[] {
    const sql = `SELECT ${entryColumns} FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?`;
    return this.#database.all(sql, sequence, most);
  }

  /** What has changed since it was written goes. */
  #sound(rows: readonly Row[]): StoredEntry[] {
    return rows.flatMap((row) => {
      const entry = entryOf(row);
      if (entry !== undefined) return [entry];
      this.dropDamaged(Number(row['body']));
      return [];
    });
  }

  /** What is wrong with an entry, read piece by piece. */
  async #problemOf(row: Row): Promise<string | undefined> {
    const entry = entryOf(row);
    if (entry === undefined) return 'its head has changed';
    for (let number = 0; number * pieceBytes < entry.length; number++) {
      await turn();
      try {
        const { length } = readPiece(this.#database, entry.body, number);
        const expected = Math.min(pieceBytes, entry.length - number * pieceBytes);
        if (length !== expected) return `piece ${number} has ${length} bytes`;
      } catch (error) {
        if (!saysDamagedPiece(error)) throw error;
        // It may just have been removed by somebody else.
        return this.has(entry.body) ? error.message : undefined;
      }
    }
    return undefined;
  }
}

function bodiesOf(rows: readonly Row[]): number[] {
  return rows.map((row) => Number(row['body']));
}
