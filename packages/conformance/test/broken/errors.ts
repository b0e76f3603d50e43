import type { BackendFactory, NetworkErrorCode, Request } from '@netaccess/core';

import type { Spoil } from '../failures.ts';
import { failure } from '../memory-backend.ts';
import { backendsOf, getOf, lending } from './mutant.ts';
import type { Mutant } from './mutant.ts';

const spoiled = new WeakSet<BackendFactory>();

export const errorMutants: readonly Mutant[] = [
  {
    wrong: 'calls what is missing unknown content',
    caughtBy: 'a missing resource fails with content-not-found',
    also: ['through a manager, a missing resource is a NetworkError about its URL'],
    variant: 'lending',
    spoil: failingOpen(getOf('/missing'), 'unknown-content'),
  },
  {
    wrong: 'calls what is forbidden missing',
    caughtBy: 'a forbidden resource fails with content-access-denied',
    variant: 'lending',
    spoil: failingOpen(getOf('/forbidden'), 'content-not-found'),
  },
  {
    wrong: 'calls a folder missing',
    caughtBy: 'whatever else cannot be had fails with the code that the fixture names',
    variant: 'lending',
    spoil: failingOpen(getOf('/folder/'), 'content-not-found'),
  },
  {
    wrong: 'takes a broken body for a short one',
    caughtBy: 'a body that breaks off fails with a code instead of ending',
    variant: 'lending',
    spoil: backendsOf(getOf('/broken'), (backend) => ({
      ...backend,
      readPointer() {
        try {
          return lending(backend).readPointer();
        } catch {
          return new Uint8Array(0);
        }
      },
    })),
  },
  {
    wrong: "leaks the system's code",
    caughtBy: 'a body that breaks off fails with a code instead of ending',
    variant: 'lending',
    spoil: backendsOf(getOf('/broken'), (backend) => ({
      ...backend,
      readPointer: () => Promise.reject(failure('ECONNRESET', 'read ECONNRESET')),
    })),
  },
  {
    wrong: 'serves nothing more after a broken transfer',
    caughtBy: 'the transfer after a broken one is whole',
    variant: 'lending',
    spoil: backendsOf(
      ({ operation }) => operation === 'get',
      (backend, { factory, request }) => ({
        ...backend,
        async open() {
          if (spoiled.has(factory)) throw failure('unknown-network', 'it is broken');
          if (request.url.pathname === '/broken') spoiled.add(factory);
          return await backend.open();
        },
      }),
    ),
  },
  {
    wrong: 'quotes the whole URL in its messages',
    caughtBy: 'a failure does not quote the password of the URL',
    variant: 'lending',
    spoil: backendsOf(getOf('/missing'), (backend, { request }) => ({
      ...backend,
      open: () => Promise.reject(failure('content-not-found', `${request.url.href}: not there`)),
    })),
  },
];

function failingOpen(fits: (request: Request) => boolean, code: NetworkErrorCode): Spoil {
  return backendsOf(fits, (backend) => ({
    ...backend,
    open: () => Promise.reject(failure(code, 'it cannot be had')),
  }));
}
