import { readers, writers, writes } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const bodyMutants: readonly Mutant[] = [
  {
    wrong: 'takes a byte for the end',
    caughtBy: ['a body written in pieces of 1 bytes comes back whole'],
    spoil: writes((view, offset) => (view.length === 1 && offset > 0 ? view.subarray(1) : view)),
  },
  {
    wrong: 'keeps the memory that it is lent',
    caughtBy: ['written memory may be used again as promised'],
    spoil: writers((writer) => {
      const kept: Uint8Array[] = [];
      return {
        ...writer,
        write: (view) => void kept.push(view),
        async commit(head) {
          for (const view of kept) await writer.write(view);
          return await writer.commit(head);
        },
      };
    }),
  },
  {
    wrong: 'ends a body at an empty write',
    caughtBy: ['writing no bytes changes nothing, and does not end the body'],
    spoil: writers((writer) => {
      let ended = false;
      return {
        ...writer,
        write(view) {
          ended ||= view.length === 0;
          return ended ? undefined : writer.write(view);
        },
      };
    }),
  },
  {
    wrong: 'writes no more than is expected',
    caughtBy: ['a body may have more or fewer bytes than were expected'],
    spoil: writers((writer, { expectedBytes = Number.POSITIVE_INFINITY }) => {
      let left = expectedBytes;
      return {
        ...writer,
        write(view) {
          const taken = view.subarray(0, left);
          left -= taken.length;
          return writer.write(taken);
        },
      };
    }),
  },
  {
    wrong: 'drops what is left of a view',
    caughtBy: ['after a partial advance the rest of the view comes next'],
    spoil: readers((reader) => {
      let lent = 0;
      return {
        ...reader,
        async readPointer() {
          const view = await reader.readPointer();
          lent = view.length;
          return view;
        },
        advanceReadPointer: () => reader.advanceReadPointer(lent),
      };
    }),
  },
  {
    wrong: 'goes on whenever it is asked',
    caughtBy: ['a view asked for twice holds the same bytes'],
    spoil: readers((reader) => {
      let asked = 0;
      return {
        ...reader,
        async readPointer() {
          if (asked++ > 0) reader.advanceReadPointer(1);
          return await reader.readPointer();
        },
        advanceReadPointer(distance) {
          asked = 0;
          reader.advanceReadPointer(distance);
        },
      };
    }),
  },
  {
    wrong: 'lends one memory to all',
    caughtBy: ['a lent view does not change until it is given back'],
    spoil(store) {
      const memory = new Uint8Array(4_000_000);
      return {
        ...store,
        async open(entry, part) {
          const reader = await store.open(entry, part);
          return (
            reader && {
              ...reader,
              async readPointer() {
                const view = await reader.readPointer();
                memory.set(view);
                return memory.subarray(0, view.length);
              },
            }
          );
        },
      };
    },
  },
  {
    wrong: 'begins again after the end',
    caughtBy: ['the end stays the end'],
    spoil: (store) => ({
      ...store,
      async open(entry, part) {
        const [first, second] = [await store.open(entry, part), await store.open(entry, part)];
        if (first === undefined || second === undefined) return undefined;
        let reader = first;
        return {
          async readPointer() {
            const view = await reader.readPointer();
            if (view.length === 0) reader = second;
            return view;
          },
          advanceReadPointer: (distance) => reader.advanceReadPointer(distance),
          close: () => first.close(),
        };
      },
    }),
  },
  {
    wrong: 'has one position for all readers of an entry',
    caughtBy: ['readers of one entry do not mix'],
    spoil(store) {
      const open = new Map<string, ReturnType<typeof store.open>>();
      return {
        ...store,
        open(entry, part) {
          const reader = open.get(entry.id) ?? store.open(entry, part);
          open.set(entry.id, reader);
          return reader;
        },
      };
    },
  },
  {
    wrong: 'leaves out the last byte of a part',
    caughtBy: ['a part is read from its first byte to its last'],
    spoil: (store) => ({
      ...store,
      open: (entry, part) => store.open(entry, part && { ...part, to: part.to - 1 }),
    }),
  },
];
