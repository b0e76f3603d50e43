import { closeSync, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';

import { DiskEntry } from './disk-entry.ts';
import { systemCode, systemFailure } from './disk-failure.ts';
import {
  CREATE_FLAGS,
  FILE_MODE,
  markUsed,
  READ_FLAGS,
  readWhole,
  removeFile,
  replaceFile,
  writeWhole,
} from './file-call.ts';
import { decodeKeyFile, encodeKeyFile, type Damage, type KeyContent } from './key-file.ts';
import { allotted, KEY_FILE_BYTES } from './limits.ts';
import type { StoreFolder } from './store-folder.ts';
import { markIfLong, type UseClock } from './use-clock.ts';

/** How often a change begins anew because another process changed the same key meanwhile. */
const MAXIMUM_ATTEMPTS = 5;

/** Tells in which state a key's file was. */
interface Stamp {
  readonly inode: number;
  readonly changedAt: number;
}

/** A key's file as it was found. */
export interface KeyFile extends KeyContent {
  readonly stamp: Stamp;
  readonly bytes: number;
  readonly usedAt: number;
}

/** Told of files that came and went, in bytes. */
export type Account = (name: string, bytes: number) => void;

/** The files of the keys. */
export class Shelf {
  readonly #folder: StoreFolder;
  readonly #clock: UseClock;
  readonly #account: Account;
  readonly #scratch: Buffer = Buffer.allocUnsafeSlow(KEY_FILE_BYTES);
  /** Replaced by another one with every change. */
  #era: object = {};

  constructor(folder: StoreFolder, clock: UseClock, account: Account) {
    this.#folder = folder;
    this.#clock = clock;
    this.#account = account;
  }

  /** Whether an entry is as it was found: this store has changed nothing since. */
  isCurrent(entry: DiskEntry): boolean {
    return entry.era === this.#era;
  }

  /** The entries of a key, which count as used now. What is damaged is removed. */
  find(name: string, key: string): readonly DiskEntry[] {
    const found = this.inspect(name, this.#clock);
    if (found === undefined) return [];
    if ('problem' in found) {
      this.discard(name);
      return [];
    }
    return found.key === key ? this.entriesOf(found) : [];
  }

  /** A key's file, if it is there. With a clock, it counts as used now. */
  inspect(name: string, clock?: UseClock): KeyFile | Damage | undefined {
    if (!this.#folder.reaches(this.#folder.shardOf(name))) return undefined;
    const path = this.#folder.keyPath(name);
    const file = openFile(path);
    if (typeof file !== 'number') return file;
    try {
      const stats = fstatSync(file);
      const found = this.#read(file, stats);
      if ('problem' in found) return found;
      if (clock !== undefined) markIfLong(file, path, { clock, usedAt: stats.mtimeMs });
      return found;
    } catch (error) {
      throw systemFailure(error, `read ${path}`);
    } finally {
      closeSync(file);
    }
  }

  /** What was found as entries of now. */
  entriesOf({ entries }: KeyContent): readonly DiskEntry[] {
    return entries.map((facts) => new DiskEntry(facts, this.#era));
  }

  /**
   * Changes the entries of a key, in one step for everybody who looks, and removes the bodies of those that are left out. `next` is
   * asked again when another process was quicker; what it returns unchanged stays as it is. Resolves to what is there then.
   */
  change(
    name: string,
    key: string,
    next: (entries: readonly DiskEntry[]) => readonly DiskEntry[],
  ): readonly DiskEntry[] {
    for (let attempt = 1; ; attempt++) {
      const found = this.inspect(name);
      if (found !== undefined && 'problem' in found) this.discard(name);
      const file = found === undefined || 'problem' in found ? undefined : found;
      const before = file?.key === key ? this.entriesOf(file) : [];
      const after = next(before);
      if (after === before) return before;
      const written = this.#replace(name, after, { file, again: attempt < MAXIMUM_ATTEMPTS });
      if (written === undefined) continue;
      this.#removeBodies(name, before, written);
      return written;
    }
  }

  /** Removes a key's file. */
  discard(name: string, bytes = 0): void {
    this.#era = {};
    if (removeFile(this.#folder.keyPath(name))) this.#account(name, -allotted(bytes));
  }

  /** Removes the file of a body. */
  discardBody(
    name: string,
    { id, length }: { readonly id: string; readonly length: number },
  ): void {
    if (removeFile(this.#folder.bodyPath(name, id))) this.#account(name, -allotted(length));
  }

  #read(file: number, stats: Stats): KeyFile | Damage {
    if (!stats.isFile()) return { problem: 'it is no file' };
    const { size } = stats;
    if (size > KEY_FILE_BYTES) return { problem: 'it is too large for the file of a key' };
    const memory = this.#scratch.subarray(0, size);
    if (!readWhole(file, memory, 0)) return { problem: 'it ended early' };
    const content = decodeKeyFile(memory);
    if ('problem' in content) return content;
    return { ...content, stamp: stampOf(stats), bytes: size, usedAt: stats.mtimeMs };
  }

  /** `undefined`: another process changed it. */
  #replace(
    name: string,
    entries: readonly DiskEntry[],
    { file, again }: { readonly file: KeyFile | undefined; readonly again: boolean },
  ): readonly DiskEntry[] | undefined {
    const path = this.#folder.keyPath(name);
    const [first] = entries;
    if (first === undefined) {
      this.discard(name, file?.bytes);
      return [];
    }
    const encoded = encodeKeyFile(first.key, entries);
    const temporary = this.#written(name, encoded.file);
    try {
      if (again && !isSame(path, file?.stamp)) {
        removeFile(temporary);
        return undefined;
      }
      replaceFile(temporary, path);
    } catch (error) {
      removeFile(temporary);
      throw systemFailure(error, `write ${path}`);
    }
    this.#account(name, allotted(encoded.file.length) - allotted(file?.bytes ?? 0));
    this.#era = {};
    return encoded.kept.map((entry) => new DiskEntry(entry, this.#era));
  }

  /** A new file that has no name of its own yet. */
  #written(name: string, content: Buffer): string {
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

  #removeBodies(name: string, before: readonly DiskEntry[], after: readonly DiskEntry[]): void {
    for (const entry of before) {
      if (entry.body !== undefined || after.some(({ id }) => id === entry.id)) continue;
      this.discardBody(name, entry);
    }
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
    if (code === 'ELOOP' || code === 'EMLINK' || code === 'ENXIO' || code === 'ENODEV')
      return { problem: 'it is no file' };
    throw systemFailure(error, `read ${path}`);
  }
}

function stampOf({ ino, ctimeMs }: Stats): Stamp {
  return { inode: ino, changedAt: ctimeMs };
}

function isSame(path: string, stamp: Stamp | undefined): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stamp === undefined) return stats === stamp;
  return stats.ino === stamp.inode && stats.ctimeMs === stamp.changedAt;
}
