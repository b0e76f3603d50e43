/** Bytes under one checksum: what is read and checked at least to lend one byte. */
export const BLOCK_BYTES = 65_536;
/** Bytes of one read and one write of a large body: four blocks. Larger ones gain little, and every open body holds two. */
export const UNIT_BYTES = 262_144;
/** Bodies up to this many bytes lie beside their heads, so that one read finds both. */
export const INLINE_BYTES = 65_536;
/** Bytes of bodies beside the heads of one key; what comes beyond gets a file of its own, or every look-up would read it. */
export const INLINE_TOTAL_BYTES = 131_072;
/** Bytes of the file of a key: heads, and small bodies. The oldest entries go where it would be larger; a larger file is none of ours. */
export const KEY_FILE_BYTES = 524_288;
/** Bytes of a body that a file may claim, 1 TiB: its checksums take 64 MiB of memory then. */
export const CLAIMED_BODY_BYTES = 1_099_511_627_776;
/** Entries of one key; the oldest goes. Beyond that, a peer varies without end. */
export const KEY_ENTRIES = 64;
/** What file systems allot at least, and round up to; files are counted so. */
const ALLOTTED_BYTES = 4_096;
/** A store refuses what takes a larger part of it than this, as Qt's does: one entry would drive out all others. */
const LARGEST_SHARE = 0.75;
/** Trimming goes on down to this part of the limit, as in Qt, so that not every write trims. */
const TRIMMED_SHARE = 0.9;

/** Bytes that a file takes, about. */
export function allotted(bytes: number): number {
  return Math.ceil(bytes / ALLOTTED_BYTES) * ALLOTTED_BYTES;
}

/** Bytes of a body that a store of so many bytes takes at most. */
export function largestBody(maximumBytes: number): number {
  return Math.min(Math.floor(maximumBytes * LARGEST_SHARE), CLAIMED_BODY_BYTES);
}

/** Bytes that trimming leaves. */
export function trimmedBytes(maximumBytes: number): number {
  return Math.floor(maximumBytes * TRIMMED_SHARE);
}
