import type { StoredEntry, StoredHead } from '../../../src/index.ts';
import type { Spoil } from '../failures.ts';
import { writers } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const headMutants: readonly Mutant[] = [
  {
    wrong: 'joins headers of one name',
    caughtBy: ['a head comes back as it was given'],
    spoil: heads((head) => ({
      ...head,
      headers: [...new Map(head.headers.map(([name, value]) => [name.toLowerCase(), value]))],
    })),
  },
  {
    wrong: 'writes heads as latin1',
    caughtBy: ['a head comes back as it was given'],
    spoil: heads((head) => JSON.parse(Buffer.from(JSON.stringify(head), 'latin1').toString())),
  },
  {
    wrong: 'makes null of what is undefined',
    caughtBy: ['members of a head that are absent stay absent'],
    spoil: heads((head) =>
      JSON.parse(JSON.stringify(head, (_, value: unknown) => (value === undefined ? null : value))),
    ),
  },
  {
    wrong: 'keeps the first hundred headers',
    caughtBy: ['a head of half a megabyte comes back as it was given'],
    spoil: heads((head) => ({ ...head, headers: head.headers.slice(0, 100) })),
  },
  {
    wrong: 'stores the first head',
    caughtBy: ['the head given at the commit counts, not the one before'],
    spoil: writers((writer, { head }) => ({ ...writer, commit: () => writer.commit(head) })),
  },
  {
    wrong: 'leaves out the length',
    caughtBy: ['the head says how many bytes were stored'],
    spoil: (store) => ({
      ...store,
      find: async (key) =>
        (await store.find(key)).map((entry) => ({
          ...entry,
          head: { ...entry.head, length: undefined },
        })),
    }),
  },
  {
    wrong: 'keeps the head of the caller',
    caughtBy: ['a head that the caller changes afterwards is stored as it was'],
    spoil: writers((writer, _plan, world) => ({
      ...writer,
      async commit(head) {
        const entry = await writer.commit(head);
        const kept = { ...entry, head: Object.assign(head, { length: entry.head.length }) };
        world.entries = world.entries.map((one) =>
          one.id === entry.id ? { ...one, head: kept.head } : one,
        );
        return kept;
      },
    })),
  },
];

/** Spoils what is found by what a store makes of a head. */
function heads(change: (head: StoredHead) => StoredHead): Spoil {
  const spoiled = (entry: StoredEntry): StoredEntry => ({ ...entry, head: change(entry.head) });
  return (store) => ({ ...store, find: async (key) => (await store.find(key)).map(spoiled) });
}
