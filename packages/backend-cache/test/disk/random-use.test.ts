import assert from 'node:assert/strict';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DiskStore } from '../../src/disk/disk-store.ts';
import {
  bytesOf,
  plainHead,
  put,
  readAll,
  scratchFolder,
  temporariesIn,
} from './fixtures/scratch.ts';

const keys = ['one', 'two', 'three'];
const sizes = [0, 10, 5_000, 65_536, 65_537, 200_000];

type Action =
  | 'put'
  | 'replace'
  | 'freshen'
  | 'remove'
  | 'read'
  | 'clear'
  | 'verify'
  | 'reopen'
  | 'later';

interface Step {
  readonly action: Action;
  readonly which: number;
  readonly key: string;
  readonly size: number;
}

const steps = fc.array(
  fc.record<Step>({
    action: fc.constantFrom<Action>(
      ...([
        'put',
        'put',
        'replace',
        'freshen',
        'remove',
        'read',
        'read',
        'clear',
        'verify',
        'reopen',
        'later',
      ] as const),
    ),
    which: fc.nat(1),
    key: fc.constantFrom(...keys),
    size: fc.constantFrom(...sizes),
  }),
  { minLength: 5, maxLength: 40 },
);

/** Two stores on one folder, and what was ever stored there. */
class Trial {
  readonly #folder = scratchFolder();
  readonly #written = new Map<string, Uint8Array>();
  readonly #stores: DiskStore[];
  /** So late that every file is old enough to be remembered. */
  #now = Date.now() + 3_600_000;
  #seed = 0;

  constructor() {
    this.#stores = [this.#opened(), this.#opened()];
  }

  async run({ action, which, key, size }: Step): Promise<void> {
    const store = this.#stores[which] ?? this.#opened();
    if (action === 'put' || action === 'replace') await this.#put(store, { key, size, action });
    if (action === 'freshen') {
      for (const entry of store.find(key))
        await store.freshen(entry, { ...plainHead, validator: 'new' });
    }
    if (action === 'remove') {
      await store.remove(key);
      assert.deepEqual(store.find(key), []);
    }
    if (action === 'clear') await store.clear();
    if (action === 'verify') assert.deepEqual((await store.verify()).damaged, []);
    if (action === 'later') this.#now += 700_000;
    if (action === 'reopen') {
      await store.close();
      this.#stores[which] = this.#opened();
    }
    await this.#check(key);
  }

  async end(): Promise<void> {
    for (const store of this.#stores) {
      assert.ok((await store.stats()).bytes <= 1_000_000);
      await store.close();
    }
    assert.deepEqual(temporariesIn(this.#folder), []);
  }

  #opened(): DiskStore {
    return new DiskStore({
      folder: this.#folder,
      maximumBytes: 1_000_000,
      useGrainMilliseconds: 0,
      now: () => this.#now,
    });
  }

  async #put(store: DiskStore, { key, size, action }: Omit<Step, 'which'>): Promise<void> {
    const bytes = bytesOf(size, this.#seed++);
    const replaces = action === 'replace' ? store.find(key) : [];
    const { id } = await put(store, key, bytes, { replaces });
    this.#written.set(id, bytes);
    assert.equal(store.find(key)[0]?.id, id);
  }

  /** Both find the same, with the bytes that were stored. */
  async #check(key: string): Promise<void> {
    const [one, other] = this.#stores.map((store) => store.find(key).map(({ id }) => id));
    assert.deepEqual(one, other);
    for (const store of this.#stores) {
      for (const entry of store.find(key)) {
        const reader = await store.open(entry);
        if (reader === undefined) continue;
        const stored = this.#written.get(entry.id) ?? new Uint8Array(1);
        assert.equal(Buffer.compare(await readAll(reader), stored), 0);
      }
    }
  }
}

describe('two disk stores on one folder, used at random', () => {
  it('find the same, lend what was stored, and stay within their limit', async () => {
    const trials = fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const trial = new Trial();
        for (const step of actions) await trial.run(step);
        await trial.end();
      }),
      { numRuns: 40 },
    );
    await expect(trials).resolves.toBeUndefined();
  }, 30_000);
});
