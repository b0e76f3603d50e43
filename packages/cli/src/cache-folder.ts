import { homedir } from 'node:os';
import path from 'node:path';

import type { CacheStore } from 'netaccess/disk-store';

/** What decides where a program keeps what it can do without. */
export interface CacheSurroundings {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** The folder of this user's cache, where the platform wants it: on Linux as the XDG Base Directory Specification says. */
export function defaultCacheFolder(
  { platform, environment, home }: CacheSurroundings = {
    platform: process.platform,
    environment: process.env,
    home: homedir(),
  },
): string {
  if (platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? path.win32.join(home, 'AppData', 'Local');
    return path.win32.join(local, 'netaccess', 'Cache');
  }
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Caches', 'netaccess');
  const base = environment['XDG_CACHE_HOME'] ?? '';
  // The specification has relative paths ignored.
  const folder = path.posix.isAbsolute(base) ? base : path.posix.join(home, '.cache');
  return path.posix.join(folder, 'netaccess');
}

/** The folder that `--cache` names; `''`, or nothing: that of the user. */
export function cacheFolder(named: string | undefined): string {
  return named === undefined || named === '' ? defaultCacheFolder() : path.resolve(named);
}

/** The store in a folder. Its code is loaded by whoever asks for a cache. */
export async function openCache(folder: string): Promise<CacheStore> {
  const { diskStore } = await import('netaccess/disk-store');
  return diskStore({ folder });
}
