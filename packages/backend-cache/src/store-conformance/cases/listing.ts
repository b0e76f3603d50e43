import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { check, checkSame } from '../rule.ts';
import { sampleBytes } from '../samples.ts';

const bytes = sampleBytes(3000);
const entryCount = 60;

const listsAll = storeCase({
  name: 'the list has every entry once',
  member: 'CacheStore.entries',
  async run(trial) {
    const store = await trial.open();
    const ids: string[] = [];
    for (let index = 0; index < entryCount; index++) {
      ids.push((await store.put(`key ${index % 40}`, bytes)).id);
    }
    const listed = (await store.list()).map(({ id }) => id);
    checkSame(listed.toSorted(), ids.toSorted(), 'the list of identities');
  },
});

const listsUnderChange = storeCase({
  name: 'the list goes on to its end while entries come and go',
  member: 'CacheStore.entries',
  async run(trial) {
    const store = await trial.open();
    for (let index = 0; index < entryCount; index++) await store.put(`key ${index}`, bytes);
    const kept = new Set<string>();
    await trial.value('entries() under change', async () => {
      let seen = 0;
      for await (const { key } of store.store.entries()) {
        kept.add(key);
        if (++seen > 2 * entryCount) break;
        if (seen % 10 === 0) await store.put(`new ${seen}`, bytes);
        if (key !== 'key 7') await store.remove(key);
      }
    });
    check(kept.has('key 7'), 'an entry that nobody removed is not in the list');
    await store.checkStored('key 7', bytes, 'what nobody removed');
  },
});

const counts = storeCase({
  name: 'the statistics follow what is stored',
  member: 'CacheStore.stats',
  async run(trial) {
    const store = await trial.open();
    const empty = await store.stats();
    await store.put('a', sampleBytes(100_000));
    await store.put('b', sampleBytes(50_000));
    const full = await store.stats();
    check(full.entries === 2, `stats() counts ${full.entries} entries instead of 2`);
    const more = full.bytes - empty.bytes;
    check(more >= 150_000, `stats() counts ${more} bytes for 150,000`);
    await store.remove('a');
    const less = await store.stats();
    check(less.entries === 1, `stats() counts ${less.entries} entries instead of 1`);
    const fewer = full.bytes - less.bytes;
    check(fewer >= 100_000, `stats() counts ${fewer} bytes less after 100,000 were removed`);
  },
});

const verifiesHealthy = storeCase({
  name: 'a check of a healthy store finds nothing, and removes nothing',
  member: 'CacheStore.verify',
  async run(trial) {
    const store = await trial.open();
    const sizes = [0, 1, 70_000, 300_000];
    for (const size of sizes) await store.put(`key ${size}`, sampleBytes(size));
    const { entries, damaged } = await trial.value('verify()', () => store.store.verify());
    checkSame(damaged, [], 'the list of damaged entries');
    check(entries === sizes.length, `verify() counts ${entries} entries instead of 4`);
    for (const size of sizes) {
      await store.checkStored(`key ${size}`, sampleBytes(size), `${size} bytes after a check`);
    }
  },
});

/** What a store says of everything that it holds. */
export const listingCases: readonly StoreCase[] = [
  listsAll,
  listsUnderChange,
  counts,
  verifiesHealthy,
];
