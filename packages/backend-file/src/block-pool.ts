/** Large enough that a call costs nothing beside its bytes, and as much as one transfer may well hold. */
export const BLOCK_BYTES = 1_048_576;
/** What the system keeps of a file in one piece. */
export const PAGE_BYTES = 4_096;
/**
 * Processors tell loads from stores by the last twelve bits of their addresses: copying a page of a file to memory that begins a few
 * bytes behind the start of a page takes three times as long. That is where allocators put large blocks, so half a page is left out.
 */
export const SKEW_BYTES = 2_048;
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
    return this.#spare.pop() ?? new Uint8Array(BLOCK_BYTES + SKEW_BYTES).subarray(SKEW_BYTES);
  }
}
