import { storeCase } from '../case.ts';
import type { StoreCase, StoreCaseDefinition } from '../case.ts';
import { check, checkSame } from '../rule.ts';
import { receivedAt, sampleBytes, sampleHead } from '../samples.ts';

const bytes = sampleBytes(300_000);

const survives = reopeningCase({
  name: 'what was stored is there when the store is opened again',
  member: 'CacheStore.close',
  async run(trial) {
    const store = await trial.open();
    const head = sampleHead({ validator: '"é"', vary: [['accept', null]], length: bytes.length });
    const { id } = await store.put('key', bytes, { head });
    await store.put('other', sampleBytes(0));
    const again = await trial.reopened(store);
    const found = await again.checkStored('key', bytes, 'what was stored before');
    checkSame(found.head, head, 'the head that was stored before');
    check(found.id === id, `the entry is called ${found.id}, where it was ${id}`);
    await again.checkStored('other', sampleBytes(0), 'an empty body that was stored before');
    const { entries } = await again.stats();
    check(entries === 2, `stats() counts ${entries} entries instead of 2`);
  },
});

const unfinishedIsGone = reopeningCase({
  name: 'what was not committed is not there when the store is opened again',
  member: 'EntryWriter: nothing of it is left if it is not',
  async run(trial) {
    const store = await trial.open();
    const old = await store.put('key', bytes);
    const writer = await store.write('key', { replaces: [old] });
    await writer.write(sampleBytes(300_000, 1));
    const again = await trial.reopened(store);
    await again.checkStored('key', bytes, 'what was stored before');
    check((await again.list()).length === 1, 'entries() lists what was not committed');
  },
});

const changesSurvive = reopeningCase({
  name: 'what was freshened, replaced and removed is so when the store is opened again',
  member: 'CacheStore.freshen, WritePlan.replaces, CacheStore.remove',
  async run(trial) {
    const store = await trial.open();
    const head = sampleHead({ validator: '"2"', length: bytes.length });
    await store.freshen(await store.put('freshened', bytes), head);
    const old = await store.put('replaced', bytes);
    await store.put('replaced', sampleBytes(10, 1), { replaces: [old] });
    await store.put('removed', bytes);
    await store.remove('removed');
    const again = await trial.reopened(store);
    const fresh = await again.checkStored('freshened', bytes, 'what was freshened');
    check(fresh.head.validator === '"2"', `the validator is ${fresh.head.validator}`);
    await again.checkStored('replaced', sampleBytes(10, 1), 'what replaced another');
    await again.checkNothing('removed', 'that was removed before');
  },
});

const orderSurvives = reopeningCase({
  name: 'the newest entry is still the first when the store is opened again',
  member: 'CacheStore.find',
  async run(trial) {
    let store = await trial.open();
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) {
      trial.later();
      const head = sampleHead({ receivedAt: receivedAt + index * 1000 });
      ids.unshift((await store.put('key', sampleBytes(10 + index), { head })).id);
      store = await trial.reopened(store);
    }
    const found = (await store.find('key')).map(({ id }) => id);
    checkSame(found, ids, 'the order of four entries');
  },
});

/** What outlives the process. */
export const reopeningCases: readonly StoreCase[] = [
  survives,
  unfinishedIsGone,
  changesSurvive,
  orderSurvives,
];

function reopeningCase(definition: StoreCaseDefinition): StoreCase {
  return storeCase({ ...definition, applies: (fixture) => 'reopen' in fixture });
}
