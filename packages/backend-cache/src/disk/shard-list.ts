import { lstatSync, type Stats } from 'node:fs';

import { systemCode } from './disk-failure.ts';
import { listFolder, statName } from './file-call.ts';
import type { Pause } from './pause.ts';
import type { StoreFolder } from './store-folder.ts';

/** Files that are asked about in one turn of the loop. */
const AT_ONCE = 32;
/** Longer than that, and the answers were not in memory. */
const SLOW_MILLISECONDS = 2;

/** A file of a store, by its name: of a key, or of one body of it. */
export interface ShardFile {
  /** The key's. */
  readonly name: string;
  /** The entry's, if this is a body. */
  readonly id: string | undefined;
}

/** A file, how large it is and when it was used. */
export interface MeasuredFile extends ShardFile {
  readonly bytes: number;
  readonly usedAt: number;
}

const pattern = /^([0-9a-f]{40})(?:-([0-9a-f-]{36}))?$/;

/** The store's files in a shard; what has another name is none of its own. */
export async function listShard(folder: StoreFolder, shard: number): Promise<readonly ShardFile[]> {
  if (!folder.reaches(shard)) return [];
  return (await namesIn(folder.shardPath(shard))).flatMap((file) => {
    const [, name, id] = pattern.exec(file) ?? [];
    return name === undefined || folder.shardOf(name) !== shard ? [] : [{ name, id }];
  });
}

/** Tells of each file how large it is and when it was used; what is gone, or no file, is left out. Others run in between. */
export async function measureFiles(
  folder: StoreFolder,
  files: readonly ShardFile[],
  pause: Pause,
  tell: (file: MeasuredFile) => void,
): Promise<void> {
  let slow = false;
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const some = files.slice(at, at + AT_ONCE);
    const started = performance.now();
    const found = slow ? await askApart(folder, some) : askHere(folder, some);
    slow ||= performance.now() - started > SLOW_MILLISECONDS;
    for (const [index, { name, id }] of some.entries()) {
      const stats = found[index];
      if (stats?.isFile() === true) tell({ name, id, bytes: stats.size, usedAt: stats.mtimeMs });
    }
    await pause.step();
  }
}

/** In this thread: the system has it at hand, and a thread would take ten times as long. */
function askHere(folder: StoreFolder, files: readonly ShardFile[]): (Stats | undefined)[] {
  return files.map((file) => lstatSync(pathOf(folder, file), { throwIfNoEntry: false }));
}

/** In threads: the disk has to look. */
async function askApart(
  folder: StoreFolder,
  files: readonly ShardFile[],
): Promise<(Stats | undefined)[]> {
  const found: (Stats | undefined)[] = [];
  for (const file of files) found.push(await statsOf(pathOf(folder, file)));
  return found;
}

/** Where a file is. */
export function pathOf(folder: StoreFolder, { name, id }: ShardFile): string {
  return id === undefined ? folder.keyPath(name) : folder.bodyPath(name, id);
}

/** The names in a folder; none if it is not there. */
export async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return await listFolder(path);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return [];
  }
}

/** What a name is; `undefined` if it is gone. */
export async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await statName(path);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return undefined;
  }
}
