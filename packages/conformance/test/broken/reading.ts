import type { BackendFactory } from '@netaccess/core';

import type { MemoryWorld } from '../memory-world.ts';
import { backends, backendsOf, copying, getOf, lending, turn } from './mutant.ts';
import type { Mutant } from './mutant.ts';

const ended = new WeakMap<MemoryWorld, number>();
const filledBefore = new WeakMap<BackendFactory, Uint8Array>();

export const readingMutants: readonly Mutant[] = [
  {
    wrong: 'gives the second view first',
    caughtBy: 'reading gives every byte in order',
    also: 'any',
    variant: 'lending',
    spoil: backends((backend) => {
      const { readPointer, advanceReadPointer } = lending(backend);
      let views = 0;
      return {
        ...backend,
        readPointer() {
          if (views++ === 0) skip(readPointer, advanceReadPointer);
          return readPointer();
        },
      };
    }),
  },
  {
    wrong: 'counts its bytes in twelve bits',
    caughtBy: 'reading gives every byte of a large body',
    also: [
      'close before the end resolves, and the next transfer is whole',
      'through a manager, the chunks of a body stay what they were',
      'through a manager, an abort in mid-body rejects the read and the next request is whole',
      'through a manager, one resource is copied to another without holding its bytes',
    ],
    variant: 'lending',
    spoil: backends((backend) => {
      const { readPointer, advanceReadPointer } = lending(backend);
      let offset = 0;
      return {
        ...backend,
        readPointer: () => (offset > 4_095 ? new Uint8Array(0) : readPointer()),
        advanceReadPointer(distance) {
          offset += distance;
          advanceReadPointer(distance);
        },
      };
    }),
  },
  {
    wrong: 'takes an empty resource for a missing one',
    caughtBy: 'an empty resource ends at once',
    variant: 'lending',
    spoil: backendsOf(getOf('/empty'), (backend) => ({
      ...backend,
      open: () => Promise.reject(new Error('there is nothing')),
    })),
  },
  {
    wrong: 'advances by two when it is asked for one',
    caughtBy: 'reading one byte at a time gives every byte',
    variant: 'lending',
    spoil: advancing((distance) => (distance === 1 ? 2 : distance)),
  },
  {
    wrong: 'advances by less than it is asked for at one size',
    caughtBy: 'reading in changing sizes gives every byte',
    variant: 'lending',
    spoil: advancing((distance) => (distance === 32 ? 31 : distance)),
  },
  {
    wrong: 'starts again after the end',
    caughtBy: 'the end stays the end',
    variant: 'lending',
    spoil: backends((backend) => {
      const { readPointer } = lending(backend);
      let ends = 0;
      return {
        ...backend,
        readPointer() {
          if (ends > 0) return new Uint8Array(7);
          const view = readPointer();
          if (view instanceof Uint8Array && view.length === 0) ends++;
          return view;
        },
      };
    }),
  },
  {
    wrong: 'uses up what it serves',
    caughtBy: 'a second transfer gives the same bytes again',
    also: ['8 transfers at once all come to their end'],
    variant: 'lending',
    spoil: backendsOf(getOf('/existing'), (backend, { world }) => {
      const { readPointer } = lending(backend);
      return {
        ...backend,
        readPointer() {
          const view = readPointer();
          const before = ended.get(world) ?? 0;
          if (view instanceof Uint8Array && view.length === 0) ended.set(world, before + 1);
          return before > 0 ? new Uint8Array(0) : view;
        },
      };
    }),
  },
  {
    wrong: "writes into the request's URL",
    caughtBy: 'the request is left as it was',
    variant: 'lending',
    spoil: backends((backend, { request }) => ({
      ...backend,
      open() {
        request.url.hash = '#opened';
        return backend.open();
      },
    })),
  },
  {
    wrong: 'moves on when a view is asked for, not when it is given back',
    caughtBy: 'a view asked for twice holds the same bytes',
    variant: 'lending',
    spoil: backends((backend) => {
      const { readPointer, advanceReadPointer } = lending(backend);
      let lent = 0;
      return {
        ...backend,
        readPointer() {
          advanceReadPointer(lent);
          const view = readPointer();
          lent = view instanceof Uint8Array ? view.length : 0;
          return view;
        },
        advanceReadPointer(distance) {
          lent = 0;
          advanceReadPointer(distance);
        },
      };
    }),
  },
  {
    wrong: 'rewrites a view that is still lent',
    caughtBy: 'a lent view does not change until it is given back',
    variant: 'lending',
    spoil: backends((backend) => {
      const { readPointer, advanceReadPointer } = lending(backend);
      let generation = 0;
      return {
        ...backend,
        readPointer() {
          const view = readPointer();
          const lent = ++generation;
          void rewriteLater(view, () => generation === lent);
          return view;
        },
        advanceReadPointer(distance) {
          generation++;
          advanceReadPointer(distance);
        },
      };
    }),
  },
  {
    wrong: 'takes an advance by nothing for an advance by all',
    caughtBy: 'advancing by nothing stays where it is',
    variant: 'lending',
    spoil: backends((backend) => {
      const { readPointer, advanceReadPointer } = lending(backend);
      let lent = 0;
      return {
        ...backend,
        readPointer() {
          const view = readPointer();
          lent = view instanceof Uint8Array ? view.length : 0;
          return view;
        },
        advanceReadPointer: (distance) => advanceReadPointer(distance === 0 ? lent : distance),
      };
    }),
  },
  {
    wrong: 'takes every advance for one by all',
    caughtBy: 'after a partial advance the rest of the view comes next',
    also: 'any',
    variant: 'lending',
    spoil: backends((backend) => {
      const { readPointer, advanceReadPointer } = lending(backend);
      let lent = 0;
      return {
        ...backend,
        readPointer() {
          const view = readPointer();
          lent = view instanceof Uint8Array ? view.length : 0;
          return view;
        },
        advanceReadPointer: () => advanceReadPointer(lent),
      };
    }),
  },
  {
    wrong: 'writes one byte too many',
    caughtBy: 'read writes only into the memory that it is given',
    variant: 'copying',
    spoil: backends((backend) => ({
      ...backend,
      async read(into) {
        const end = into.byteOffset + into.byteLength;
        if (end < into.buffer.byteLength) new Uint8Array(into.buffer, end, 1)[0] = 0;
        return await copying(backend).read(into);
      },
    })),
  },
  {
    wrong: 'goes on writing into small memory that it filled before',
    caughtBy: 'read leaves alone the memory that it filled before',
    variant: 'copying',
    spoil: backends((backend, { factory }) => ({
      ...backend,
      async read(into) {
        filledBefore.get(factory)?.fill(0);
        if (into.length === 8) filledBefore.set(factory, into);
        return await copying(backend).read(into);
      },
    })),
  },
];

function advancing(change: (distance: number) => number): Mutant['spoil'] {
  return backends((backend) => ({
    ...backend,
    advanceReadPointer: (distance) => lending(backend).advanceReadPointer(change(distance)),
  }));
}

function skip(
  readPointer: () => Uint8Array | Promise<Uint8Array>,
  advanceReadPointer: (distance: number) => void,
): void {
  const view = readPointer();
  if (view instanceof Uint8Array) advanceReadPointer(view.length);
}

async function rewriteLater(
  lent: Uint8Array | Promise<Uint8Array>,
  isLent: () => boolean,
): Promise<void> {
  if (lent instanceof Promise) return;
  await turn();
  await turn();
  if (isLent()) lent.fill(0);
}
