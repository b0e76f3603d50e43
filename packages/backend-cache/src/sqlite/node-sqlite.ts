import type * as Sqlite from 'node:sqlite';

import { cacheFailure } from '../failure.ts';

/** Node's own SQLite, loaded when it is first needed: not every Node has it, and loading it warns on some. */
export function nodeSqlite(): typeof Sqlite {
  const sqlite = process.getBuiltinModule('node:sqlite');
  if (sqlite !== undefined) return sqlite;
  throw cacheFailure(
    'operation-not-implemented',
    `the SQLite store needs node:sqlite, which this runtime (${process.version}) has not: use Node 22.13 or newer, or another store`,
  );
}

const damagedCodes: ReadonlySet<number> = new Set([11, 26]); // SQLITE_CORRUPT, SQLITE_NOTADB
const fullCode = 13; // SQLITE_FULL
const busyCodes: ReadonlySet<number> = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED

/** True for what SQLite says of a file that is no database, or none any more. */
export function saysDamaged(error: unknown): boolean {
  return damagedCodes.has(primaryCode(error));
}

/** True for what SQLite says when others are at work. */
export function saysBusy(error: unknown): boolean {
  return busyCodes.has(primaryCode(error));
}

/** True for what SQLite says when there is no room on the disk. */
export function saysFull(error: unknown): boolean {
  return primaryCode(error) === fullCode;
}

function primaryCode(error: unknown): number {
  if (!(error instanceof Error && 'errcode' in error)) return 0;
  // The low byte is the primary code, the rest says more.
  return typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}
