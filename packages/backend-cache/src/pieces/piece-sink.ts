import type { StoredEntry, StoredHead } from '../store.ts';

/** Where the pieces of one body go: all of one size but the last, in order, and one at a time. A small body is a last piece only. */
export interface PieceSink {
  /** Bytes of every piece but the last. */
  readonly pieceBytes: number;
  /** A body beyond this fails. */
  readonly maximumBytes: number;
  /** Stores a full piece. Its memory is not needed any more once this returns or what it returns settles. */
  put(number: number, bytes: Uint8Array): void | Promise<void>;
  /** A piece that was put, in memory that nobody rewrites. */
  piece(number: number): Uint8Array | Promise<Uint8Array>;
  /** Stores the last, shorter piece, which may be empty; from now on the entry is found. Nobody rewrites the memory of that piece. */
  commit(head: StoredHead, last: Uint8Array): StoredEntry | Promise<StoredEntry>;
  /** The entry will not be: removes what was stored of it. Called at most once, and never after a commit that worked. Never throws. */
  abandon(): void | Promise<void>;
  /** Neither the writer nor anybody who follows needs the pieces any more. Called once. Never throws. */
  release(): void | Promise<void>;
}
