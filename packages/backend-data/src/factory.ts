import type { BackendFactory } from '@netaccess/core';

import { DataBackend } from './backend.ts';

/** Makes the factory for `data:` URLs, which serves `get` and `head` and needs nothing. */
export function data(): BackendFactory {
  return {
    contract: 1,
    name: 'data',
    schemes: ['data'],
    features: { targetTypes: ['local'], ioFeatures: ['zero-copy'] },
    create(request) {
      const { operation, url } = request;
      if (url.protocol !== 'data:' || (operation !== 'get' && operation !== 'head'))
        return undefined;
      return new DataBackend(request);
    },
  };
}
