import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { check, checkSame } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';

const bytes = sampleBytes(2000);

const removesKey = storeCase({
  name: 'removing a key removes all its entries, counts them, and no others',
  member: 'CacheStore.remove',
  async run(trial) {
    const store = await trial.open();
    for (let index = 0; index < 3; index++) await store.put('key', bytes);
    await store.put('other', bytes);
    const count = await store.remove('key');
    check(count === 3, `remove() counted ${count} entries instead of 3`);
    await store.checkNothing('key', 'after it was removed');
    await store.checkStored('other', bytes, 'the other key');
  },
});

const removesSome = storeCase({
  name: 'removing some entries of a key leaves the others',
  member: 'CacheStore.remove',
  async run(trial) {
    const store = await trial.open();
    const [first, second] = [await store.put('key', bytes), await store.put('key', bytes)];
    const third = await store.put('key', sampleBytes(10, 1));
    const count = await store.remove('key', [first, second]);
    check(count === 2, `remove() counted ${count} entries instead of 2`);
    const { id } = await store.checkStored('key', sampleBytes(10, 1), 'what is left');
    check(id === third.id, `${id} is left instead of ${third.id}`);
  },
});

const countsOnlyThere = storeCase({
  name: 'what is not there any more is not counted as removed',
  member: 'CacheStore.remove',
  async run(trial) {
    const store = await trial.open();
    const [first, second] = [await store.put('key', bytes), await store.put('key', bytes)];
    await store.remove('key', [first]);
    const counts = [
      await store.remove('key', [first]),
      await store.remove('key', [first, second]),
      await store.remove('key'),
      await store.remove('never stored'),
      await store.remove('key', []),
    ];
    checkSame(counts, [0, 1, 0, 0, 0], 'what five removals counted');
  },
});

const removesNone = storeCase({
  name: 'removing no entries of a key removes none',
  member: 'CacheStore.remove',
  async run(trial) {
    const store = await trial.open();
    await store.put('key', bytes);
    const count = await store.remove('key', []);
    check(count === 0, `remove() counted ${count} entries instead of 0`);
    await store.checkStored('key', bytes, 'what nobody removed');
  },
});

const clears = storeCase({
  name: 'clearing removes everything',
  member: 'CacheStore.clear',
  async run(trial) {
    const store = await trial.open();
    for (let index = 0; index < 20; index++) await store.put(`key ${index % 15}`, bytes);
    await store.clear();
    await store.checkNothing('key 0', 'after all was cleared');
    check((await store.list()).length === 0, 'entries() lists something after clear()');
    const { entries } = await store.stats();
    check(entries === 0, `stats() counts ${entries} entries after clear()`);
    await store.put('key 0', sampleBytes(5, 1));
    await store.checkStored('key 0', sampleBytes(5, 1), 'what is stored after clear()');
  },
});

const goneIsNotOpened = storeCase({
  name: 'opening what is gone gives undefined',
  member: 'CacheStore.open',
  async run(trial) {
    const store = await trial.open();
    const removed = await store.put('removed', bytes);
    const cleared = await store.put('cleared', bytes);
    const old = await store.put('replaced', bytes);
    await store.put('replaced', bytes, { head: sampleHead(), replaces: [old] });
    await store.remove('removed');
    const afterReplacing = await store.tryOpen(old);
    check(afterReplacing === undefined, 'open() gave an entry that was replaced');
    await store.clear();
    for (const entry of [removed, cleared]) {
      const reader = await store.tryOpen(entry);
      check(reader === undefined, `open() gave an entry that was ${entry.key}`);
    }
  },
});

/** What goes, and what stays. */
export const removingCases: readonly StoreCase[] = [
  removesKey,
  removesSome,
  countsOnlyThere,
  removesNone,
  clears,
  goneIsNotOpened,
];
