import type { BigIntStats } from 'node:fs';

/**
 * File systems count time in ticks, of two seconds at worst (FAT): a file that was changed less than that ago may be changed
 * again and show the same times.
 */
const SETTLING_MILLISECONDS = 2_000n;

/** Where the file is, how long, and when its bytes and its metadata were last changed; `undefined` while that is too fresh to be telling. */
export function fileValidator(stats: BigIntStats, nowMilliseconds: number): string | undefined {
  const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = stats;
  const changedMilliseconds = mtimeMs > ctimeMs ? mtimeMs : ctimeMs;
  const settled = BigInt(Math.floor(nowMilliseconds)) - SETTLING_MILLISECONDS;
  if (changedMilliseconds > settled) return undefined;
  return [dev, ino, size, mtimeNs, ctimeNs].map((part) => part.toString(36)).join('-');
}
