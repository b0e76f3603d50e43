import type { StoreVerification } from '../store.ts';
import { openBody, type BodyFile } from './body-file.ts';
import type { EntryFacts } from './disk-entry.ts';
import { closeFile, readFully, removeFile } from './file-call.ts';
import { isSound } from './key-file.ts';
import type { KeyFile } from './key-files.ts';
import { BLOCK_BYTES } from './limits.ts';
import { Pause } from './pause.ts';
import { listShard, statsOf, type ShardFile } from './shard-list.ts';
import type { Shelf } from './shelf.ts';
import type { StoreFolder } from './store-folder.ts';

/** Files of keys that are read in one turn of the loop. */
const READ_AT_ONCE = 32;
/** Milliseconds after which a body that no key's file names is no longer one that is just being entered. */
const UNNAMED_MILLISECONDS = 600_000;

type Damaged = StoreVerification['damaged'][number];

/** Goes through everything that a store holds. */
export class Inspection {
  readonly #folder: StoreFolder;
  readonly #shelf: Shelf;
  readonly #pause: Pause = new Pause();

  constructor(folder: StoreFolder, shelf: Shelf) {
    this.#folder = folder;
    this.#shelf = shelf;
  }

  /** Every key's file that is sound, one after the other. */
  async *keyFiles(): AsyncGenerator<{ readonly name: string; readonly file: KeyFile }> {
    for await (const { name } of this.#files((file) => file.id === undefined)) {
      const file = this.#shelf.inspect(name);
      if (file !== undefined && !('problem' in file)) yield { name, file };
    }
  }

  /** Reads everything, and removes what is damaged and what nothing leads to any more. */
  async verify(now: number): Promise<StoreVerification> {
    const damaged: Damaged[] = [];
    let entries = 0;
    for await (const { name } of this.#files((file) => file.id === undefined)) {
      const file = this.#shelf.inspect(name);
      if (file === undefined) continue;
      if ('problem' in file) {
        this.#shelf.discard(name);
        damaged.push(file);
        continue;
      }
      const found = await this.#damagedEntries(name, file);
      entries += file.entries.length;
      damaged.push(...found);
    }
    await this.#removeUnnamed(now);
    return { entries, damaged };
  }

  /** Removes all files of the store, whatever they hold. */
  async removeAll(): Promise<void> {
    for await (const { name, id } of this.#files(() => true)) {
      if (id === undefined) this.#shelf.discard(name);
      else removeFile(this.#folder.bodyPath(name, id));
    }
  }

  async *#files(wanted: (file: ShardFile) => boolean): AsyncGenerator<ShardFile> {
    let count = 0;
    for (let shard = 0; shard < this.#folder.shards; shard++) {
      for (const file of await listShard(this.#folder, shard)) {
        if (!wanted(file)) continue;
        yield file;
        count += 1;
        if (count % READ_AT_ONCE === 0) await this.#pause.until(this.#pause.step());
      }
    }
  }

  async #damagedEntries(name: string, { key, entries }: KeyFile): Promise<readonly Damaged[]> {
    const bad: EntryFacts[] = [];
    for (const entry of entries) if (!(await this.#isSound(name, entry))) bad.push(entry);
    if (bad.length === 0) return [];
    await this.#shelf.withdraw(name, key, ({ id }) => bad.some((entry) => entry.id === id));
    return bad.map(({ body }) => ({
      key,
      problem:
        body === undefined
          ? 'its body is gone, or not what was written'
          : 'its body has another checksum',
    }));
  }

  async #isSound(name: string, entry: EntryFacts): Promise<boolean> {
    if (entry.body !== undefined) return isSound(entry);
    const body = openBody(this.#folder.bodyPath(name, entry.id), entry, undefined);
    return body !== undefined && (await isWhole(body));
  }

  async #removeUnnamed(now: number): Promise<void> {
    for await (const { name, id } of this.#files((file) => file.id !== undefined)) {
      if (id === undefined || this.#isNamed(name, id)) continue;
      const path = this.#folder.bodyPath(name, id);
      const stats = await statsOf(path);
      if (stats !== undefined && Math.abs(now - stats.mtimeMs) > UNNAMED_MILLISECONDS)
        removeFile(path);
    }
  }

  #isNamed(name: string, id: string): boolean {
    const file = this.#shelf.inspect(name);
    if (file === undefined || 'problem' in file) return false;
    return file.entries.some((entry) => entry.id === id);
  }
}

/** Reads a body to its end. */
async function isWhole({ file, length, table }: BodyFile): Promise<boolean> {
  const memory = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  try {
    for (let at = 0; at < length; at += BLOCK_BYTES) {
      const block = memory.subarray(0, Math.min(BLOCK_BYTES, length - at));
      await readFully(file, block, at);
      if (!table.holds(block, at / BLOCK_BYTES)) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    closeFile(file);
  }
}
