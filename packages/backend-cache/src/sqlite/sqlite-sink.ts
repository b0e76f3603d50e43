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

/** Puts a body into rows. A large one is loose, and pinned, until its entry is committed. */
export class SqliteSink implements PieceSink {
  readonly pieceBytes: number = pieceBytes;
  readonly maximumBytes: number;
  readonly #context: SinkContext;
  readonly #plan: WritePlan;
  readonly #body: number = freeBody();
  #pieces = 0;

  constructor(context: SinkContext, plan: WritePlan) {
    this.maximumBytes = context.maximumBytes;
    this.#context = context;
    this.#plan = plan;
  }

  put(number: number, bytes: Uint8Array): void {
    if (number > 0) this.#insertPiece(number, bytes);
    else this.#context.database.transaction(() => this.#begin(bytes));
    this.#pieces = number + 1;
  }

  piece(number: number): Uint8Array {
    return readPiece(this.#context.database, this.#body, number);
  }

  commit(head: StoredHead, last: Uint8Array): StoredEntry {
    return this.#context.database.transaction(() => {
      if (last.length > 0) this.#insertPiece(this.#pieces, last);
      return this.#insertEntry(head);
    });
  }

  abandon(): void {
    // The pin goes with the release, and the pieces with the pin.
  }

  release(): void {
    if (this.#pieces > 0) this.#context.pins.remove(this.#body);
  }

  #begin(bytes: Uint8Array): void {
    const { database, pins } = this.#context;
    database.run('INSERT INTO loose (body) VALUES (?)', this.#body);
    this.#insertPiece(0, bytes);
    pins.add(this.#body);
  }

  #insertPiece(number: number, bytes: Uint8Array): void {
    const sql = 'INSERT INTO pieces (body, number, checksum, bytes) VALUES (?, ?, ?, ?)';
    const checksum = pieceChecksum(this.#body, number, bytes);
    this.#context.database.run(sql, this.#body, number, checksum, bytes);
  }

  #insertEntry(head: StoredHead): StoredEntry {
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
    table.trimKey(key);
    table.trim(this.#body);
    const stored: StoredHead = JSON.parse(columns.head);
    return { key, id: String(this.#body), head: stored };
  }
}

/** Never given twice, for all that is likely: an entry of an earlier database must not be taken for one of this. */
function freeBody(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high % 2 ** 20) * 2 ** 32 + low + 1;
}
