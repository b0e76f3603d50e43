import { BLOCK_BYTES, UNIT_BYTES } from './limits.ts';

/** Bytes that all bodies of one store may hold in full units; whoever comes later reads and writes in single blocks. */
const FULL_UNITS_BYTES = 67_108_864;
/** Bytes that are kept while nobody uses them. */
const SPARE_BYTES = 1_048_576;
/** Copying a page of a file to memory that begins a few bytes behind the start of a page takes three times as long: half a page is left out. */
const SKEW_BYTES = 2_048;

/** Memory for reading and writing bodies, used again and again. */
export class BlockPool {
  readonly #spare: Buffer[] = [];
  #lent = 0;

  /** A unit, or a block when many are out; who takes it gives it back once nothing is read into it any more. */
  take(): Buffer {
    if ((this.#lent + 1) * UNIT_BYTES > FULL_UNITS_BYTES)
      return Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#lent += 1;
    return this.#spare.pop() ?? newUnit();
  }

  /** Exactly once for what was taken. */
  giveBack(memory: Buffer): void {
    if (memory.length !== UNIT_BYTES) return;
    this.#lent -= 1;
    if ((this.#spare.length + 1) * UNIT_BYTES <= SPARE_BYTES) this.#spare.push(memory);
  }
}

function newUnit(): Buffer {
  return Buffer.allocUnsafeSlow(UNIT_BYTES + SKEW_BYTES).subarray(SKEW_BYTES);
}
