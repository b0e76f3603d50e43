import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { check, checkSame } from '../rule.ts';
import { receivedAt, sampleBytes, sampleHead } from '../samples.ts';

const longKeyLength = 40_000;
const bytes = sampleBytes(1000);

const startsEmpty = storeCase({
  name: 'a new store is empty',
  member: 'CacheStore.entries, CacheStore.stats',
  async run(trial) {
    const store = await trial.open();
    await store.checkNothing('key', 'in a new store');
    check((await store.list()).length === 0, 'entries() lists something in a new store');
    const { entries } = await store.stats();
    check(entries === 0, `stats() counts ${entries} entries in a new store`);
  },
});

const foundOnceCommitted = storeCase({
  name: 'an entry is found once it is committed, and not before',
  member: 'EntryWriter.commit',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    await store.checkNothing('key', 'before a byte is written');
    await writer.write(sampleBytes(300_000));
    await store.checkNothing('key', 'before the commit');
    const entry = await writer.commit(sampleHead());
    const { id } = await store.only('key');
    check(id === entry.id, `find() gives ${id}, where commit() gave ${entry.id}`);
  },
});

const emptyWithoutWriting = storeCase({
  name: 'an entry whose body has no bytes is found as well',
  member: 'EntryWriter.commit',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    await writer.commit(sampleHead());
    await store.checkStored('key', new Uint8Array(0), 'a body that nobody wrote to');
  },
});

const neverFoundAbandoned = storeCase({
  name: 'nothing is left of what is abandoned',
  member: 'EntryWriter.abandon',
  async run(trial) {
    const store = await trial.open();
    const before = await store.stats();
    const writer = await store.write('key');
    await writer.write(sampleBytes(300_000));
    await writer.abandon();
    await store.checkNothing('key', 'after the writing was abandoned');
    check((await store.list()).length === 0, 'entries() lists what was abandoned');
    checkSame(await store.stats(), before, 'stats() after something was abandoned');
  },
});

const abandoningKeepsOthers = storeCase({
  name: 'what should have been replaced stays when the writing is abandoned',
  member: 'WritePlan.replaces',
  async run(trial) {
    const store = await trial.open();
    const old = await store.put('key', bytes);
    const writer = await store.write('key', { replaces: [old] });
    await writer.write(sampleBytes(500, 1));
    await store.checkStored('key', bytes, 'the old entry, while it is being replaced');
    await writer.abandon();
    await store.checkStored('key', bytes, 'the old entry, when nothing replaced it');
  },
});

const staysCommitted = storeCase({
  name: 'what is committed stays as it is, whatever its writer is told afterwards',
  member: 'EntryWriter.commit',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    await writer.write(bytes);
    await writer.commit(sampleHead());
    await trial.outcome('write() after the commit', () => writer.writer.write(sampleBytes(9, 1)));
    await trial.outcome('commit() after the commit', () => writer.writer.commit(sampleHead()));
    await writer.abandon();
    await store.checkStored('key', bytes, 'what was committed');
  },
});

const newestFirst = storeCase({
  name: 'several entries of a key are found, the newest first',
  member: 'CacheStore.find',
  async run(trial) {
    const store = await trial.open();
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      trial.later();
      const head = sampleHead({
        vary: [['accept-language', `l${index}`]],
        receivedAt: receivedAt + index * 1000,
      });
      ids.unshift((await store.put('key', sampleBytes(100 + index, index), { head })).id);
    }
    const found = await store.find('key');
    checkSame(
      found.map(({ id }) => id),
      ids,
      'the order of five entries',
    );
    for (const [index, entry] of found.entries()) {
      const { length } = await store.bytesOf(entry);
      check(length === 104 - index, `entry ${index} has the bytes of another`);
    }
  },
});

const replaces = storeCase({
  name: 'an entry replaces those that it is said to, and no others',
  member: 'WritePlan.replaces',
  async run(trial) {
    const store = await trial.open();
    const [first, second] = [await store.put('key', bytes), await store.put('key', bytes)];
    const kept = await store.put('key', bytes);
    trial.later();
    const head = sampleHead({ receivedAt: receivedAt + 1000 });
    const next = await store.put('key', sampleBytes(9, 1), { head, replaces: [first, second] });
    const ids = (await store.find('key')).map(({ id }) => id);
    checkSame(ids, [next.id, kept.id], 'what is found after two of three were replaced');
  },
});

const replacesWhatIsGone = storeCase({
  name: 'an entry is stored even if what it replaces is gone',
  member: 'WritePlan.replaces',
  async run(trial) {
    const store = await trial.open();
    const old = await store.put('key', bytes);
    const writer = await store.write('key', { replaces: [old] });
    await writer.write(sampleBytes(50, 1));
    await store.remove('key');
    await writer.commit(sampleHead());
    await store.checkStored('key', sampleBytes(50, 1), 'what replaced a removed entry');
  },
});

const keysStayApart = storeCase({
  name: 'any text is a key, and finds only its own entry',
  member: 'CacheStore.find',
  async run(trial) {
    const store = await trial.open();
    const keys = hostileKeys();
    for (const [index, key] of keys.entries()) await store.put(key, sampleBytes(20 + index, index));
    for (const [index, key] of keys.entries()) {
      const what = `the entry of key ${index}`;
      const entry = await store.checkStored(key, sampleBytes(20 + index, index), what);
      check(entry.key === key, `${what} says that its key is another`);
    }
    const listed = (await store.list()).map(({ key }) => key);
    checkSame(listed.toSorted(), keys.toSorted(), 'the list of keys');
    await store.checkNothing('constructor', 'that was never stored');
  },
});

/** Entries, their keys and their order. */
export const findingCases: readonly StoreCase[] = [
  startsEmpty,
  foundOnceCommitted,
  emptyWithoutWriting,
  neverFoundAbandoned,
  abandoningKeepsOthers,
  staysCommitted,
  newestFirst,
  replaces,
  replacesWhatIsGone,
  keysStayApart,
];

/** Keys that are paths, patterns, members of every object, separators, or equal to others but for a little. */
function hostileKeys(): string[] {
  const long = 'k'.repeat(longKeyLength);
  return [
    'GET https://store.test/a?b#c',
    'get https://store.test/a?b#c',
    '',
    ' ',
    '__proto__',
    'toString',
    '../../etc/passwd',
    '/',
    '.',
    'a\0b',
    'a',
    'a\nb\r\n',
    '*',
    'a*',
    '[a]?',
    '%',
    '_',
    "'; drop table entries; --",
    '{key}',
    'ключ 鍵 🔑',
    '\u00E9',
    'e\u0301',
    'CON',
    long,
    `${long}1`,
    `${long}2`,
  ];
}
