import type { MeasuredFile } from './shard-list.ts';

/** Remembers the files that were not used for the longest time, out of any number. */
export class OldestFiles {
  readonly #most: number;
  #files: MeasuredFile[] = [];
  /** What was used later than this is none of the oldest. */
  #latest = Number.POSITIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a file into account. */
  add(file: MeasuredFile): void {
    if (file.usedAt > this.#latest) return;
    this.#files.push(file);
    if (this.#files.length >= this.#most * 2) this.#forget();
  }

  /** The oldest first. */
  inOrder(): readonly MeasuredFile[] {
    if (this.#files.length > this.#most) this.#forget();
    return this.#files.toSorted((a, b) => a.usedAt - b.usedAt);
  }

  /** Numbers are sorted in a tenth of the time that objects take. */
  #forget(): void {
    const times = Float64Array.from(this.#files, ({ usedAt }) => usedAt).toSorted();
    const latest = times[this.#most - 1] ?? this.#latest;
    this.#latest = latest;
    const older = this.#files.filter(({ usedAt }) => usedAt < latest);
    const equal = this.#files.filter(({ usedAt }) => usedAt === latest);
    this.#files = [...older, ...equal.slice(0, this.#most - older.length)];
  }
}
