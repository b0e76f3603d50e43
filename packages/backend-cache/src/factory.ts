import type { Backend, BackendFactory, Request } from '@netaccess/core';

import { CacheBackend } from './backend.ts';
import { Desk } from './desk.ts';
import { lookupAt } from './lookup.ts';
import type { CacheOptions } from './options.ts';
import { isLocal } from './policy.ts';
import type { CacheStore } from './store.ts';

/**
 * Serves what is stored, for every scheme, and only requests with `cacheLoadControl: "always-cache"`: others are left to other factories.
 * Asked before all of them.
 */
export function cacheBackend(store: CacheStore, options: CacheOptions = {}): BackendFactory {
  const lookup = lookupAt(new Desk(store, options));
  return {
    contract: 1,
    name: '@netaccess/backend-cache',
    schemes: ['*'],
    features: { targetTypes: ['local'], ioFeatures: ['zero-copy'] },
    create(request: Request): Backend | undefined {
      const { attributes, url } = request;
      if (attributes.cacheLoadControl !== 'always-cache' || isLocal(url)) return undefined;
      return new CacheBackend(request, lookup);
    },
  };
}
