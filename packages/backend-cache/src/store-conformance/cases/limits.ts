import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import type { StoreFixture, StoreLimits } from '../fixture.ts';
import { turns } from '../outcome.ts';
import { check } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';
import type { StoreProbe } from '../store-probe.ts';
import type { StoreTrial } from '../trial.ts';

const defaultBytes = 1_048_576;
const maximumEntries = 10;

const keepsBytesLimit = storeCase({
  name: 'the limit of bytes is kept, and the newest entry too',
  member: 'StoreStats.maximumBytes',
  applies: (fixture) => limits(fixture, 'maximumBytes'),
  async run(trial) {
    const { store, maximumBytes } = await limited(trial);
    const each = sampleBytes(Math.floor(maximumBytes / 8));
    for (let index = 0; index < 24; index++) {
      trial.later();
      await store.put(`key ${index}`, each);
    }
    await store.checkStored('key 23', each, 'the newest entry');
    await trial.value(`trimming to ${maximumBytes} bytes`, async () => {
      while ((await store.store.stats()).bytes > maximumBytes) await turns(1);
    });
    const { entries } = await store.stats();
    check(entries >= 2, `${entries} entries are left, where there is room for more`);
  },
});

const keepsEntriesLimit = storeCase({
  name: 'the limit of entries is kept, and the newest entry too',
  member: 'StoreStats.maximumEntries',
  applies: (fixture) => limits(fixture, 'maximumEntries'),
  async run(trial) {
    const store = await trial.open({ maximumEntries });
    for (let index = 0; index < maximumEntries * 3; index++) {
      trial.later();
      await store.put(`key ${index}`, sampleBytes(10));
    }
    await store.checkStored(`key ${maximumEntries * 3 - 1}`, sampleBytes(10), 'the newest entry');
    await trial.value(`trimming to ${maximumEntries} entries`, async () => {
      while ((await store.store.stats()).entries > maximumEntries) await turns(1);
    });
    const { entries } = await store.stats();
    check(entries >= 2, `${entries} entries are left, where there is room for more`);
  },
});

const forgetsLeastRecent = storeCase({
  name: 'what was used lately outlives what was not',
  member: 'CacheStore: least recently used first out',
  applies: (fixture) => limits(fixture, 'maximumBytes') && fixture.forgetsLeastRecent === true,
  async run(trial) {
    const { store, maximumBytes } = await limited(trial);
    const each = sampleBytes(Math.floor(maximumBytes / 10));
    const used = await store.put('used', each);
    trial.later();
    await store.put('unused', each);
    for (let index = 0; index < 20; index++) {
      trial.later();
      await store.bytesOf(used);
      trial.later();
      await store.put(`key ${index}`, each);
    }
    await store.checkStored('used', each, 'what was used again and again');
    await store.checkNothing('unused', 'that was used the longest time ago');
  },
});

const refusesEarly = storeCase({
  name: 'what is known to be too large is refused before it is written',
  member: 'CacheStore.write',
  applies: (fixture) => limits(fixture, 'maximumBytes'),
  async run(trial) {
    const { store, maximumBytes } = await limited(trial);
    await store.put('kept', sampleBytes(1000));
    const writer = await store.tryWrite('key', { expectedBytes: maximumBytes + 1 });
    check(writer === undefined, `write() gave a writer for ${maximumBytes + 1} bytes`);
    await store.checkStored('kept', sampleBytes(1000), 'what was there');
  },
});

const refusesLate = storeCase({
  name: 'what turns out to be too large is refused, and takes nothing else with it',
  member: 'EntryWriter.write',
  applies: (fixture) => limits(fixture, 'maximumBytes'),
  async run(trial) {
    const { store, maximumBytes } = await limited(trial);
    await store.put('kept', sampleBytes(1000));
    const writer = await store.write('key');
    const follower = writer.follow();
    const piece = sampleBytes(Math.ceil(maximumBytes / 10));
    await trial.rejection(`writing more than ${maximumBytes} bytes`, async () => {
      for (let index = 0; index < 12; index++) await writer.writer.write(piece);
      await writer.writer.commit(sampleHead());
    });
    await writer.abandon();
    await trial.rejection('reading along what was refused', async () => {
      for (;;) {
        const { length } = await follower.reader.readPointer();
        check(length > 0, 'the body ended as if it were whole');
        follower.reader.advanceReadPointer(length);
      }
    });
    await store.checkNothing('key', 'that was too large');
    await store.checkStored('kept', sampleBytes(1000), 'what was there');
  },
});

const saysLimits = storeCase({
  name: 'the statistics name the limits',
  member: 'CacheStore.stats',
  applies: ({ limits: kinds = [] }) => kinds.length > 0,
  async run(trial) {
    const kinds = trial.fixture.limits ?? [];
    const wanted: StoreLimits = {
      ...(kinds.includes('maximumBytes') ? { maximumBytes: smallest(trial.fixture) } : {}),
      ...(kinds.includes('maximumEntries') ? { maximumEntries } : {}),
    };
    const store = await trial.open(wanted);
    const stats = await store.stats();
    for (const kind of kinds) {
      check(stats[kind] === wanted[kind], `stats() says ${kind} ${stats[kind]}`);
    }
  },
});

/** A store is bounded. */
export const limitCases: readonly StoreCase[] = [
  keepsBytesLimit,
  keepsEntriesLimit,
  forgetsLeastRecent,
  refusesEarly,
  refusesLate,
  saysLimits,
];

async function limited(
  trial: StoreTrial,
): Promise<{ readonly store: StoreProbe; readonly maximumBytes: number }> {
  const maximumBytes = smallest(trial.fixture);
  return { store: await trial.open({ maximumBytes }), maximumBytes };
}

function smallest(fixture: StoreFixture): number {
  return fixture.smallestBytes ?? defaultBytes;
}

function limits(fixture: StoreFixture, kind: keyof StoreLimits): boolean {
  return fixture.limits?.includes(kind) === true;
}
