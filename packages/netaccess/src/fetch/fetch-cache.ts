import type { RequestAttributes } from '@netaccess/core';

/** A caller who states one of these keeps a cache of their own, which a private one would be in the way of (Fetch §4.6). */
const conditions = [
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'if-match',
  'if-range',
];

const untouched = { cacheLoadControl: 'always-network', cacheSaveControl: false } as const;
const modes: Readonly<Partial<Record<RequestCache, RequestAttributes>>> = {
  'no-store': untouched,
  reload: { cacheLoadControl: 'always-network' },
  'no-cache': { cacheConfirm: true },
  'force-cache': { cacheLoadControl: 'prefer-cache' },
  'only-if-cached': { cacheLoadControl: 'always-cache' },
};

/** What the request's cache mode means to the manager's cache; the fields that go with it are the standard's. */
export function cacheAttributes(
  { cache, headers }: Request,
  sharedCache: boolean,
): RequestAttributes | undefined {
  const own = cache === 'default' && !sharedCache && conditions.some((name) => headers.has(name));
  return own ? untouched : modes[cache];
}
