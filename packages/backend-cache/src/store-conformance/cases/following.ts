import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { turns } from '../outcome.ts';
import { check, checkBytes } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';

const bytes = sampleBytes(1_500_000);

const readsAlong = storeCase({
  name: 'a follower reads what is written, as it comes, to the end',
  member: 'EntryWriter.follow',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const follower = writer.follow();
    for (let offset = 0; offset < bytes.length; offset += 150_000) {
      await writer.write(bytes.subarray(offset, offset + 150_000), 40_000);
      const piece = await follower.exactly(150_000);
      checkBytes(piece, bytes.subarray(offset, offset + 150_000), `from byte ${offset}`);
    }
    await writer.commit(sampleHead());
    const { length } = await follower.rest();
    check(length === 0, `the follower gave ${length} bytes after the end`);
  },
});

const waits = storeCase({
  name: 'a follower waits for bytes and for the end',
  member: 'EntryWriter.follow',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const follower = writer.follow();
    const first = trial.meanwhile(follower.next());
    await turns(3);
    await writer.write(sampleBytes(10));
    const start = await first;
    const rest = trial.meanwhile(follower.rest());
    await turns(3);
    await writer.write(sampleBytes(10, 1));
    await turns(3);
    await writer.commit(sampleHead());
    const all = new Uint8Array([...start, ...(await rest)]);
    checkBytes(all, new Uint8Array([...sampleBytes(10), ...sampleBytes(10, 1)]), 'what came');
  },
});

const severalFollow = storeCase({
  name: 'several followers, early and late ones, all read everything',
  member: 'EntryWriter.follow',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const reading: Promise<Uint8Array>[] = [];
    const follow = (most?: number): void => {
      reading.push(trial.meanwhile(writer.follow().rest(most)));
    };
    follow();
    follow(7_919);
    await writer.write(bytes.subarray(0, 700_000), 65_536);
    follow();
    follow(100_003);
    await writer.write(bytes.subarray(700_000), 10_000);
    follow();
    await writer.commit(sampleHead());
    for (const [index, all] of (await Promise.all(reading)).entries()) {
      checkBytes(all, bytes, `follower ${index + 1}`);
    }
  },
});

const slowFollower = storeCase({
  name: 'a follower that does not read holds up neither the writing nor another follower',
  member: 'EntryWriter.follow',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const [slow, quick] = [writer.follow(), writer.follow()];
    const reading = trial.meanwhile(quick.rest());
    await writer.write(bytes.subarray(0, 1000));
    await slow.exactly(10);
    await writer.write(bytes.subarray(1000), 65_536);
    await writer.commit(sampleHead());
    checkBytes(await reading, bytes, 'the quick follower');
    await store.checkStored('key', bytes, 'the entry');
    checkBytes(await slow.rest(), bytes.subarray(10), 'the slow follower, afterwards');
  },
});

const rejectsAbandoned = storeCase({
  name: 'reading along rejects once the writing is given up',
  member: 'EntryWriter.follow',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const [pending, later] = [writer.follow(), writer.follow()];
    await writer.write(bytes.subarray(0, 200_000));
    await pending.exactly(200_000);
    const waiting = trial.meanwhile(
      trial.rejection('a pending read', () => pending.reader.readPointer()),
    );
    await turns(2);
    await writer.abandon();
    await waiting;
    await trial.rejection('reading along to the end', async () => {
      for (;;) {
        const { length } = await later.reader.readPointer();
        check(length > 0, 'the body ended as if it were whole');
        later.reader.advanceReadPointer(length);
      }
    });
  },
});

const closesEarly = storeCase({
  name: 'a follower that is closed early harms nobody',
  member: 'EntryReader.close',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const [early, other] = [writer.follow(), writer.follow()];
    await writer.write(bytes.subarray(0, 100_000));
    await early.exactly(5);
    await early.close();
    const reading = trial.meanwhile(other.rest());
    await writer.write(bytes.subarray(100_000));
    await writer.commit(sampleHead());
    checkBytes(await reading, bytes, 'the other follower');
    await store.checkStored('key', bytes, 'the entry');
  },
});

const closeEndsWait = storeCase({
  name: 'closing a follower rejects its pending read',
  member: 'EntryReader.close',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const follower = writer.follow();
    const waiting = trial.meanwhile(
      trial.rejection('the pending read', () => follower.reader.readPointer()),
    );
    await turns(2);
    await follower.close();
    await waiting;
    await writer.write(sampleBytes(10));
    await writer.commit(sampleHead());
    await store.checkStored('key', sampleBytes(10), 'the entry');
  },
});

const followsRemoved = storeCase({
  name: 'a follower reads on when the entry is committed and removed at once',
  member: 'EntryWriter.follow',
  async run(trial) {
    const store = await trial.open();
    const writer = await store.write('key');
    const follower = writer.follow();
    await writer.write(bytes);
    const start = await follower.exactly(1000);
    await writer.commit(sampleHead());
    await store.remove('key');
    checkBytes(start, bytes.subarray(0, 1000), 'the first bytes');
    checkBytes(await follower.rest(), bytes.subarray(1000), 'the rest');
  },
});

/** Several read while one writes. */
export const followingCases: readonly StoreCase[] = [
  readsAlong,
  waits,
  severalFollow,
  slowFollower,
  rejectsAbandoned,
  closesEarly,
  closeEndsWait,
  followsRemoved,
];
