import type { StoredHead } from '../../store.ts';
import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { check, checkSame } from '../rule.ts';
import { receivedAt, sampleBytes, sampleHead } from '../samples.ts';

/** Every member, each with something that is easily lost on the way. */
const fullHead: StoredHead = {
  url: 'https://store.test/%E2%9C%93?a=1&a=2',
  headers: [
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2; Path=/'],
    ['X-Latin1', '\u00E9\u00FF\u00A0'],
    ['X-Quotes', '"\\"\\\\\' \t'],
    ['__proto__', 'x'],
    ['X-Unicode', 'ключ 🔑 \u2028'],
    ['X-Empty', ''],
  ],
  trailers: [['Digest', 'sha-256=…']],
  status: { code: 203, reason: 'Nön-Authoritative' },
  redirect: { url: 'https://store.test/next', keepOperation: true },
  error: { code: 'content-access-denied', message: 'no «entry»', temporary: true },
  validator: 'W/"\u00E9"',
  length: 40,
  range: { from: 10, to: 49, total: 9_007_199_254_740_991 },
  vary: [
    ['accept', 'text/html;q=0.5'],
    ['accept-language', null],
    ['cookie', ''],
  ],
  requestedAt: receivedAt - 50.5,
  receivedAt,
  secured: 'verified',
};

const keepsHead = storeCase({
  name: 'a head comes back as it was given',
  member: 'StoredHead',
  async run(trial) {
    const store = await trial.open();
    const committed = await store.put('key', sampleBytes(40), { head: fullHead });
    checkSame(committed.head, fullHead, 'the head that commit() gives');
    checkSame((await store.only('key')).head, fullHead, 'the head that find() gives');
    const [listed] = await store.list();
    checkSame(listed?.head, fullHead, 'the head that entries() gives');
  },
});

const keepsBareHead = storeCase({
  name: 'members of a head that are absent stay absent',
  member: 'StoredHead',
  async run(trial) {
    const store = await trial.open();
    const head: StoredHead = {
      ...sampleHead({ headers: [], length: 3 }),
      trailers: undefined,
      status: undefined,
      redirect: undefined,
      error: undefined,
      validator: undefined,
      range: undefined,
      secured: undefined,
      uselessAt: undefined,
    };
    await store.put('key', sampleBytes(3), { head });
    checkSame((await store.only('key')).head, head, 'the head that find() gives');
  },
});

const keepsManyHeaders = storeCase({
  name: 'a head of half a megabyte comes back as it was given',
  member: 'StoredHead',
  async run(trial) {
    const store = await trial.open();
    const headers = Array.from({ length: 500 }, (_, index) => {
      return [`x-${index}`, 'v'.repeat(1000)] as const;
    });
    const head = sampleHead({ headers, length: 3 });
    await store.put('key', sampleBytes(3), { head });
    checkSame((await store.only('key')).head, head, 'the head that find() gives');
  },
});

const keepsCommittedHead = storeCase({
  name: 'the head given at the commit counts, not the one before',
  member: 'EntryWriter.commit',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key', { head: sampleHead({ validator: '"early"' }) });
    await writer.write(sampleBytes(10));
    await writer.commit(sampleHead({ validator: '"late"', trailers: [['x-end', '1']] }));
    const { head } = await store.only('key');
    check(head.validator === '"late"', `the validator is ${head.validator}`);
    checkSame(head.trailers, [['x-end', '1']], 'the trailers');
  },
});

const setsLength = storeCase({
  name: 'the head says how many bytes were stored',
  member: 'StoredHead.length',
  async run(trial) {
    const store = await trial.open();
    const committed = await store.put('key', sampleBytes(70_000));
    check(committed.head.length === 70_000, `commit() gives the length ${committed.head.length}`);
    const { head } = await store.only('key');
    check(head.length === 70_000, `find() gives the length ${head.length}`);
  },
});

const givesPlainValues = storeCase({
  name: 'a head that the caller changes afterwards is stored as it was',
  member: 'StoredHead',
  async run(trial) {
    const store = await trial.open();
    const headers: [string, string][] = [['x', '1']];
    const head = sampleHead({ headers });
    const writer = await store.write('key', { head });
    await writer.write(sampleBytes(10));
    await writer.commit(head);
    headers[0] = ['x', '2'];
    checkSame((await store.only('key')).head.headers, [['x', '1']], 'the headers');
  },
});

/** What is kept beside the bytes. */
export const headCases: readonly StoreCase[] = [
  keepsHead,
  keepsBareHead,
  keepsManyHeaders,
  keepsCommittedHead,
  setsLength,
  givesPlainValues,
];
