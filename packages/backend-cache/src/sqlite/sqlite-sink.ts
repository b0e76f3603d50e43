import { pieceChecksum } from '../pieces/checksum.ts';
import type { PieceSink } from '../pieces/piece-sink.ts';
import type { StoredEntry, StoredHead, WritePlan } from '../store.ts';
import type { BodyPins } from './body-pins.ts';
import type { Database } from './database.ts';
import { bodyOf, headColumns, keyColumn } from './entry-row.ts';
import type { EntryTable } from './entry-table.ts';
import type { LastUses } from './last-uses.ts';
import { pieceBytes, readPiece } from './stored-body.ts';

/** What a body is written with. */
export interface SinkContext {
  readonly database: Database;
  readonly pins: BodyPins;
  readonly table: EntryTable;
  readonly uses: LastUses;
  readonly maximumBytes: number;
}

/** Puts a body into rows. It is loose, and pinned, until its entry is committed. */
export class SqliteSink implements PieceSink {
  readonly pieceBytes: number = pieceBytes;
  readonly maximumBytes: number;
  readonly #context: SinkContext;
  readonly #plan: WritePlan;
  readonly #body: number;

  constructor(context: SinkContext, plan: WritePlan, body: number) {
    this.maximumBytes = context.maximumBytes;
    this.#context = context;
    this.#plan = plan;
    this.#body = body;
  }

  put(number: number, bytes: Uint8Array): void {
    const sql = 'INSERT INTO pieces (body, number, checksum, bytes) VALUES (?, ?, ?, ?)';
    const checksum = pieceChecksum(this.#body, number, bytes);
    this.#context.database.run(sql, this.#body, number, checksum, bytes);
  }

  piece(number: number): Uint8Array {
    return readPiece(this.#context.database, this.#body, number);
  }

  commit(head: StoredHead): StoredEntry {
    const { database } = this.#context;
    return database.transaction(() => this.#insert(head));
  }

  abandon(): void {
    // The pin goes with the release, and the pieces with the pin.
  }

  release(): void {
    this.#context.pins.remove(this.#body);
  }

  #insert(head: StoredHead): StoredEntry {
    const { database, table, uses } = this.#context;
    const { key, replaces } = this.#plan;
    table.drop(replaces.filter((entry) => entry.key === key).map((entry) => bodyOf(entry)));
    const columns = headColumns(this.#body, keyColumn(key), head);
    const { length = 0 } = head;
    const sql = `INSERT INTO entries (body, key, head, checksum, length, size, used, useless)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
    const { head: text, checksum, size, useless } = columns;
    database.run(
      sql,
      this.#body,
      keyColumn(key),
      text,
      checksum,
      length,
      size,
      uses.tick(),
      useless,
    );
    database.run('DELETE FROM loose WHERE body = ?', this.#body);
    table.trim(this.#body);
    const stored: StoredHead = JSON.parse(columns.head);
    return { key, id: String(this.#body), head: stored };
  }
}
