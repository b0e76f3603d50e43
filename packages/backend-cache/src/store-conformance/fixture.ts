import type { CacheStore, StoredEntry } from '../store.ts';

const defaultWaitMilliseconds = 10_000;

/** Limits that a case wants a store to have. */
export interface StoreLimits {
  readonly maximumBytes?: number | undefined;
  readonly maximumEntries?: number | undefined;
}

/** Which stores are tried, and what the world around them can do. What is absent leaves out the cases that need it. */
export interface StoreFixture {
  /** Makes an empty store that has nothing to do with those made before. Every case asks for its own and closes it. */
  open(limits: StoreLimits): CacheStore | Promise<CacheStore>;
  /** Opens again what a store holds that `open` made, after it was closed. Absent: it forgets. */
  reopen?(store: CacheStore): CacheStore | Promise<CacheStore>;
  /** Opens a second store on what one holds that `open` made and that is still open, as another process would. */
  beside?(store: CacheStore): CacheStore | Promise<CacheStore>;
  /** Changes bytes of an entry's body where they lie, at about its middle. */
  damage?(store: CacheStore, entry: StoredEntry): void | Promise<void>;
  /** Which limits `open` can set; without any, the cases about limits are left out. */
  readonly limits?: readonly (keyof StoreLimits)[] | undefined;
  /** The smallest `maximumBytes` that makes sense; 1 MiB by default. */
  readonly smallestBytes?: number | undefined;
  /** True: what was used the longest time ago is the first to go when a limit is reached. */
  readonly forgetsLeastRecent?: boolean | undefined;
  /** Moves the clock that the stores were given; called where an order in time matters. */
  advance?(milliseconds: number): void;
  /** Limit of every single wait of the kit, 10,000 by default. */
  readonly waitMilliseconds?: number | undefined;
}

/** The limit of every single wait of the kit. */
export function waitLimit(fixture: StoreFixture): number {
  return fixture.waitMilliseconds ?? defaultWaitMilliseconds;
}

/** A runner's limit for a whole case: far beyond one wait, so that the kit's own message comes first. */
export function caseLimit(fixture: StoreFixture): number {
  return waitLimit(fixture) * 30;
}
