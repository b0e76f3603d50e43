import { storeCase } from '../case.ts';
import type { StoreCase, StoreCaseDefinition } from '../case.ts';
import { check, checkBytes } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';

const bytes = sampleBytes(700_000);

const sharesEntries = besideCase({
  name: 'what one store commits, a store beside it finds and reads',
  member: 'CacheStore.find',
  async run(trial) {
    const one = await trial.open();
    const other = await trial.beside(one);
    await other.checkNothing('key', 'in an empty store');
    const writer = await one.write('key');
    await writer.write(bytes);
    await other.checkNothing('key', 'before the other committed it');
    await writer.commit(sampleHead());
    await other.checkStored('key', bytes, 'what the other stored');
    const entry = await other.put('back', sampleBytes(10, 1));
    const { id } = await one.checkStored('back', sampleBytes(10, 1), 'what came back');
    check(id === entry.id, `the entry is called ${id}, where the other says ${entry.id}`);
  },
});

const sharesChanges = besideCase({
  name: 'what one store freshens, replaces, removes and clears is so in one beside it',
  member: 'CacheStore.remove',
  async run(trial) {
    const one = await trial.open();
    const other = await trial.beside(one);
    const entry = await one.put('key', bytes);
    await other.only('key');
    const fresh = await one.freshen(entry, sampleHead({ validator: '"2"' }));
    const { head } = await other.checkStored('key', bytes, 'what the other freshened');
    check(head.validator === '"2"', `the validator is ${head.validator}`);
    check(fresh !== undefined, 'freshen() says that the entry is gone');
    await other.put('key', sampleBytes(10, 1), { replaces: [fresh] });
    await one.checkStored('key', sampleBytes(10, 1), 'what the other replaced');
    await one.remove('key');
    await other.checkNothing('key', 'that the other removed');
    await other.put('last', bytes);
    await one.clear();
    await other.checkNothing('last', 'that the other cleared');
  },
});

const staysReadable = besideCase({
  name: 'an opened entry stays readable when a store beside removes and clears it',
  member: 'EntryReader: its bytes stay readable until it is closed',
  async run(trial) {
    const one = await trial.open();
    const other = await trial.beside(one);
    const reader = await one.open(await one.put('key', bytes));
    const start = await reader.exactly(100);
    await other.remove('key');
    const second = await one.open(await one.put('second', bytes));
    await other.clear();
    checkBytes(start, bytes.subarray(0, 100), 'the first bytes');
    checkBytes(await reader.rest(), bytes.subarray(100), 'the rest of what was removed');
    checkBytes(await second.rest(), bytes, 'what was cleared');
  },
});

const bothWrite = besideCase({
  name: 'two stores that write one key at once leave whole entries only',
  member: 'EntryWriter.commit',
  async run(trial) {
    const one = await trial.open();
    const other = await trial.beside(one);
    await Promise.all(
      Array.from({ length: 30 }, async (_, seed) => {
        const store = seed % 2 === 0 ? one : other;
        const head = sampleHead({ validator: String(seed) });
        const replaces = await store.find('key');
        await store.put('key', sampleBytes(30_000 + seed, seed), { head, replaces });
      }),
    );
    for (const store of [one, other]) {
      const found = await store.find('key');
      check(found.length > 0, 'nothing is found');
      for (const entry of found) {
        const seed = Number(entry.head.validator);
        checkBytes(await store.bytesOf(entry), sampleBytes(30_000 + seed, seed), `of ${seed}`);
      }
    }
  },
});

/** Two stores on the same content, as of two processes. */
export const besideCases: readonly StoreCase[] = [
  sharesEntries,
  sharesChanges,
  staysReadable,
  bothWrite,
];

function besideCase(definition: StoreCaseDefinition): StoreCase {
  return storeCase({ ...definition, applies: (fixture) => 'beside' in fixture });
}
