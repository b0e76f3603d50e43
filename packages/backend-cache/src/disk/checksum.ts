import { crc32 } from 'node:zlib';

import { BLOCK_BYTES } from './limits.ts';

/** Bytes of one checksum in a table. */
const SUM_BYTES = 4;
/** Odd, so that no two blocks of a body begin alike. */
const STRIDE = 0x9e3779b1;

/** How many bytes the checksums of a body take. */
export function tableBytes(length: number): number {
  return Math.ceil(length / BLOCK_BYTES) * SUM_BYTES;
}

/**
 * Checksums that tell whose bytes they are: they begin with the entry's name and the block's number. What a file system mixed up after
 * a loss of power is damaged, though its bytes may be another entry's good ones.
 */
export class BodyChecksum {
  readonly #seed: number;

  constructor(id: string) {
    this.#seed = crc32(id);
  }

  /** Of a block, by its number in the body. */
  ofBlock(index: number, bytes: Uint8Array): number {
    return sumOf(bytes, (this.#seed + Math.imul(index + 1, STRIDE)) >>> 0);
  }

  /** Of all checksums of a body. */
  ofTable(table: Uint8Array): number {
    return sumOf(table, this.#seed);
  }
}

/** The checksums of a body's blocks, in their order. */
export class BlockTable {
  readonly #checksum: BodyChecksum;
  readonly #sums: number[] = [];

  constructor(checksum: BodyChecksum) {
    this.#checksum = checksum;
  }

  /** The table as it lies in a file; `undefined`: it is not the one that the key's file speaks of. */
  static from(checksum: BodyChecksum, bytes: Buffer, sum: number): BlockTable | undefined {
    if (checksum.ofTable(bytes) !== sum) return undefined;
    const table = new BlockTable(checksum);
    for (let at = 0; at < bytes.length; at += SUM_BYTES) table.#sums.push(bytes.readUInt32LE(at));
    return table;
  }

  /** Takes up the blocks of a run of bytes that begins with a block. */
  add(run: Uint8Array): void {
    for (let at = 0; at < run.length; at += BLOCK_BYTES) {
      const block = run.subarray(at, at + BLOCK_BYTES);
      this.#sums.push(this.#checksum.ofBlock(this.#sums.length, block));
    }
  }

  /** Whether a run of bytes that begins with block `first`, and ends with a block, is what was added. */
  holds(run: Uint8Array, first: number): boolean {
    for (let at = 0, index = first; at < run.length; at += BLOCK_BYTES, index++) {
      const block = run.subarray(at, at + BLOCK_BYTES);
      if (this.#checksum.ofBlock(index, block) !== this.#sums[index]) return false;
    }
    return true;
  }

  /** The table as it is written into a file, and its own checksum. */
  sealed(): { readonly bytes: Buffer; readonly sum: number } {
    const bytes = Buffer.allocUnsafe(this.#sums.length * SUM_BYTES);
    this.#sums.forEach((sum, index) => bytes.writeUInt32LE(sum, index * SUM_BYTES));
    return { bytes, sum: this.#checksum.ofTable(bytes) };
  }
}

/** Some versions of zlib answer 0 for no bytes, whatever they begin with, others what they begin with. */
function sumOf(bytes: Uint8Array, start: number): number {
  return bytes.length === 0 ? start : crc32(bytes, start);
}
