import type { StoredEntry } from '../../store.ts';
import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { check, checkBytes } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';
import type { StoreProbe } from '../store-probe.ts';

const writerCount = 100;

const oneWins = storeCase({
  name: `${writerCount} writers of one key at once leave whole entries only`,
  member: 'EntryWriter.commit',
  async run(trial) {
    const store = await trial.open();
    await Promise.all(
      Array.from({ length: writerCount }, async (_, seed) => {
        await writeSeeded(store, 'key', seed);
      }),
    );
    const found = await store.find('key');
    check(found.length > 0, 'nothing is found');
    for (const entry of found) {
      const seed = Number(entry.head.validator);
      checkBytes(await store.bytesOf(entry), seededBytes(seed), `the entry of writer ${seed}`);
    }
  },
});

const keysTogether = storeCase({
  name: `${writerCount} keys written at once do not mix`,
  member: 'CacheStore.write',
  async run(trial) {
    const store = await trial.open();
    const seeds = Array.from({ length: writerCount }, (_, seed) => seed);
    await Promise.all(seeds.map(async (seed) => await writeSeeded(store, `key ${seed}`, seed)));
    await Promise.all(
      seeds.map(async (seed) => {
        const entry = await store.checkStored(`key ${seed}`, seededBytes(seed), `key ${seed}`);
        check(entry.head.validator === String(seed), `key ${seed} has the head of another`);
      }),
    );
  },
});

const readWhileReplaced = storeCase({
  name: 'an entry that is read while others replace it is whole',
  member: 'CacheStore.open',
  async run(trial) {
    const store = await trial.open();
    await writeSeeded(store, 'key', 0);
    const readOnce = async (): Promise<void> => await readFound(await store.find('key'));
    const readFound = async (found: readonly StoredEntry[]): Promise<void> => {
      for (const entry of found) {
        const reader = await store.tryOpen(entry);
        if (reader === undefined) continue;
        const seed = Number(entry.head.validator);
        checkBytes(await reader.rest(), seededBytes(seed), `what was found of writer ${seed}`);
        await reader.close();
      }
    };
    for (let seed = 1; seed <= 20; seed++) {
      const found = await store.find('key');
      await Promise.all([writeSeeded(store, 'key', seed), readFound(found), readOnce()]);
      await readFound(found);
    }
    const [newest] = await store.find('key');
    check(newest?.head.validator === '20', `the newest is of writer ${newest?.head.validator}`);
  },
});

/** Many at once. */
export const togetherCases: readonly StoreCase[] = [oneWins, keysTogether, readWhileReplaced];

function seededBytes(seed: number): Uint8Array {
  return sampleBytes(20_000 + seed * 701, seed);
}

/** Replaces what is found by an entry whose head and bytes tell who wrote it. */
async function writeSeeded(store: StoreProbe, key: string, seed: number): Promise<void> {
  const head = sampleHead({ validator: String(seed) });
  const writer = await store.write(key, { head, replaces: await store.find(key) });
  await writer.write(seededBytes(seed), 16_384);
  await writer.commit(head);
}
