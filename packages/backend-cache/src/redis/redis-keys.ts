import { createHash } from 'node:crypto';

/** Ends the name of every index, and no other name. */
const indexEnd = '}';

/** The names of one store's keys. What belongs to one key of the cache has one hash tag: it lies together in a cluster. */
export class RedisKeys {
  readonly #base: string;

  /** Whoever shares names shares entries: a partition is as good as its name is its own. */
  constructor(prefix: string, partition: string | undefined) {
    const owner = partition === undefined ? 'shared' : `of:${encodeURIComponent(partition)}`;
    this.#base = `${prefix}${owner}:`;
  }

  /** Where the heads of a key's entries are: a hash, by their identities. */
  index(key: string): string {
    return `${this.#base}{${createHash('sha256').update(key).digest('base64url')}${indexEnd}`;
  }

  /** Where the pieces of a body are: a hash, by their numbers. */
  body(key: string, id: string): string {
    return `${this.index(key)}:${id}`;
  }

  /** Finds all of them with SCAN. */
  get pattern(): string {
    return `${this.#base.replaceAll(/[\\*?[\]^]/g, String.raw`\$&`)}{*`;
  }

  /** Whether a name that was found is that of an index; the others are those of bodies. */
  isIndex(name: string): boolean {
    return name.endsWith(indexEnd);
  }
}
