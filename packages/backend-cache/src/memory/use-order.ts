import type { MemoryEntry } from './memory-entry.ts';

/** Entries in the order of their last use: links in the entries themselves, so that a use costs no memory. */
export class UseOrder {
  #oldest: MemoryEntry | undefined;
  #newest: MemoryEntry | undefined;

  get oldest(): MemoryEntry | undefined {
    return this.#oldest;
  }

  use(entry: MemoryEntry): void {
    if (this.#newest === entry) return;
    this.remove(entry);
    this.add(entry);
  }

  add(entry: MemoryEntry): void {
    entry.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  remove(entry: MemoryEntry): void {
    const { older, newer } = entry;
    if (older !== undefined) older.newer = newer;
    else if (this.#oldest === entry) this.#oldest = newer;
    if (newer !== undefined) newer.older = older;
    else if (this.#newest === entry) this.#newest = older;
    entry.older = undefined;
    entry.newer = undefined;
  }

  clear(): void {
    this.#oldest = undefined;
    this.#newest = undefined;
  }
}
