import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { turns } from '../outcome.ts';
import { check, checkBytes } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';

const block = 65_536;
const sizes = [0, 1, block - 1, block, block + 1, 4 * block, 3_000_001];
/** More than any store is likely to hold back. */
const largeBytes = 2_500_000;

const keepsSizes = sizes.map((size) =>
  storeCase({
    name: `a body of ${size} bytes comes back byte by byte`,
    member: 'EntryWriter.write, CacheStore.open',
    async run(trial) {
      const store = await trial.open();
      const bytes = sampleBytes(size);
      await store.put('key', bytes);
      await store.checkStored('key', bytes, 'the stored body');
    },
  }),
);

const joinsPieces = [1, 1021, 20_000, block].map((each) =>
  storeCase({
    name: `a body written in pieces of ${each} bytes comes back whole`,
    member: 'EntryWriter.write',
    async run(trial) {
      const store = await trial.open();
      const bytes = sampleBytes(Math.min(each * 700, 1_000_000), each);
      const writer = await store.write('key', { expectedBytes: bytes.length });
      await writer.write(bytes, each);
      await writer.commit(sampleHead());
      await store.checkStored('key', bytes, 'the stored body');
    },
  }),
);

const copiesMemory = storeCase({
  name: 'written memory may be used again as promised',
  member: 'EntryWriter.write',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const memory = new Uint8Array(3000);
    const expected = new Uint8Array(3000 * 50);
    for (let index = 0; index < 50; index++) {
      memory.set(sampleBytes(3000, index));
      expected.set(memory, index * 3000);
      const written = writer.writer.write(memory);
      if (written !== undefined) await trial.value('write() of bytes', () => written);
      memory.fill(0xee);
    }
    await writer.commit(sampleHead());
    await store.checkStored('key', expected, 'a body written from one memory');
  },
});

const emptyViews = storeCase({
  name: 'writing no bytes changes nothing, and does not end the body',
  member: 'EntryWriter.write',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const nothing = new Uint8Array(0);
    for (const piece of [nothing, sampleBytes(5), nothing, sampleBytes(7, 1), nothing]) {
      await trial.value('write() of bytes', () => writer.writer.write(piece));
    }
    await writer.commit(sampleHead());
    const expected = new Uint8Array([...sampleBytes(5), ...sampleBytes(7, 1)]);
    await store.checkStored('key', expected, 'a body with empty writes in it');
  },
});

const expectedIsNoPromise = storeCase({
  name: 'a body may have more or fewer bytes than were expected',
  member: 'WritePlan.expectedBytes',
  async run(trial) {
    const store = await trial.open();
    for (const expectedBytes of [0, 1000, 200_000]) {
      const key = `expecting ${expectedBytes}`;
      const bytes = sampleBytes(100_000, expectedBytes);
      await store.put(key, bytes, { expectedBytes });
      await store.checkStored(key, bytes, `a body of which ${expectedBytes} bytes were expected`);
    }
  },
});

const readsPartly = storeCase({
  name: 'after a partial advance the rest of the view comes next',
  member: 'ViewSource.advanceReadPointer',
  async run(trial) {
    const store = await trial.open();
    const bytes = sampleBytes(200_000);
    const reader = await store.open(await store.put('key', bytes));
    const start = await reader.exactly(70_001);
    const middle = await reader.exactly(65_000);
    const end = await reader.rest(9_973);
    checkBytes(start, bytes.subarray(0, 70_001), 'the first bytes');
    checkBytes(middle, bytes.subarray(70_001, 135_001), 'the next bytes');
    checkBytes(end, bytes.subarray(135_001), 'the rest');
  },
});

const sameViewTwice = storeCase({
  name: 'a view asked for twice holds the same bytes',
  member: 'ViewSource.readPointer',
  async run(trial) {
    const store = await trial.open();
    const reader = await store.open(await store.put('key', sampleBytes(200_000)));
    const first = new Uint8Array(await reader.view());
    const second = await reader.view();
    checkBytes(second.subarray(0, first.length), first, 'the second view without an advance');
  },
});

const keepsView = storeCase({
  name: 'a lent view does not change until it is given back',
  member: 'ViewSource.readPointer',
  async run(trial) {
    const store = await trial.open();
    const bytes = sampleBytes(largeBytes);
    const entry = await store.put('key', bytes);
    const otherEntry = await store.put('other', sampleBytes(largeBytes, 1));
    const [reader, other] = [await store.open(entry), await store.open(otherEntry)];
    for (let offset = 0, held = 0; held < 8; held++) {
      const view = await reader.view();
      await other.exactly(150_000);
      await turns(2);
      checkBytes(view, bytes.subarray(offset, offset + view.length), `view ${held + 1}`);
      reader.reader.advanceReadPointer(view.length);
      offset += view.length;
    }
  },
});

const endStays = storeCase({
  name: 'the end stays the end',
  member: 'ViewSource.readPointer',
  async run(trial) {
    const store = await trial.open();
    const reader = await store.open(await store.put('key', sampleBytes(10)));
    await reader.rest();
    const { length } = await reader.next();
    check(length === 0, `reading after the end gave ${length} bytes`);
  },
});

const readersApart = storeCase({
  name: 'readers of one entry do not mix',
  member: 'CacheStore.open',
  async run(trial) {
    const store = await trial.open();
    const bytes = sampleBytes(400_000);
    const entry = await store.put('key', bytes);
    const readers = [await store.open(entry), await store.open(entry), await store.open(entry)];
    const starts = await Promise.all(
      readers.map(async (reader, index) => await reader.exactly(1 + index * 100_000)),
    );
    await readers[0]?.close();
    for (const [index, reader] of readers.entries()) {
      checkBytes(starts[index]!, bytes.subarray(0, 1 + index * 100_000), `start ${index}`);
      if (index === 0) continue;
      checkBytes(await reader.rest(), bytes.subarray(1 + index * 100_000), `rest ${index}`);
    }
  },
});

const readsParts = storeCase({
  name: 'a part is read from its first byte to its last',
  member: 'CacheStore.open',
  async run(trial) {
    const store = await trial.open();
    const bytes = sampleBytes(300_000);
    const entry = await store.put('key', bytes);
    for (const [from, to] of parts(bytes.length)) {
      const part = await store.bytesOf(entry, { from, to });
      checkBytes(part, bytes.subarray(from, to + 1), `bytes ${from} to ${to}`);
    }
  },
});

/** Every byte, in order, whatever the sizes, from the start or from the middle. */
export const bodyCases: readonly StoreCase[] = [
  ...keepsSizes,
  ...joinsPieces,
  copiesMemory,
  emptyViews,
  expectedIsNoPromise,
  readsPartly,
  sameViewTwice,
  keepsView,
  endStays,
  readersApart,
  readsParts,
];

function parts(length: number): [from: number, to: number][] {
  return [
    [0, 0],
    [0, length - 1],
    [1, 1],
    [length - 1, length - 1],
    [block - 1, block],
    [block, 2 * block - 1],
    [block + 1, 3 * block + 1],
    [100, length - 100],
  ];
}
