import type { BackendFactory } from '@netaccess/core';

import { cacheBackend } from './factory.ts';
import { memoryStore } from './memory/memory-store.ts';

/** Makes the factory over a store in memory that nothing fills: a cache is made with a store and a policy, by `cache()`. */
export function plugin(): BackendFactory {
  return cacheBackend(memoryStore());
}
