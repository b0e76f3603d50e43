import type {} from '@netaccess/backend-cache';
import type { Request as ManagerRequest } from '@netaccess/core';

/** A caller who states one of these keeps a cache of their own (Fetch §4.6). */
const conditions = [
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'if-match',
  'if-range',
];

const untouched = { cacheLoadControl: 'always-network', cacheSaveControl: false } as const;

/** What the request's cache mode means to the manager's cache; the fields that go with it are the standard's. */
export function cacheAttributes({ cache, headers }: Request): ManagerRequest['attributes'] {
  switch (cache) {
    case 'no-store':
      return untouched;
    case 'reload':
      return { cacheLoadControl: 'always-network' };
    case 'no-cache':
      return { cacheConfirm: true };
    case 'force-cache':
      return { cacheLoadControl: 'prefer-cache' };
    case 'only-if-cached':
      return { cacheLoadControl: 'always-cache' };
    default:
      return conditions.some((name) => headers.has(name)) ? untouched : {};
  }
}
