import { closeSync, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';

import { systemCode, systemFailure } from './disk-failure.ts';
import {
  CREATE_FLAGS,
  FILE_MODE,
  markUsed,
  READ_FLAGS,
  readWhole,
  removeFile,
  writeWhole,
} from './file-call.ts';
import { decodeKeyFile, type Damage, type KeyContent } from './key-file.ts';
import { KEY_FILE_BYTES } from './limits.ts';
import { isSameFile } from './recent-files.ts';
import type { StoreFolder } from './store-folder.ts';
import { isLongAgo, type UseClock } from './use-clock.ts';

/** A key's file as it was found. */
export interface KeyFile extends KeyContent {
  /** Of the file, before it was marked as used. */
  readonly stats: Stats;
}

/** Reads the files of keys, and writes new ones. */
export class KeyFiles {
  readonly #folder: StoreFolder;
  readonly #clock: UseClock;
  readonly #scratch: Buffer = Buffer.allocUnsafeSlow(KEY_FILE_BYTES);

  constructor(folder: StoreFolder, clock: UseClock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** A key's file, if it is there. One open, one read: that is what a hit costs. */
  read(name: string, use: 'used' | 'looked at'): KeyFile | Damage | undefined {
    if (!this.#folder.reaches(this.#folder.shardOf(name))) return undefined;
    const path = this.#folder.keyPath(name);
    const file = openFile(path);
    if (typeof file !== 'number') return file;
    try {
      const stats = fstatSync(file);
      const found = this.#content(file, stats);
      if ('problem' in found || use === 'looked at') return found;
      if (isLongAgo(this.#clock, stats.mtimeMs)) markUsed(file, path, this.#clock.now());
      return found;
    } catch (error) {
      throw systemFailure(error, `read ${path}`);
    } finally {
      closeSync(file);
    }
  }

  /** What a key's file is now. */
  stats(name: string): Stats | undefined {
    return lstatSync(this.#folder.keyPath(name), { throwIfNoEntry: false });
  }

  /** A new file for a key, whole, that is not in its place yet. Leaves nothing behind when it throws. */
  write(name: string, content: Buffer): string {
    const { file, path } = createFile(this.#folder, name);
    try {
      try {
        writeWhole(file, content);
        markUsed(file, path, this.#clock.now());
      } finally {
        closeSync(file);
      }
      return path;
    } catch (error) {
      removeFile(path);
      throw systemFailure(error, `write ${path}`);
    }
  }

  /** Whether a key's file is still the one that was read, or still not there. */
  isUnchanged(name: string, file: KeyFile | undefined): boolean {
    const stats = this.stats(name);
    if (stats === undefined || file === undefined) return stats === file;
    return isSameFile(stats, file.stats);
  }

  #content(file: number, stats: Stats): KeyFile | Damage {
    if (!stats.isFile()) return { problem: 'it is no file' };
    const { size } = stats;
    if (size > KEY_FILE_BYTES) return { problem: 'it is too large for the file of a key' };
    const memory = this.#scratch.subarray(0, size);
    if (!readWhole(file, memory, 0)) return { problem: 'it ended early' };
    const content = decodeKeyFile(memory);
    if ('problem' in content) return content;
    return { key: content.key, entries: content.entries, stats };
  }
}

/** Makes a file under a name that nobody else has, for something that will lie in the shard of `name`. */
export function createFile(
  folder: StoreFolder,
  name: string,
): { readonly file: number; readonly path: string } {
  for (let attempt = 1; ; attempt++) {
    folder.make(folder.shardOf(name));
    const path = folder.temporaryPath();
    try {
      return { file: openSync(path, CREATE_FLAGS, FILE_MODE), path };
    } catch (error) {
      if (attempt > 1 || systemCode(error) !== 'ENOENT') throw systemFailure(error, `make ${path}`);
      // Somebody removed the folders.
      folder.forget();
    }
  }
}

function openFile(path: string): number | Damage | undefined {
  try {
    return openSync(path, READ_FLAGS);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    // A link, a socket, a device that nobody serves.
    if (['ELOOP', 'EMLINK', 'ENXIO', 'ENODEV'].includes(code)) return { problem: 'it is no file' };
    throw systemFailure(error, `read ${path}`);
  }
}
