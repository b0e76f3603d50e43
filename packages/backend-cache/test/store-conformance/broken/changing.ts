import type { StoredEntry } from '../../../src/index.ts';
import type { Spoil } from '../failures.ts';
import { forEver, readers } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const changingMutants: readonly Mutant[] = [
  {
    wrong: 'freshens in words only',
    caughtBy: [
      'a freshened entry has the new head and the old bytes',
      'what was freshened, replaced and removed is so when the store is opened again',
      'what one store freshens, replaces, removes and clears is so in one beside it',
    ],
    spoil: (store) => ({ ...store, freshen: (entry, head) => ({ ...entry, head }) }),
  },
  {
    wrong: 'freshens an entry once',
    caughtBy: ['an entry can be freshened again and again'],
    spoil(store) {
      const done = new Set<string>();
      return {
        ...store,
        freshen(entry, head) {
          if (done.has(entry.id)) return undefined;
          done.add(entry.id);
          return store.freshen(entry, head);
        },
      };
    },
  },
  {
    wrong: 'freshens all of a key',
    caughtBy: ['freshening one entry leaves the others of its key'],
    spoil: (store) => ({
      ...store,
      async freshen(entry, head) {
        for (const other of await store.find(entry.key)) await store.freshen(other, head);
        return await store.freshen(entry, head);
      },
    }),
  },
  {
    wrong: 'brings back what it freshens',
    caughtBy: [
      'freshening what is gone gives undefined, and brings nothing back',
      'freshening what was replaced leaves what replaced it alone',
    ],
    spoil: (store, world) => ({
      ...store,
      freshen(entry, head) {
        const old = { ...entry, head, bytes: new Uint8Array(0), sum: 0, used: 0 };
        if (!world.entries.some(({ id }) => id === entry.id)) world.entries.push(old);
        return store.freshen(entry, head);
      },
    }),
  },
  {
    wrong: 'removes the newest of a key only',
    caughtBy: ['removing a key removes all its entries, counts them, and no others'],
    spoil: (store) => ({
      ...store,
      async remove(key, entries) {
        const [newest] = await store.find(key);
        return await store.remove(key, entries ?? (newest === undefined ? [] : [newest]));
      },
    }),
  },
  {
    wrong: 'removes all of a key whatever was asked for',
    caughtBy: ['removing some entries of a key leaves the others'],
    spoil: (store) => ({ ...store, remove: (key) => store.remove(key) }),
  },
  {
    wrong: 'takes no entries for all entries',
    caughtBy: ['removing no entries of a key removes none'],
    spoil: (store) => ({
      ...store,
      remove: (key, entries) => store.remove(key, entries?.length === 0 ? undefined : entries),
    }),
  },
  {
    wrong: 'counts as removed what it was asked for',
    caughtBy: ['what is not there any more is not counted as removed'],
    spoil: (store) => ({
      ...store,
      async remove(key, entries) {
        const count = await store.remove(key, entries);
        return entries?.length ?? count;
      },
    }),
  },
  {
    wrong: 'clears nothing',
    caughtBy: ['clearing removes everything'],
    spoil: (store) => ({ ...store, clear: () => undefined }),
  },
  {
    wrong: 'opens what is gone',
    caughtBy: ['opening what is gone gives undefined'],
    spoil: (store) => ({
      ...store,
      async open(entry, part) {
        const reader = await store.open(entry, part);
        const nothing = new Uint8Array(0);
        return (
          reader ?? {
            readPointer: () => nothing,
            advanceReadPointer: () => undefined,
            close: () => undefined,
          }
        );
      },
    }),
  },
  keepingMutant('removed', 'an opened entry stays readable when it is removed', [
    'an opened entry stays readable when all is cleared',
    'an opened entry stays readable when it is replaced',
    'an opened entry stays readable when it is trimmed away',
    'an opened entry stays readable when a store beside removes and clears it',
  ]),
  {
    wrong: 'ends the readers of what is freshened',
    caughtBy: ['an opened entry stays readable when it is freshened'],
    spoil: readers((reader, { id, head }, world) => ({
      ...reader,
      readPointer() {
        const now = world.entries.find((one) => one.id === id);
        if (now?.head.validator !== head.validator) throw new Error('the entry has changed');
        return reader.readPointer();
      },
    })),
  },
  {
    wrong: 'waits for its readers before it closes',
    caughtBy: ['a store closes while entries are open and being written'],
    spoil(store) {
      let open = 0;
      return {
        ...store,
        open(entry, part) {
          open += 1;
          return store.open(entry, part);
        },
        close: () => (open > 0 ? forEver() : undefined),
      };
    },
  },
  {
    wrong: 'takes being closed again for a mistake',
    caughtBy: ['a store may be closed twice'],
    spoil(store) {
      let closed = false;
      return {
        ...store,
        close() {
          if (closed) throw new Error('closed already');
          closed = true;
        },
      };
    },
  },
  {
    wrong: 'never closes',
    caughtBy: ['a store with nothing open closes'],
    spoil: (store) => ({ ...store, close: forEver }),
  },
  {
    wrong: 'never answers once it is closed',
    caughtBy: ['a closed store fails or finds nothing, and leaves nobody waiting'],
    spoil(store) {
      let closed = false;
      return {
        ...store,
        find: (key) => (closed ? forEver() : store.find(key)),
        close() {
          closed = true;
        },
      };
    },
  },
];

/** A store whose readers end when their entry does. */
function keepingMutant(how: string, first: string, others: readonly string[]): Mutant {
  const spoil: Spoil = readers((reader, { id }: StoredEntry, world) => ({
    ...reader,
    readPointer() {
      if (!world.entries.some((one) => one.id === id)) throw new Error(`the entry was ${how}`);
      return reader.readPointer();
    },
  }));
  return { wrong: `ends the readers of what is ${how}`, caughtBy: [first, ...others], spoil };
}
