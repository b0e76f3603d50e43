import { renameSync } from 'node:fs';

import { tableBytes } from './checksum.ts';
import { DiskEntry } from './disk-entry.ts';
import { systemFailure } from './disk-failure.ts';
import { removeFile, replaceFile } from './file-call.ts';
import { encodeKeyFile, type Damage, type KeyContent } from './key-file.ts';
import { KeyFiles, type KeyFile } from './key-files.ts';
import { allotted } from './limits.ts';
import { isSameFile, RecentFiles, type RecentFile } from './recent-files.ts';
import type { StoreFolder } from './store-folder.ts';
import { isLongAgo, type UseClock } from './use-clock.ts';

/** How often a change begins anew because another process changed the same key meanwhile. */
const MAXIMUM_ATTEMPTS = 5;

/** Told of files of a name that came and went, in bytes. */
export type Account = (name: string, bytes: number) => void;

/** What becomes of the entries of a key; the same array: nothing. */
export type Change = (entries: readonly DiskEntry[]) => readonly DiskEntry[];

/** The entries of a key after a change. */
export type Changed = readonly DiskEntry[] | Promise<readonly DiskEntry[]>;

/** The entries by their keys: finds and changes them. */
export class Shelf {
  readonly #folder: StoreFolder;
  readonly #files: KeyFiles;
  readonly #clock: UseClock;
  readonly #account: Account;
  readonly #recent: RecentFiles;
  /** Names whose files are just being replaced. */
  readonly #changing: Map<string, Promise<unknown>> = new Map();
  /** Replaced by another one with every change. */
  #era: object = {};

  constructor(folder: StoreFolder, clock: UseClock, account: Account) {
    this.#folder = folder;
    this.#clock = clock;
    this.#files = new KeyFiles(folder, clock);
    this.#recent = new RecentFiles(() => clock.now());
    this.#account = account;
  }

  /** Whether an entry is as it was found: this store has changed nothing since. */
  isCurrent(entry: DiskEntry): boolean {
    return entry.era === this.#era;
  }

  /** The entries of a key, which count as used now. What is damaged is removed. */
  find(name: string, key: string): readonly DiskEntry[] {
    const recent = this.#recall(name) ?? this.#read(name);
    return recent?.key === key ? recent.entries : [];
  }

  /** A key's file, if it is there; it does not count as used. */
  inspect(name: string): KeyFile | Damage | undefined {
    return this.#files.read(name, 'looked at');
  }

