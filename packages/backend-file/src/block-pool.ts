/** Large enough that a call costs nothing beside its bytes, small enough that two stay in a cache. */
export const BLOCK_BYTES = 524_288;
/** How many blocks all transfers of one manager may hold together; who gets none reads without. */
const MAXIMUM_BLOCKS = 32;

/** Memory for reading ahead, bounded, and kept only while some transfer uses it. */
export class BlockPool {
  #spare: Uint8Array[] = [];
  #lent = 0;

  /** Two blocks, or nothing when too many are out. */
  lendPair(): readonly [Uint8Array, Uint8Array] | undefined {
    if (this.#lent + 2 > MAXIMUM_BLOCKS) return undefined;
    this.#lent += 2;
    return [this.#one(), this.#one()];
  }

  giveBack(pair: readonly [Uint8Array, Uint8Array]): void {
    this.#lent -= 2;
    if (this.#lent === 0) this.#spare = [];
    else this.#spare.push(...pair);
  }

  #one(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(BLOCK_BYTES);
  }
}
