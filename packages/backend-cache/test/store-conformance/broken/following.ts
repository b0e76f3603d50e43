import type { EntryReader } from '../../../src/index.ts';
import { followers, forEver, writers } from './mutant.ts';
import type { Mutant } from './mutant.ts';

export const followingMutants: readonly Mutant[] = [
  {
    wrong: 'lets followers wait for the commit',
    caughtBy: ['a follower reads what is written, as it comes, to the end'],
    spoil: writers((writer) => {
      let committed = false;
      return {
        ...writer,
        follow() {
          const follower = writer.follow();
          return {
            ...follower,
            readPointer: () => (committed ? follower.readPointer() : forEver()),
          };
        },
        async commit(head) {
          const entry = await writer.commit(head);
          committed = true;
          return entry;
        },
      };
    }),
  },
  {
    wrong: 'takes what was not written yet for the end',
    caughtBy: ['a follower waits for bytes and for the end'],
    spoil: followers((follower) => ({
      ...follower,
      readPointer() {
        const view = follower.readPointer();
        return view instanceof Uint8Array ? view : new Uint8Array(0);
      },
    })),
  },
  {
    wrong: 'has one position for all followers',
    caughtBy: ['several followers, early and late ones, all read everything'],
    spoil: writers((writer) => {
      let one: EntryReader | undefined;
      return { ...writer, follow: () => (one ??= writer.follow()) };
    }),
  },
  {
    wrong: 'lets the writing wait for the slowest follower',
    caughtBy: ['a follower that does not read holds up neither the writing nor another follower'],
    spoil: writers((writer) => {
      const left = new Map<EntryReader, number>();
      return {
        ...writer,
        follow() {
          const follower = writer.follow();
          left.set(follower, 0);
          return {
            ...follower,
            advanceReadPointer(distance) {
              follower.advanceReadPointer(distance);
              left.set(follower, (left.get(follower) ?? 0) - distance);
            },
          };
        },
        write(view) {
          void writer.write(view);
          for (const [follower, ahead] of left) left.set(follower, ahead + view.length);
          return [...left.values()].some((ahead) => ahead > 500_000) ? forEver() : undefined;
        },
      };
    }),
  },
  {
    wrong: 'ends followers well when the writing is given up',
    caughtBy: ['reading along rejects once the writing is given up'],
    spoil: followers((follower) => ({
      ...follower,
      async readPointer() {
        try {
          return await follower.readPointer();
        } catch {
          return new Uint8Array(0);
        }
      },
    })),
  },
  {
    wrong: 'gives the writing up when a follower leaves',
    caughtBy: ['a follower that is closed early harms nobody'],
    spoil: followers((follower, writer) => ({
      ...follower,
      close() {
        void writer.abandon();
        return follower.close();
      },
    })),
  },
  {
    wrong: 'leaves a closed follower waiting',
    caughtBy: ['closing a follower rejects its pending read'],
    spoil: followers((follower) => ({ ...follower, close: () => undefined })),
  },
  {
    wrong: 'takes the bytes of a removed entry from its followers',
    caughtBy: ['a follower reads on when the entry is committed and removed at once'],
    spoil: writers((writer, plan, world) => {
      let id: string | undefined;
      return {
        ...writer,
        follow() {
          const follower = writer.follow();
          return {
            ...follower,
            readPointer() {
              const there = id === undefined || world.entries.some((entry) => entry.id === id);
              if (!there) throw new Error('the entry was removed');
              return follower.readPointer();
            },
          };
        },
        async commit(head) {
          const entry = await writer.commit(head);
          ({ id } = entry);
          return entry;
        },
      };
    }),
  },
];
