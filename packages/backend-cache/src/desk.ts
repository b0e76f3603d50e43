import type { HeaderEntry } from '@netaccess/core';

import { CarefulStore } from './careful-store.ts';
import { systemClock } from './clock.ts';
import { cacheFailure } from './failure.ts';
import { FlightTable } from './flight-table.ts';
import { storedFacts, type CacheRole, type StoredFacts } from './http/stored-facts.ts';
import { varyMatches } from './http/vary.ts';
import { cacheKey } from './key.ts';
import type { CacheOptions } from './options.ts';
import type { CacheStore, StoredEntry } from './store.ts';

const STORE_MILLISECONDS = 2000;

/** What all requests of one cache have in common. */
export class Desk {
  readonly store: CarefulStore;
  readonly role: CacheRole;
  readonly now: () => number;
  readonly collapse: boolean;
  readonly backgroundBytes: number;
  readonly flights: FlightTable = new FlightTable();
  readonly #partition: string | undefined;

  constructor(store: CacheStore, options: CacheOptions = {}) {
    const { partition, clock = systemClock, storeMilliseconds = STORE_MILLISECONDS } = options;
    const shared = options.shared ?? (store.shared === true && partition === undefined);
    if (store.shared === true && !shared && partition === undefined) {
      throw cacheFailure(
        'protocol-invalid-operation',
        `the store ${store.name} is shared: a private cache in it needs a partition`,
      );
    }
    this.store = new CarefulStore(store, clock, storeMilliseconds);
    const targets = options.targetedFields ?? ['CDN-Cache-Control'];
    this.role = { shared, targets: targets.map((name) => name.toLowerCase()) };
    this.now = options.now ?? Date.now;
    this.collapse = options.collapse ?? !shared;
    this.backgroundBytes = options.backgroundBytes ?? 0;
    this.#partition = partition;
  }

  key(url: URL): string {
    return cacheKey(url, this.#partition);
  }

  /** Whether the key is one of this cache's. */
  owns(key: string): boolean {
    const prefix =
      this.#partition === undefined ? undefined : `${encodeURIComponent(this.#partition)} `;
    return prefix === undefined ? !key.includes(' ') : key.startsWith(prefix);
  }

  facts(entry: StoredEntry): StoredFacts {
    return storedFacts(entry.head, this.role);
  }

  /** The complete entry that would be chosen for these request fields: the one that was made last (RFC 9111 §4.1). */
  chosen(found: readonly StoredEntry[], headers: readonly HeaderEntry[]): StoredEntry | undefined {
    let best: StoredEntry | undefined;
    for (const entry of found) {
      if (entry.head.range !== undefined || !varyMatches(entry.head.vary, headers)) continue;
      if (best === undefined || this.facts(entry).date > this.facts(best).date) best = entry;
    }
    return best;
  }

  /** Forgets what is stored for the URL, and what is being stored. */
  async forget(url: URL): Promise<number> {
    const key = this.key(url);
    this.flights.spoil(key);
    return this.store.remove(key);
  }
}
