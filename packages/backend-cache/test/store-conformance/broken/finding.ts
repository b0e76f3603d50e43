import { plans, writers, writes } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const findingMutants: readonly Mutant[] = [
  {
    wrong: 'begins with an entry of its own',
    caughtBy: ['a new store is empty'],
    spoil: (store) => ({ ...store, stats: async () => ({ ...(await store.stats()), entries: 1 }) }),
  },
  {
    wrong: 'shows an entry before it is whole',
    caughtBy: [
      'an entry is found once it is committed, and not before',
      'what one store commits, a store beside it finds and reads',
      'what should have been replaced stays when the writing is abandoned',
      'what was not committed is not there when the store is opened again',
    ],
    spoil: writers((writer, plan, world, store) => ({
      ...writer,
      async write(view) {
        await writer.write(view);
        const early = await store.write(plan);
        await early?.write(view);
        await early?.commit(plan.head);
      },
    })),
  },
  {
    wrong: 'does not keep what has no bytes',
    caughtBy: [
      'an entry whose body has no bytes is found as well',
      'a body of 0 bytes comes back byte by byte',
    ],
    spoil: (store) => ({
      ...store,
      find: async (key) => (await store.find(key)).filter(({ head }) => head.length !== 0),
    }),
  },
  {
    wrong: 'keeps what was abandoned',
    caughtBy: ['nothing is left of what is abandoned'],
    spoil: writers((writer, plan) => ({
      ...writer,
      async abandon() {
        await writer.commit(plan.head);
      },
    })),
  },
  {
    wrong: 'counts what was abandoned for ever',
    caughtBy: ['nothing is left of what is abandoned'],
    spoil(store) {
      let leaked = 0;
      const leaking = writers((writer) => ({
        ...writer,
        async abandon() {
          leaked += 1;
          await writer.abandon();
        },
      }));
      return leaking(
        {
          ...store,
          stats: async () => {
            const stats = await store.stats();
            return { ...stats, bytes: stats.bytes + leaked };
          },
        },
        { entries: [], ticks: 0, limits: {} },
      );
    },
  },
  {
    wrong: 'removes at once what is to be replaced later',
    caughtBy: ['what should have been replaced stays when the writing is abandoned'],
    spoil: (store) => ({
      ...store,
      async write(plan) {
        await store.remove(plan.key, plan.replaces);
        return await store.write(plan);
      },
    }),
  },
  {
    wrong: 'removes what is abandoned after its commit',
    caughtBy: ['what is committed stays as it is, whatever its writer is told afterwards'],
    spoil: writers((writer, { key }, _world, store) => ({
      ...writer,
      async abandon() {
        await writer.abandon();
        await store.remove(key);
      },
    })),
  },
  {
    wrong: 'finds the oldest first',
    caughtBy: [
      'several entries of a key are found, the newest first',
      'the newest entry is still the first when the store is opened again',
    ],
    spoil: (store) => ({
      ...store,
      find: async (key) => (await store.find(key)).toReversed(),
    }),
  },
  {
    wrong: 'replaces nothing',
    caughtBy: ['an entry replaces those that it is said to, and no others'],
    spoil: plans(() => ({ replaces: [] })),
  },
  {
    wrong: 'replaces everything of the key',
    caughtBy: ['an entry replaces those that it is said to, and no others'],
    spoil: plans(({ key }, { entries }) => ({
      replaces: entries.filter((entry) => entry.key === key),
    })),
  },
  {
    wrong: 'insists on what it should replace',
    caughtBy: ['an entry is stored even if what it replaces is gone'],
    spoil: writers((writer, plan, world) => ({
      ...writer,
      commit(head) {
        const there = plan.replaces.every(({ id }) => world.entries.some((one) => one.id === id));
        if (!there) throw new Error('what should be replaced is gone');
        return writer.commit(head);
      },
    })),
  },
  {
    wrong: 'cuts long keys',
    caughtBy: ['any text is a key, and finds only its own entry'],
    spoil: plans(({ key }) => ({ key: key.slice(0, 1000) })),
  },
  {
    wrong: 'finds a part of a key',
    caughtBy: ['any text is a key, and finds only its own entry'],
    spoil: (store, world) => ({
      ...store,
      find: (key) => world.entries.filter((entry) => entry.key.startsWith(key)),
    }),
  },
  {
    wrong: 'normalizes keys',
    caughtBy: ['any text is a key, and finds only its own entry'],
    spoil: (store) => ({
      ...store,
      find: (key) => store.find(key.normalize()),
      write: (plan) => store.write({ ...plan, key: plan.key.normalize() }),
    }),
  },
  {
    wrong: 'loses a byte',
    caughtBy: [
      'a body of 1 bytes comes back byte by byte',
      'a body of 65535 bytes comes back byte by byte',
      'a body of 65536 bytes comes back byte by byte',
      'a body of 65537 bytes comes back byte by byte',
      'a body of 262144 bytes comes back byte by byte',
      'a body of 3000001 bytes comes back byte by byte',
      'a body written in pieces of 1021 bytes comes back whole',
      'a body written in pieces of 20000 bytes comes back whole',
      'a body written in pieces of 65536 bytes comes back whole',
    ],
    spoil: writes((view) => view.subarray(0, -1)),
  },
];
