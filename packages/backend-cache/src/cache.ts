import type { BackendFactory, Policy } from '@netaccess/core';

import { Desk } from './desk.ts';
import { cacheBackend } from './factory.ts';
import type { CacheOptions } from './options.ts';
import { policyAt } from './policy.ts';
import type { CacheStore, StoredEntry, StoreStats, StoreVerification } from './store.ts';

/** A cache: its two halves for a manager, and what is in it. */
export interface Cache {
  readonly policy: Policy;
  /** To be asked before all other factories. */
  readonly backend: BackendFactory;
  readonly store: CacheStore;
  /** Whether it is many users'. */
  readonly shared: boolean;
  /** What is stored for the URL, the newest first: variants, and parts. */
  find(url: string | URL): Promise<readonly StoredEntry[]>;
  /** Forgets what is stored for the URL, and what is being stored; resolves to how many entries there were. */
  remove(url: string | URL): Promise<number>;
  /** Forgets everything: of this cache's partition, if it has one. */
  clear(): Promise<void>;
  /** Everything that is stored, in no order. */
  entries(): AsyncIterable<StoredEntry>;
  /** Of the whole store. */
  stats(): Promise<StoreStats>;
  /** Reads the whole store, and removes what is damaged. */
  verify(): Promise<StoreVerification>;
}

/** Policy and backend over one store, which stays its owner's to close. */
export function cache(store: CacheStore, options: CacheOptions = {}): Cache {
  const desk = new Desk(store, options);
  return {
    policy: policyAt(desk),
    backend: cacheBackend(store, options),
    store,
    shared: desk.role.shared,
    async find(url) {
      return store.find(desk.key(new URL(url)));
    },
    remove: (url) => desk.forget(new URL(url)),
    async clear() {
      desk.flights.spoilAll();
      if (options.partition === undefined) return store.clear();
      for await (const { key } of store.entries()) if (desk.owns(key)) await store.remove(key);
    },
    async *entries() {
      for await (const entry of store.entries()) if (desk.owns(entry.key)) yield entry;
    },
    async stats() {
      return store.stats();
    },
    async verify() {
      return store.verify();
    },
  };
}
