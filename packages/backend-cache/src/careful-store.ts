import type { Clock } from '@netaccess/core';

import { isPromise } from './is-promise.ts';
import { Patience } from './patience.ts';
import type {
  CacheStore,
  EntryReader,
  EntryWriter,
  StoredEntry,
  StoredHead,
  WritePlan,
} from './store.ts';

/** For how long a store that did not answer in time is left alone: until then everything is a miss at once. */
const PAUSE_MILLISECONDS = 5000;
const none: readonly StoredEntry[] = Object.freeze([]);

/** A store whose failures are misses: what throws, rejects or does not answer in time has nothing, and takes nothing. */
export class CarefulStore {
  readonly store: CacheStore;
  readonly #clock: Clock;
  readonly #patience: Patience;
  #pausedUntil = -Infinity;

  constructor(store: CacheStore, clock: Clock, limitMilliseconds: number) {
    this.store = store;
    this.#clock = clock;
    this.#patience = new Patience(clock, limitMilliseconds);
  }

  find(key: string): readonly StoredEntry[] | Promise<readonly StoredEntry[]> {
    return this.#ask(() => this.store.find(key), none);
  }

  open(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): EntryReader | undefined | Promise<EntryReader | undefined> {
    return this.#ask<EntryReader | undefined>(
      () => this.store.open(entry, part),
      undefined,
      (reader) => void reader?.close(),
    );
  }

  write(plan: WritePlan): EntryWriter | undefined | Promise<EntryWriter | undefined> {
    return this.#ask<EntryWriter | undefined>(
      () => this.store.write(plan),
      undefined,
      (writer) => void writer?.abandon(),
    );
  }

  /** Resolves to whether the view was taken. */
  append(writer: EntryWriter, view: Uint8Array): boolean | Promise<boolean> {
    return this.#ask<boolean>(() => {
      const written = writer.write(view);
      return isPromise(written) ? written.then(() => true) : true;
    }, false);
  }

  commit(
    writer: EntryWriter,
    head: StoredHead,
  ): StoredEntry | undefined | Promise<StoredEntry | undefined> {
    return this.#ask<StoredEntry | undefined>(() => writer.commit(head), undefined);
  }

  freshen(
    entry: StoredEntry,
    head: StoredHead,
  ): StoredEntry | undefined | Promise<StoredEntry | undefined> {
    return this.#ask<StoredEntry | undefined>(() => this.store.freshen(entry, head), undefined);
  }

  /** Asked also while the store is left alone: what must go must go. */
  remove(key: string, entries?: readonly StoredEntry[]): number | Promise<number> {
    this.#pausedUntil = -Infinity;
    return this.#ask(() => this.store.remove(key, entries), 0);
  }

  /** Resolves to false where that takes longer than the store may. */
  wait(promise: Promise<boolean>): Promise<boolean> {
    return this.#patience.within(promise, { missed: () => false });
  }

  #ask<Value>(
    call: () => Value | Promise<Value>,
    missed: Value,
    late?: (value: Value) => void,
  ): Value | Promise<Value> {
    if (this.#pausedUntil !== -Infinity) {
      if (this.#clock.now() < this.#pausedUntil) return missed;
      this.#pausedUntil = -Infinity;
    }
    let answer: Value | Promise<Value>;
    try {
      answer = call();
    } catch {
      // A store that fails is a miss, never a failure.
      return missed;
    }
    if (!isPromise(answer)) return answer;
    return this.#patience.within(answer, {
      missed: (cause) => {
        if (cause === undefined) this.#pausedUntil = this.#clock.now() + PAUSE_MILLISECONDS;
        return missed;
      },
      late,
    });
  }
}
