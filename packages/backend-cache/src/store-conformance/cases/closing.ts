import { storeCase } from '../case.ts';
import type { StoreCase } from '../case.ts';
import { check, checkBytes } from '../rule.ts';
import { sampleBytes, sampleHead } from '../samples.ts';

const bytes = sampleBytes(400_000);

const closesIdle = storeCase({
  name: 'a store with nothing open closes',
  member: 'CacheStore.close',
  async run(trial) {
    const store = await trial.open();
    await store.put('key', bytes);
    await trial.value('close()', () => store.store.close());
  },
});

const closesTwice = storeCase({
  name: 'a store may be closed twice',
  member: 'CacheStore.close',
  async run(trial) {
    const { store } = await trial.open();
    await Promise.all([trial.value('close()', () => store.close()), store.close()]);
    await trial.value('close() of a closed store', () => store.close());
  },
});

const closesAtWork = storeCase({
  name: 'a store closes while entries are open and being written',
  member: 'CacheStore.close',
  async run(trial) {
    const store = await trial.open();
    const reader = await store.open(await store.put('key', bytes));
    const start = await reader.exactly(1000);
    const writer = await store.write('other');
    await writer.write(bytes);
    const follower = writer.follow();
    await follower.exactly(1000);
    const waiting = trial.meanwhile(
      trial.outcome('reading along', async () => await follower.rest()),
    );
    await trial.value('close()', () => store.store.close());
    const ended = await trial.outcome('writing on', async () => {
      await writer.writer.write(bytes);
      await writer.writer.commit(sampleHead());
    });
    await writer.abandon();
    const followed = await waiting;
    check(ended.ok || !followed.ok, 'the follower ended well, though the writing failed');
    const rest = await trial.outcome('reading on', async () => await reader.rest());
    checkBytes(start, bytes.subarray(0, 1000), 'what was read before');
    if (rest.ok) checkBytes(rest.value, bytes.subarray(1000), 'what was read after close()');
    await reader.close();
    await follower.close();
  },
});

const closedAnswers = storeCase({
  name: 'a closed store fails or finds nothing, and leaves nobody waiting',
  member: 'CacheStore.close',
  async run(trial) {
    const store = await trial.open();
    const entry = await store.put('key', bytes);
    await trial.value('close()', () => store.store.close());
    const { store: closed } = store;
    const plan = { key: 'key', head: sampleHead(), replaces: [] };
    const calls: Record<string, () => unknown> = {
      'find()': () => closed.find('key'),
      'open()': async () => await (await closed.open(entry))?.close(),
      'write()': async () => await (await closed.write(plan))?.abandon(),
      'freshen()': () => closed.freshen(entry, sampleHead()),
      'remove()': () => closed.remove('key'),
      'stats()': () => closed.stats(),
    };
    for (const [what, call] of Object.entries(calls)) {
      const outcome = await trial.outcome(`${what} of a closed store`, call);
      check(outcome.ok || outcome.error instanceof Error, `${what} failed with no Error`);
    }
  },
});

/** The end of a store. */
export const closingCases: readonly StoreCase[] = [
  closesIdle,
  closesTwice,
  closesAtWork,
  closedAnswers,
];
