import type { Stats } from 'node:fs';

import type { DiskEntry } from './disk-entry.ts';

/** How many files are remembered; a name has one place, and what comes there later takes it. */
const PLACES = 256;
/** Digits of a name that say its place. */
const PLACE_DIGITS = 2;
/** Bytes of the largest file that is remembered: together they take a few megabytes at most. */
const LARGEST_BYTES = 8_192;
/**
 * Milliseconds for which a file must have been unchanged. System clocks of files tick slowly: within one tick a file could be replaced
 * twice, and have the number, the times and the size of the one that was read.
 */
const SETTLED_MILLISECONDS = 100;

/** The file of a key as it was read. */
export interface RecentFile {
  readonly name: string;
  readonly key: string;
  readonly entries: readonly DiskEntry[];
  readonly stats: Stats;
}

/** What small files held that were read lately. A file of a key never changes: it is replaced, and that shows. */
export class RecentFiles {
  readonly #now: () => number;
  readonly #places: (RecentFile | undefined)[] = Array.from({ length: PLACES });

  /** `now` is compared with what the system says of files. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What was read under a name; whether it still holds is for `isSameFile` to say. */
  recall(name: string): RecentFile | undefined {
    const file = this.#places[placeOf(name)];
    return file?.name === name ? file : undefined;
  }

  /** Remembers a file, if it is small, and old enough to be told from its successors. */
  remember(file: RecentFile): void {
    const { size, ctimeMs } = file.stats;
    if (size > LARGEST_BYTES || this.#now() - ctimeMs < SETTLED_MILLISECONDS) return;
    this.#places[placeOf(file.name)] = file;
  }
}

/** Whether this is the same file in the same state. */
export function isSameFile(one: Stats, other: Stats): boolean {
  return (
    one.ino === other.ino &&
    one.ctimeMs === other.ctimeMs &&
    one.mtimeMs === other.mtimeMs &&
    one.size === other.size &&
    one.dev === other.dev
  );
}

function placeOf(name: string): number {
  return Number.parseInt(name.slice(-PLACE_DIGITS), 16);
}
