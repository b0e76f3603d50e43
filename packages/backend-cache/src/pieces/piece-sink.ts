import type { StoredEntry, StoredHead } from '../store.ts';

/** Where the pieces of one body go: all of one size but the last, in order, and one at a time. */
export interface PieceSink {
  /** Bytes of every piece but the last. */
  readonly pieceBytes: number;
  /** A body beyond this fails. */
  readonly maximumBytes: number;
  /** Stores a piece. Its memory is not needed any more once this returns or what it returns settles. */
  put(number: number, bytes: Uint8Array): void | Promise<void>;
  /** A stored piece, in memory that nobody rewrites. */
  piece(number: number): Uint8Array | Promise<Uint8Array>;
  /** All is stored; from now on the entry is found. */
  commit(head: StoredHead): StoredEntry | Promise<StoredEntry>;
  /** The entry will not be: removes what was stored of it. Called at most once, and never after a commit that worked. Never throws. */
  abandon(): void | Promise<void>;
  /** Neither the writer nor anybody who follows needs the pieces any more. Called once. Never throws. */
  release(): void | Promise<void>;
}
