import { cacheFailure } from '../failure.ts';
import type { CacheFailure } from '../failure.ts';

/** What a reader rejects with whose bytes are not what was written: asking the network again gives better ones. */
export function damagedPiece(body: number | string, number: number, what: string): CacheFailure {
  return cacheFailure('unknown-content', `piece ${number} of the stored body ${body} ${what}`, {
    temporary: true,
  });
}

/** True for what `damagedPiece` makes. */
export function saysDamagedPiece(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'unknown-content';
}

/** What a reader that was closed rejects with. */
export function readerClosed(): CacheFailure {
  return cacheFailure('operation-canceled', 'the reader of the stored bytes was closed');
}
