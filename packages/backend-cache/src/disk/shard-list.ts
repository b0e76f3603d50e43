import type { Stats } from 'node:fs';

import { systemCode } from './disk-failure.ts';
import { listFolder, statName } from './file-call.ts';
import type { StoreFolder } from './store-folder.ts';

/** Files that are asked about at once: more would take the threads from everybody else. */
const AT_ONCE = 4;

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

/** Asks about files, a few at a time, until told to stop; what is gone, or no file, is left out. */
export async function measureFiles(
  folder: StoreFolder,
  files: readonly ShardFile[],
): Promise<readonly MeasuredFile[]> {
  const measured: MeasuredFile[] = [];
  let next = 0;
  const measureSome = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      const stats = await statsOf(pathOf(folder, file));
      if (stats?.isFile() !== true) continue;
      measured.push({ ...file, bytes: stats.size, usedAt: stats.mtimeMs });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, measureSome));
  return measured;
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
