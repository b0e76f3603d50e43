import { cache, type Cache } from '@netaccess/backend-cache';

import type { ManagerOptions } from './manager-options.ts';

/** The cache that the option asks for. */
export function cacheOf(option: ManagerOptions['cache']): Cache | undefined {
  if (option === undefined) return undefined;
  if ('store' in option) return cache(option.store, option);
  return cache(option);
}
