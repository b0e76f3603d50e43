import type { Backend, BackendFactory } from '@netaccess/core';

import { failure } from '../memory-backend.ts';
import { backends, lending } from './mutant.ts';
import type { Mutant } from './mutant.ts';

const lastOpened = new WeakMap<BackendFactory, Backend>();
const openBackends = new WeakMap<BackendFactory, Set<Backend>>();

export const togetherMutants: readonly Mutant[] = [
  {
    wrong: 'reads from what was opened last',
    caughtBy: 'two transfers read in turns do not mix',
    also: [
      'closing one transfer leaves another one going',
      '8 transfers at once all come to their end',
      'through a manager, one resource is copied to another without holding its bytes',
    ],
    variant: 'lending',
    spoil: backends((backend, { factory }) => ({
      ...backend,
      async open() {
        lastOpened.set(factory, backend);
        return await backend.open();
      },
      readPointer: () => lending(lastOpened.get(factory) ?? backend).readPointer(),
      advanceReadPointer: (distance) =>
        lending(lastOpened.get(factory) ?? backend).advanceReadPointer(distance),
    })),
  },
  {
    wrong: 'ends everything when one transfer is closed',
    caughtBy: 'closing one transfer leaves another one going',
    also: [
      '8 transfers at once all come to their end',
      'two puts at once do not mix',
      'through a manager, one resource is copied to another without holding its bytes',
    ],
    variant: 'lending',
    spoil: backends((backend, { factory }) => {
      const all = openBackends.get(factory) ?? new Set();
      openBackends.set(factory, all);
      all.add(backend);
      return {
        ...backend,
        readPointer: () =>
          all.has(backend) ? lending(backend).readPointer() : Promise.reject(closedByAnother()),
        async close() {
          all.clear();
          await backend.close();
        },
      };
    }),
  },
  {
    wrong: 'serves no more than four at once',
    caughtBy: '8 transfers at once all come to their end',
    variant: 'lending',
    spoil: backends((backend, { factory }) => {
      const all = openBackends.get(factory) ?? new Set();
      openBackends.set(factory, all);
      return {
        ...backend,
        async open() {
          all.add(backend);
          if (all.size > 4) throw failure('service-unavailable', 'too many transfers');
          return await backend.open();
        },
        async close() {
          all.delete(backend);
          await backend.close();
        },
      };
    }),
  },
];

function closedByAnother(): Error {
  return failure('operation-canceled', 'another transfer was closed');
}
