import { saysDamagedPiece } from '../pieces/piece-failure.ts';
import type { StoredEntry, StoredHead } from '../store.ts';
import { graceMilliseconds } from './body-leases.ts';
import { OwedRemovals } from './owed-removals.ts';
import { pieceBytes, readPiece } from './redis-body.ts';
import { entryOf, recordOf } from './redis-entry.ts';
import type { NumberedEntry } from './redis-entry.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { RedisLink } from './redis-link.ts';
import { freshenEntry, removeEntries } from './redis-scripts.ts';

const scannedAtOnce = 500;

/** What is found on the server, listed, checked, and removed. */
export class EntryIndex {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #owed: OwedRemovals = new OwedRemovals();
  #clearing: Promise<void> | undefined;

  constructor(link: RedisLink, keys: RedisKeys) {
    this.#link = link;
    this.#keys = keys;
  }

  /** The entries of a key that are of use, the newest first. */
  async find(key: string): Promise<readonly StoredEntry[]> {
    // What could not be removed while the server was away must not be found when it is back.
    if (this.#owed.everything) await this.clear();
    if (this.#owed.has(key)) await this.remove(key);
    const entries = entriesIn(await this.#link.send('HGETALL', this.#keys.index(key)));
    return entries
      .filter((entry) => entry.key === key && !isUseless(entry))
      .toSorted((one, other) => other.number - one.number);
  }

  /** Whether an entry is still there. */
  async has({ key, id }: StoredEntry): Promise<boolean> {
    return (await this.#link.send('HEXISTS', this.#keys.index(key), id)) === 1;
  }

  /** Puts another head on an entry, which the server then keeps for a while; `undefined`: it is gone. */
  async freshen(
    { key, id }: StoredEntry,
    head: StoredHead,
    lifetime: number,
  ): Promise<StoredEntry | undefined> {
    const names = [this.#keys.index(key), this.#keys.body(key, id)];
    const values = [id, recordOf(key, id, head), lifetime];
    const done = await this.#link.send('EVAL', freshenEntry, names.length, ...names, ...values);
    return done === 1 ? { key, id, head } : undefined;
  }

  /** Removes these entries of a key, or all. What fails is made up for when the key is asked for again. */
  async remove(key: string, ids?: readonly string[]): Promise<number> {
    const which = ids === undefined ? ['all'] : ['some', ...ids];
    const index = this.#keys.index(key);
    const words = [removeEntries, 1, index, graceMilliseconds, ...which];
    try {
      const count = Number(await this.#link.send('EVAL', ...words));
      if (ids === undefined) this.#owed.delete(key);
      return count;
    } catch (error) {
      this.#owed.add(key);
      throw error;
    }
  }

  /** Removes everything; bodies stay for a while for those who read them. */
  async clear(): Promise<void> {
    this.#clearing ??= this.#clear().finally(() => {
      this.#clearing = undefined;
    });
    await this.#clearing;
  }

  async #clear(): Promise<void> {
    for await (const names of this.#scan()) {
      await Promise.all(
        names.map(async (name) =>
          this.#keys.isIndex(name)
            ? await this.#link.send('UNLINK', name)
            : await this.#link.send('PEXPIRE', name, graceMilliseconds),
        ),
      );
    }
    this.#owed.clear();
  }

  /** Everything that is of use. An entry may come twice while the server resizes its tables. */
  async *all(): AsyncGenerator<NumberedEntry, void, undefined> {
    for await (const names of this.#scan()) {
      const indexes = names.filter((name) => this.#keys.isIndex(name));
      const fields = await Promise.all(
        indexes.map(async (name) => await this.#link.send('HGETALL', name)),
      );
      for (const one of fields) yield* entriesIn(one).filter((entry) => !isUseless(entry));
    }
  }

  /** What is wrong with an entry, read piece by piece. */
  async problemOf(entry: StoredEntry): Promise<string | undefined> {
    const { key, id, head } = entry;
    const { length = 0 } = head;
    const name = this.#keys.body(key, id);
    for (let number = 0; number * pieceBytes < length; number++) {
      try {
        const bytes = await readPiece(this.#link, { name, id }, number);
        const expected = Math.min(pieceBytes, length - number * pieceBytes);
        if (bytes.length !== expected) return `piece ${number} has ${bytes.length} bytes`;
      } catch (error) {
        if (!saysDamagedPiece(error)) throw error;
        // It may just have been removed by somebody else.
        return (await this.has(entry)) ? error.message : undefined;
      }
    }
    return undefined;
  }

  /** The names of all keys of the store, some at a time. */
  async *#scan(): AsyncGenerator<readonly string[], void, undefined> {
    let cursor = '0';
    do {
      const words = ['SCAN', cursor, 'MATCH', this.#keys.pattern, 'COUNT', scannedAtOnce];
      const page = await this.#link.send(...words);
      const [next, names]: unknown[] = Array.isArray(page) ? page : [];
      yield Array.isArray(names) ? names.map(String) : [];
      cursor = String(next);
    } while (/^[1-9]\d*$/.test(cursor));
  }
}

/** The sound entries in the fields of an index, of which every second one is a name. */
function entriesIn(fields: unknown): NumberedEntry[] {
  if (!Array.isArray(fields)) return [];
  const entries: NumberedEntry[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const entry = entryOf(String(fields[index]), String(fields[index + 1]));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function isUseless({ head: { uselessAt } }: StoredEntry): boolean {
  return uselessAt !== undefined && uselessAt <= Date.now();
}
