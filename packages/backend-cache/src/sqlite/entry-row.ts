import { isStoredHead } from '../disk/stored-head.ts';
import { headChecksum } from '../pieces/checksum.ts';
import type { StoredEntry, StoredHead } from '../store.ts';
import type { Row } from './database.ts';

/** Bytes that an entry needs in the database beside its key, head and body: rows and places in indexes, about. */
const entryOverheadBytes = 300;

/** Columns that make an entry. */
export const entryColumns = 'body, key, head, checksum, length, sequence';

/** An entry as it is found here: it knows its body. */
export interface SqliteEntry extends StoredEntry {
  readonly body: number;
  readonly length: number;
}

/** The columns of a head. */
export interface HeadColumns {
  readonly head: string;
  readonly checksum: number;
  /** As it is counted against the limit. */
  readonly size: number;
  readonly useless: number | null;
}

/** How a key is written: some SQLite of Node reads texts up to the first NUL only, and UTF-8 has no lone surrogates. */
export function keyColumn(key: string): string {
  return JSON.stringify(key);
}

/** The key that was written so; `undefined`: it has changed. */
export function keyOf(column: unknown): string | undefined {
  const key = typeof column === 'string' ? valueOf(column) : undefined;
  return typeof key === 'string' ? key : undefined;
}

/** A checksum is no signature: a row may hold anything. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is written of a head; `key` as it is written. */
export function headColumns(body: number, key: string, head: StoredHead): HeadColumns {
  const text = JSON.stringify(head);
  return {
    head: text,
    checksum: headChecksum(body, key, text),
    size:
      (head.length ?? 0) + Buffer.byteLength(text) + Buffer.byteLength(key) + entryOverheadBytes,
    useless: head.uselessAt === undefined ? null : Math.ceil(head.uselessAt),
  };
}

/** The entry in a row; `undefined`: the row has changed since it was written. */
export function entryOf(row: Row): SqliteEntry | undefined {
  const { body, key, head, checksum, length } = row;
  if (typeof body !== 'number' || typeof key !== 'string' || typeof head !== 'string') {
    return undefined;
  }
  if (headChecksum(body, key, head) !== checksum || typeof length !== 'number') return undefined;
  const [text, stored] = [keyOf(key), valueOf(head)];
  if (text === undefined || !isStoredHead(stored) || stored.length !== length) return undefined;
  return { key: text, id: String(body), head: stored, body, length };
}

/** The body of an entry that a store gave out; `NaN` finds nothing. */
export function bodyOf({ id }: StoredEntry): number {
  return /^\d{1,16}$/.test(id) ? Number(id) : Number.NaN;
}