  /** What was found as entries of now. */
  entriesOf({ entries }: KeyContent): readonly DiskEntry[] {
    return entries.map((facts) => new DiskEntry(facts, this.#era));
  }

  /**
   * Changes the entries of a key, in one step for everybody who looks, and removes the bodies of those that are left out. `next` is
   * asked again when another process was quicker.
   */
  change(name: string, key: string, next: Change): Changed {
    const earlier = this.#changing.get(name);
    if (earlier !== undefined) return earlier.then(() => this.change(name, key, next));
    for (let attempt = 1; ; attempt++) {
      const file = this.#soundFile(name);
      const before = file?.key === key ? this.entriesOf(file) : [];
      const after = next(before);
      if (after === before) return before;
      const [first] = after;
      if (first === undefined) return this.#emptied(name, before, file);
      const { file: content, kept } = encodeKeyFile(first.key, after);
      const path = this.#files.write(name, content);
      if (attempt < MAXIMUM_ATTEMPTS && !this.#files.isUnchanged(name, file)) {
        removeFile(path);
        continue;
      }
      const grown = allotted(content.length) - allotted(file?.stats.size ?? 0);
      return this.#place(name, path, () => this.#changed(name, { before, kept, grown }), file);
    }
  }

  /**
   * Takes entries of a key away. Where the others cannot be written anew, because the disk is full, they go as well: nobody may find
   * what was withdrawn. Resolves to what is left.
   */
  withdraw(name: string, key: string, isGone: (entry: DiskEntry) => boolean): Changed {
    const left = (entries: readonly DiskEntry[]): readonly DiskEntry[] =>
      entries.some(isGone) ? entries.filter((entry) => !isGone(entry)) : entries;
    try {
      const changed = this.change(name, key, left);
      return changed instanceof Promise ? changed.catch(() => this.#withdrawAll(name)) : changed;
    } catch {
      return this.#withdrawAll(name);
    }
  }

  /** Settles when no file is being replaced. */
  async settled(): Promise<void> {
    while (this.#changing.size > 0) await Promise.all(this.#changing.values());
  }

  /** Removes a key's file, of so many bytes. Whoever else removed it did not tell this account. */
  discard(name: string, bytes = 0): void {
    this.#era = {};
    removeFile(this.#folder.keyPath(name));
    this.#account(name, -allotted(bytes));
  }

  /** Removes the file of a body. */
  discardBody(
    name: string,
    { id, length }: { readonly id: string; readonly length: number },
  ): void {
    removeFile(this.#folder.bodyPath(name, id));
    this.#account(name, -allotted(length + tableBytes(length)));
  }

  /** What was read lately, if it still is so: asking for that takes a fifth of the time of reading. */
  #recall(name: string): RecentFile | undefined {
    const recent = this.#recent.recall(name);
    if (recent === undefined || isLongAgo(this.#clock, recent.stats.mtimeMs)) return undefined;
    const stats = this.#files.stats(name);
    if (stats === undefined || !isSameFile(stats, recent.stats)) return undefined;
    for (const entry of recent.entries) entry.era = this.#era;
    return recent;
  }

  #read(name: string): RecentFile | undefined {
    const found = this.#files.read(name, 'used');
    if (found === undefined) return undefined;
    if ('problem' in found) {
      this.discard(name);
      return undefined;
    }
    const { key, stats } = found;
    const recent = { name, key, stats, entries: this.entriesOf(found) };
    this.#recent.remember(recent);
    return recent;
  }

  #withdrawAll(name: string): readonly DiskEntry[] {
    const file = this.#soundFile(name);
    return this.#emptied(name, file === undefined ? [] : this.entriesOf(file), file);
  }

  #soundFile(name: string): KeyFile | undefined {
    const found = this.inspect(name);
    if (found === undefined || !('problem' in found)) return found;
    this.discard(name);
    return undefined;
  }

  #emptied(
    name: string,
    before: readonly DiskEntry[],
    file: KeyFile | undefined,
  ): readonly DiskEntry[] {
    this.discard(name, file?.stats.size);
    this.#removeBodies(name, before, []);
    return [];
  }

  /** Gives a new file its name. Where it replaces another, some file systems write it to the disk first: that is not waited for here. */
  #place(
    name: string,
    path: string,
    done: () => readonly DiskEntry[],
    old: KeyFile | undefined,
  ): Changed {
    const to = this.#folder.keyPath(name);
    if (old !== undefined) {
      const placed = this.#placeLater(name, { path, to }, done);
      this.#changing.set(
        name,
        placed.catch(() => undefined),
      );
      return placed;
    }
    try {
      renameSync(path, to);
    } catch (error) {
      removeFile(path);
      throw systemFailure(error, `write ${to}`);
    }
    return done();
  }

  async #placeLater(
    name: string,
    { path, to }: { readonly path: string; readonly to: string },
    done: () => readonly DiskEntry[],
  ): Promise<readonly DiskEntry[]> {
    try {
      await replaceFile(path, to);
      return done();
    } catch (error) {
      removeFile(path);
      throw systemFailure(error, `write ${to}`);
    } finally {
      this.#changing.delete(name);
    }
  }

  #changed(
    name: string,
    change: {
      readonly before: readonly DiskEntry[];
      readonly kept: readonly DiskEntry[];
      readonly grown: number;
    },
  ): readonly DiskEntry[] {
    this.#era = {};
    this.#account(name, change.grown);
    this.#removeBodies(name, change.before, change.kept);
    return change.kept.map((entry) => new DiskEntry(entry, this.#era));
  }

  #removeBodies(name: string, before: readonly DiskEntry[], after: readonly DiskEntry[]): void {
    for (const entry of before) {
      if (entry.body !== undefined || after.some(({ id }) => id === entry.id)) continue;
      this.discardBody(name, entry);
    }
  }
}
