import { referenceStore, storeWorld } from '../reference-store.ts';
import type { StoreWorld } from '../reference-store.ts';
import { plans, readers, writers } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const countingMutants: readonly Mutant[] = [
  {
    wrong: 'lists one entry of each key',
    caughtBy: ['the list has every entry once'],
    spoil: (store, world) => ({
      ...store,
      entries: () => [...new Map(world.entries.map((entry) => [entry.key, entry])).values()],
    }),
  },
  {
    wrong: 'ends its list when something is removed',
    caughtBy: ['the list goes on to its end while entries come and go'],
    spoil: (store, world) => ({
      ...store,
      *entries() {
        const { length } = world.entries;
        for (const entry of world.entries.toReversed()) {
          if (world.entries.length < length - 1) return;
          yield entry;
        }
      },
    }),
  },
  {
    wrong: 'counts heads only',
    caughtBy: ['the statistics follow what is stored'],
    spoil: (store, world) => ({
      ...store,
      stats: () => ({ entries: world.entries.length, bytes: world.entries.length * 200 }),
    }),
  },
  {
    wrong: 'takes large entries for damaged ones',
    caughtBy: ['a check of a healthy store finds nothing, and removes nothing'],
    spoil: (store, world) => ({
      ...store,
      verify: () => ({
        entries: world.entries.length,
        damaged: world.entries
          .filter(({ bytes }) => bytes.length > 200_000)
          .map(({ key }) => ({ key, problem: 'large' })),
      }),
    }),
  },
  {
    wrong: 'has no limits',
    caughtBy: [
      'the limit of bytes is kept, and the newest entry too',
      'the limit of entries is kept, and the newest entry too',
      'what is known to be too large is refused before it is written',
      'what turns out to be too large is refused, and takes nothing else with it',
    ],
    spoil: (_, world) => referenceStore(unlimited(world)),
  },
  {
    wrong: 'forgets the newest',
    caughtBy: ['the limit of bytes is kept, and the newest entry too'],
    spoil: writers((writer, _plan, world) => ({
      ...writer,
      async commit(head) {
        const before = world.entries.length;
        const entry = await writer.commit(head);
        if (world.entries.length <= before) world.entries.pop();
        return entry;
      },
    })),
  },
  {
    wrong: 'forgets the oldest, used or not',
    caughtBy: ['what was used lately outlives what was not'],
    spoil: readers((reader, { id }, world) => {
      for (const entry of world.entries) if (entry.id === id) entry.used = Number(id);
      return reader;
    }),
  },
  {
    wrong: 'does not look at what is expected',
    caughtBy: ['what is known to be too large is refused before it is written'],
    spoil: plans(() => ({ expectedBytes: undefined })),
  },
  {
    wrong: 'makes room for what is too large',
    caughtBy: ['what turns out to be too large is refused, and takes nothing else with it'],
    spoil: writers((writer, _plan, world) => {
      let total = 0;
      return {
        ...writer,
        write(view) {
          total += view.length;
          if (total > (world.limits.maximumBytes ?? total) / 2) world.entries = [];
          return writer.write(view);
        },
      };
    }),
  },
  {
    wrong: 'keeps its limits to itself',
    caughtBy: ['the statistics name the limits'],
    spoil: (store) => ({
      ...store,
      async stats() {
        const { entries, bytes } = await store.stats();
        return { entries, bytes };
      },
    }),
  },
  {
    wrong: 'has one body for each key while it is written',
    caughtBy: [
      '100 writers of one key at once leave whole entries only',
      'two stores that write one key at once leave whole entries only',
    ],
    spoil: oneBodyPer((key) => key),
  },
  {
    wrong: 'has one body at a time',
    caughtBy: ['100 keys written at once do not mix'],
    spoil: oneBodyPer(() => 'all'),
  },
  {
    wrong: 'opens the newest of the key instead of the entry',
    caughtBy: ['an entry that is read while others replace it is whole'],
    spoil: (store) => ({
      ...store,
      async open(entry, part) {
        const [newest = entry] = await store.find(entry.key);
        return await store.open(newest, part);
      },
    }),
  },
  {
    wrong: 'forgets everything',
    caughtBy: [
      'what was stored is there when the store is opened again',
      'what one store commits, a store beside it finds and reads',
    ],
    spoil: (_, { limits }) => referenceStore(storeWorld(limits)),
  },
  {
    wrong: 'lends damaged bytes',
    caughtBy: ['damaged bytes are never lent'],
    spoil: (store, world) => ({
      ...store,
      open(entry, part) {
        accept(world);
        return store.open(entry, part);
      },
    }),
  },
  {
    wrong: 'checks nothing',
    caughtBy: ['a check finds what is damaged, removes it, and nothing else'],
    spoil: (store, world) => ({
      ...store,
      verify: () => ({ entries: world.entries.length, damaged: [] }),
    }),
  },
  {
    wrong: 'does not let go of what is damaged',
    caughtBy: ['what is damaged can be replaced'],
    spoil: (store) => ({
      ...store,
      async write(plan) {
        for (const entry of plan.replaces) {
          if ((await store.open(entry)) === undefined) throw new Error('damaged');
        }
        return await store.write(plan);
      },
    }),
  },
];

function unlimited(world: StoreWorld): StoreWorld {
  return { ...world, limits: {} };
}

/** Believes what the bytes are now. */
function accept(world: StoreWorld): void {
  world.entries = world.entries.map((entry) => {
    let sum = 0;
    for (const byte of entry.bytes) sum = (sum * 31 + byte) | 0;
    return { ...entry, sum };
  });
}

/** Writers that do not know which of them is writing. */
function oneBodyPer(place: (key: string) => string): Mutant['spoil'] {
  return (store) => {
    const bodies = new Map<string, Uint8Array[]>();
    const spoiled = writers((writer, { key }) => {
      bodies.set(place(key), []);
      return {
        ...writer,
        write: (view) => void bodies.get(place(key))?.push(view.slice()),
        async commit(head) {
          const views = bodies.get(place(key)) ?? [];
          bodies.set(place(key), []);
          for (const view of views) await writer.write(view);
          return await writer.commit(head);
        },
      };
    });
    return spoiled(store, storeWorld());
  };
}
