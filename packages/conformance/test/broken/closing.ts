import type { Backend, BackendFactory } from '@netaccess/core';

import { failure } from '../memory-backend.ts';
import { backends, backendsOf, copying, forEver, getOf, lending } from './mutant.ts';
import type { Mutant } from './mutant.ts';

const leftOver = new WeakMap<BackendFactory, true>();

export const closingMutants: readonly Mutant[] = [
  {
    wrong: 'throws from close after the end',
    caughtBy: 'close after the end resolves',
    variant: 'lending',
    spoil: backends((backend) => failingClose(backend, (state) => state.ended)),
  },
  {
    wrong: 'keeps what was left unread for the next transfer',
    caughtBy: 'close before the end resolves, and the next transfer is whole',
    also: [
      'through a manager, an abort in mid-body rejects the read and the next request is whole',
    ],
    variant: 'lending',
    spoil: backendsOf(getOf('/large'), (backend, { factory }) => {
      const { readPointer } = lending(backend);
      let read = false;
      return {
        ...backend,
        readPointer() {
          read = true;
          return leftOver.has(factory) ? new Uint8Array(0) : readPointer();
        },
        async close() {
          if (read) leftOver.set(factory, true);
          await backend.close();
        },
      };
    }),
  },
  {
    wrong: 'rejects from close when nothing was read',
    caughtBy: 'close of an opened transfer that nobody read resolves',
    variant: 'lending',
    spoil: backends((backend) => failingClose(backend, (state) => state.opened && !state.read)),
  },
  {
    wrong: 'cannot close what was never opened',
    caughtBy: 'close before open resolves',
    variant: 'lending',
    spoil: backends((backend) => failingClose(backend, (state) => !state.opening)),
  },
  {
    wrong: 'finishes opening although it was closed',
    caughtBy: 'close while open is pending resolves, and open rejects',
    variant: 'lending',
    spoil: backendsOf(getOf('/large'), (backend) => {
      let opening: Promise<unknown> | undefined;
      return {
        ...backend,
        async open() {
          const head = backend.open();
          opening = Promise.resolve(head);
          return await head;
        },
        async close() {
          void opening?.then(() => backend.close());
        },
      };
    }),
  },
  {
    wrong: 'finishes reading although it was closed',
    caughtBy: 'close while a read is pending resolves, and the read rejects',
    variant: 'copying',
    spoil: backendsOf(getOf('/large'), (backend) => {
      let reading: Promise<unknown> = Promise.resolve();
      return {
        ...backend,
        async read(into) {
          const count = copying(backend).read(into);
          reading = Promise.resolve(count);
          return await count;
        },
        async close() {
          void reading.then(() => backend.close());
        },
      };
    }),
  },
  {
    wrong: 'waits for ever for a peer that does not answer',
    caughtBy: 'close ends an open that the peer never answers',
    variant: 'lending',
    spoil: backendsOf(getOf('/stalled-head'), (backend) => ({ ...backend, open: forEver })),
  },
  {
    wrong: 'waits for ever for the rest of a body',
    caughtBy: 'close ends a read that the peer never feeds',
    variant: 'lending',
    spoil: backendsOf(getOf('/stalled-body'), (backend) => ({ ...backend, readPointer: forEver })),
  },
  {
    wrong: 'throws from close after open failed',
    caughtBy: 'close after a failed open resolves, and the next transfer is whole',
    variant: 'lending',
    spoil: backends((backend) => failingClose(backend, (state) => state.failed)),
  },
];

interface State {
  opening: boolean;
  opened: boolean;
  failed: boolean;
  read: boolean;
  ended: boolean;
}

/** A backend whose `close` rejects when it was left in a certain state. */
function failingClose(backend: Backend, rejects: (state: Readonly<State>) => boolean): Backend {
  const state = { opening: false, opened: false, failed: false, read: false, ended: false };
  const { readPointer } = lending(backend);
  return {
    ...backend,
    async open() {
      state.opening = true;
      try {
        const head = await backend.open();
        state.opened = true;
        return head;
      } catch (error) {
        state.failed = true;
        throw error;
      }
    },
    readPointer() {
      state.read = true;
      const view = readPointer();
      state.ended = view instanceof Uint8Array && view.length === 0;
      return view;
    },
    async close() {
      const rejected = rejects(state);
      await backend.close();
      if (rejected) throw failure('protocol-failure', 'it cannot be closed');
    },
  };
}
