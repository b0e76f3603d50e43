import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { check, checkBytes, checkSame } from '../rule.ts';
import { receivedAt, sampleBytes, sampleHead } from '../samples.ts';

const bytes = sampleBytes(150_000);
const newHead = sampleHead({
  headers: [['date', 'later']],
  length: bytes.length,
  validator: '"2"',
  receivedAt: receivedAt + 9000,
});

const keepsBytes = storeCase({
  name: 'a freshened entry has the new head and the old bytes',
  member: 'CacheStore.freshen',
  async run(trial) {
    const store = await trial.open();
    const fresh = await store.freshen(await store.put('key', bytes), newHead);
    check(fresh !== undefined, 'freshen() says that the entry is gone');
    checkSame(fresh.head, newHead, 'the head that freshen() gives');
    checkBytes(await store.bytesOf(fresh), bytes, 'the bytes of what freshen() gives');
    const found = await store.checkStored('key', bytes, 'the bytes of what is found');
    checkSame(found.head, newHead, 'the head that find() gives');
    check(found.id === fresh.id, `find() gives ${found.id}, where freshen() gave ${fresh.id}`);
  },
});

const canRepeat = storeCase({
  name: 'an entry can be freshened again and again',
  member: 'CacheStore.freshen',
  async run(trial) {
    const store = await trial.open();
    let entry = await store.put('key', bytes);
    for (let round = 0; round < 5; round++) {
      trial.later();
      const headers = [['x', 'v'.repeat(round * 900)] as const];
      const next = await store.freshen(entry, { ...newHead, headers, validator: `"${round}"` });
      check(next !== undefined, `freshen() says in round ${round} that the entry is gone`);
      entry = next;
    }
    const found = await store.checkStored('key', bytes, 'the bytes after five rounds');
    check(found.head.validator === '"4"', `the validator is ${found.head.validator}`);
  },
});

const leavesOthers = storeCase({
  name: 'freshening one entry leaves the others of its key',
  member: 'CacheStore.freshen',
  async run(trial) {
    const store = await trial.open();
    const head = sampleHead({ validator: '"1"', length: 9 });
    const first = await store.put('key', bytes, { head: { ...head, length: bytes.length } });
    await store.put('key', sampleBytes(9, 1), { head });
    await store.freshen(first, newHead);
    const found = await store.find('key');
    check(found.length === 2, `${found.length} entries are found instead of 2`);
    const other = found.find(({ head: { validator } }) => validator === '"1"');
    check(other !== undefined, 'the other entry is not found any more');
    checkSame(other.head, head, 'the head of the other entry');
    checkBytes(await store.bytesOf(other), sampleBytes(9, 1), 'the bytes of the other entry');
  },
});

const goneCannotBe = storeCase({
  name: 'freshening what is gone gives undefined, and brings nothing back',
  member: 'CacheStore.freshen',
  async run(trial) {
    const store = await trial.open();
    const entry = await store.put('key', bytes);
    await store.remove('key');
    const fresh = await store.freshen(entry, newHead);
    check(fresh === undefined, 'freshen() gave an entry that was removed');
    await store.checkNothing('key', 'after a removed entry was freshened');
    check((await store.list()).length === 0, 'entries() lists a removed entry');
  },
});

const replacedCannotBe = storeCase({
  name: 'freshening what was replaced leaves what replaced it alone',
  member: 'CacheStore.freshen',
  async run(trial) {
    const store = await trial.open();
    const old = await store.put('key', bytes);
    const head = sampleHead({ validator: '"new"', length: 10 });
    await store.put('key', sampleBytes(10, 1), { head, replaces: [old] });
    const fresh = await store.freshen(old, newHead);
    check(fresh === undefined, 'freshen() gave an entry that was replaced');
    const found = await store.checkStored('key', sampleBytes(10, 1), 'what replaced it');
    checkSame(found.head, head, 'the head of what replaced it');
  },
});

/** A new head for old bytes. */
export const fresheningCases: readonly StoreCase[] = [
  keepsBytes,
  canRepeat,
  leavesOthers,
  goneCannotBe,
  replacedCannotBe,
];
