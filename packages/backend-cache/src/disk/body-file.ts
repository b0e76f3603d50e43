import { fstatSync, openSync } from 'node:fs';

import { BlockTable, BodyChecksum, tableBytes } from './checksum.ts';
import type { EntryFacts } from './disk-entry.ts';
import { systemCode } from './disk-failure.ts';
import { closeFile, markUsed, READ_FLAGS, readWhole } from './file-call.ts';
import { isLongAgo, type UseClock } from './use-clock.ts';

/** An opened file of a body, and the checksums of its blocks. */
export interface BodyFile {
  readonly file: number;
  readonly length: number;
  readonly table: BlockTable;
}

/** Opens the file of a body, which counts as used now. `undefined`: it is gone, or not the one that the entry speaks of. */
export function openBody(
  path: string,
  entry: EntryFacts,
  clock: UseClock | undefined,
): BodyFile | undefined {
  let file: number;
  try {
    file = openSync(path, READ_FLAGS);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return undefined;
  }
  try {
    const stats = fstatSync(file);
    const table = stats.isFile() ? readTable(file, stats.size, entry) : undefined;
    if (table === undefined) {
      closeFile(file);
      return undefined;
    }
    if (clock !== undefined && isLongAgo(clock, stats.mtimeMs)) markUsed(file, path, clock.now());
    return { file, length: entry.length, table };
  } catch (error) {
    closeFile(file);
    if (systemCode(error) === '') throw error;
    return undefined;
  }
}

/** The table lies behind the body. Nothing is allotted before the file has the size that it must have. */
function readTable(
  file: number,
  fileBytes: number,
  { id, length, sum }: EntryFacts,
): BlockTable | undefined {
  const size = tableBytes(length);
  if (fileBytes !== length + size) return undefined;
  const bytes = Buffer.allocUnsafe(size);
  if (!readWhole(file, bytes, length)) return undefined;
  return BlockTable.from(new BodyChecksum(id), bytes, sum);
}
