/** Large enough that a call costs nothing beside its bytes, and as much as one transfer may well hold. */
export const BLOCK_BYTES = 1_048_576;
/** How many blocks all transfers of one manager may hold together; who gets none does without. */
const MAXIMUM_BLOCKS = 32;

/** Two blocks: one is filled while the other is emptied. */
export type BlockPair = readonly [Uint8Array, Uint8Array];

/** Memory for reading ahead and writing behind, bounded, and kept only while some transfer uses it. */
export class BlockPool {
  #spare: Uint8Array[] = [];
  #lent = 0;

  /** Two blocks, or nothing when too many are out. */
  lendPair(): BlockPair | undefined {
    if (this.#lent + 2 > MAXIMUM_BLOCKS) return undefined;
    this.#lent += 2;
    return [this.#one(), this.#one()];
  }

  giveBack(pair: BlockPair): void {
    this.#lent -= 2;
    if (this.#lent === 0) this.#spare = [];
    else this.#spare.push(...pair);
  }

  #one(): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(BLOCK_BYTES);
  }
}
