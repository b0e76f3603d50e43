import { join } from 'node:path';

import { removeFile } from './file-call.ts';
import { ownerOf } from './process-tag.ts';
import { namesIn, statsOf } from './shard-list.ts';
import type { StoreFolder } from './store-folder.ts';

/** Milliseconds without a write after which a file is a leftover, though its writer may be alive elsewhere. */
const ABANDONED_MILLISECONDS = 86_400_000;
/** How many names one sweep looks at; the next goes on. */
const SWEPT_NAMES = 10_000;

/** Removes what writers left behind that are dead, or have not written for a day. */
export async function sweepLeftovers(folder: StoreFolder, now: number): Promise<void> {
  const names = await namesIn(folder.writingPath);
  for (const name of names.slice(0, SWEPT_NAMES)) {
    const owner = ownerOf(name);
    if (owner === 'dead') removeFile(join(folder.writingPath, name));
    else if (owner === 'unknown' || !isOwn(name)) await removeIfOld(folder, name, now);
  }
}

async function removeIfOld(folder: StoreFolder, name: string, now: number): Promise<void> {
  const path = join(folder.writingPath, name);
  const stats = await statsOf(path);
  if (stats === undefined || now - stats.mtimeMs < ABANDONED_MILLISECONDS) return;
  removeFile(path);
}

/** What this process writes is removed by who writes it. */
function isOwn(name: string): boolean {
  return name.split('-')[1] === String(process.pid);
}
