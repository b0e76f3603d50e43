import type { BackendFactory } from '@netaccess/core';

import { failure } from '../memory-backend.ts';
import { backendsOf, forEver, getOf, isManaged, requests } from './mutant.ts';
import type { Mutant } from './mutant.ts';

const aborted = new WeakSet<BackendFactory>();

/** They are wrong only when core is above them: mostly because a request then has attributes that they do not expect. */
export const managedMutants: readonly Mutant[] = [
  {
    wrong: 'refuses a large resource when there are time limits',
    caughtBy: 'through a manager, the chunks of a body stay what they were',
    also: [
      'through a manager, an abort in mid-body rejects the read and the next request is whole',
      'through a manager, one resource is copied to another without holding its bytes',
      'through a manager, close ends what is under way',
    ],
    variant: 'lending',
    spoil: refusing('/large'),
  },
  {
    wrong: 'refuses a small resource when there are time limits',
    caughtBy: "through a manager, readInto fills the caller's memory",
    also: ['through a manager, the reply says who served it'],
    variant: 'lending',
    spoil: refusing('/existing'),
  },
  {
    wrong: 'has another name each time',
    caughtBy: 'through a manager, the reply says who served it',
    variant: 'lending',
    spoil(factory) {
      let asked = 0;
      return {
        ...factory,
        get name() {
          return `memory ${asked++}`;
        },
      };
    },
  },
  {
    wrong: 'fails to look when there are time limits',
    caughtBy: 'through a manager, a missing resource is a NetworkError about its URL',
    variant: 'lending',
    spoil: refusing('/missing'),
  },
  {
    wrong: 'hears the signal itself and ends for good',
    caughtBy:
      'through a manager, an abort in mid-body rejects the read and the next request is whole',
    variant: 'lending',
    spoil: backendsOf(getOf('/large'), (backend, { request, factory }) => ({
      ...backend,
      async open() {
        if (aborted.has(factory)) throw failure('operation-canceled', 'it was aborted');
        request.signal?.addEventListener('abort', () => aborted.add(factory));
        return await backend.open();
      },
    })),
  },
  {
    wrong: 'takes a post for a get when there are time limits',
    caughtBy:
      'through a manager, an operation that the backend does not serve is refused with a code',
    variant: 'lending',
    spoil: requests((request) =>
      request.operation === 'post' && isManaged(request) ? { operation: 'get' } : {},
    ),
  },
  {
    wrong: 'cannot take an upload that cannot be taken twice when there are time limits',
    caughtBy: 'through a manager, one resource is copied to another without holding its bytes',
    variant: 'lending',
    spoil: requests((request) => {
      if (isManaged(request) && request.upload?.resettable === false) {
        throw failure('content-re-send', 'the upload cannot be taken twice');
      }
      return {};
    }),
  },
  {
    wrong: 'cannot take an upload that can be taken twice when there are time limits',
    caughtBy: 'through a manager, bytes that were put can be read back',
    variant: 'lending',
    spoil: requests((request) => {
      if (isManaged(request) && request.upload?.resettable === true) {
        throw failure('content-re-send', 'the upload can be taken twice');
      }
      return {};
    }),
  },
  {
    wrong: 'never comes to the end of closing when there are time limits',
    caughtBy: 'through a manager, close ends what is under way',
    variant: 'lending',
    spoil: backendsOf(
      (request) => isManaged(request) && request.signal === undefined && getOf('/large')(request),
      (backend) => ({ ...backend, close: forEver }),
    ),
  },
];

function refusing(path: string): Mutant['spoil'] {
  return backendsOf(
    (request) => isManaged(request) && getOf(path)(request),
    (backend) => ({
      ...backend,
      open: () => Promise.reject(failure('protocol-invalid-operation', 'unknown attributes')),
    }),
  );
}
