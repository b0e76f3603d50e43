/** Keys that are remembered; beyond that, everything should be gone. */
const mostOwed = 10_000;

/** Keys whose entries should be gone, though the server could not be told. */
export class OwedRemovals {
  readonly #keys = new Set<string>();

  /** Nothing that was stored before may be found. */
  everything = false;

  has(key: string): boolean {
    return this.#keys.size > 0 && this.#keys.has(key);
  }

  add(key: string): void {
    if (!this.everything) this.#keys.add(key);
    if (this.#keys.size <= mostOwed) return;
    this.everything = true;
    this.#keys.clear();
  }

  delete(key: string): void {
    this.#keys.delete(key);
  }

  clear(): void {
    this.everything = false;
    this.#keys.clear();
  }
}
