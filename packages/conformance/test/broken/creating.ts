import type { Backend, Operation, Request } from '@netaccess/core';

import { failure } from '../memory-backend.ts';
import { requests } from './mutant.ts';
import type { Mutant } from './mutant.ts';

const known: ReadonlySet<Operation> = new Set(['get', 'head', 'put', 'post', 'delete', 'custom']);
const kept = new WeakMap<Request, Backend | undefined>();

export const creatingMutants: readonly Mutant[] = [
  {
    wrong: 'takes every unknown operation for a get',
    caughtBy: 'create declines an operation that the contract does not know',
    variant: 'lending',
    spoil: requests(({ operation }) => (known.has(operation) ? {} : { operation: 'get' })),
  },
  {
    wrong: 'takes a delete for a get',
    caughtBy: 'create declines the operations that the backend does not serve',
    variant: 'lending',
    spoil: requests(({ operation }) => (operation === 'delete' ? { operation: 'get' } : {})),
  },
  {
    wrong: 'does not look at the scheme',
    caughtBy: 'create declines a scheme that is not its own',
    variant: 'lending',
    spoil: requests(({ url }) =>
      url.protocol.startsWith('x-') ? { url: new URL('memory://host/existing') } : {},
    ),
  },
  {
    wrong: 'looks into the store while it creates',
    caughtBy: 'create leaves it to open to find out that a resource is missing',
    also: [
      'close after a failed open resolves, and the next transfer is whole',
      'a missing resource fails with content-not-found',
      'a failure does not quote the password of the URL',
      'nothing is left open after transfers that failed',
    ],
    variant: 'lending',
    spoil: requests(({ url }) => {
      if (url.pathname === '/missing') throw failure('content-not-found', 'it is not there');
      return {};
    }),
  },
  {
    wrong: 'connects while it creates',
    caughtBy: 'create calls nothing that it is lent',
    variant: 'remote',
    spoil: requests((_request, { resources }) => {
      resources.memoryLinks?.connect(undefined).close();
      return {};
    }),
  },
  {
    wrong: 'opens the upload while it creates',
    caughtBy: 'create does not open the upload',
    also: ['a put of a range is refused and changes nothing'],
    variant: 'lending',
    spoil: requests(({ upload }) => {
      if (upload === undefined) return {};
      const views = upload.open();
      return {
        upload: { resettable: upload.resettable, opened: true, open: () => views },
      };
    }),
  },
  {
    wrong: 'gives the same backend for the same request',
    caughtBy: 'create gives every request a backend of its own',
    variant: 'lending',
    spoil: (factory) => ({
      ...factory,
      create(request, context) {
        const backend = kept.get(request) ?? factory.create(request, context);
        kept.set(request, backend);
        return backend;
      },
    }),
  },
];
