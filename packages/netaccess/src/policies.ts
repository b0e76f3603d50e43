import type { Cache } from '@netaccess/backend-cache';
import {
  auth,
  NetworkError,
  progress,
  redirects,
  type Policy,
  type SchemeTable,
} from '@netaccess/core';

import { lazyDecoding } from './lazy-decoding.ts';
import type { ManagerOptions } from './manager-options.ts';
import type { RequestsInFlight } from './requests-in-flight.ts';

/** Between `http` and `https`; that it does not get less safe is the policy's matter. */
const schemeChanges = [
  ['http', 'https'],
  ['https', 'http'],
] as const;

/** Whoever takes only what is stored gets nothing from the network. */
const withoutCache: Policy = (request, next) => {
  if (request.attributes.cacheLoadControl !== 'always-cache') return next(request);
  const message = 'nothing is stored: this manager has no cache';
  return Promise.reject(new NetworkError('content-not-found', message, { url: request.url }));
};

/** Those that a manager has for itself. */
export interface ManagersOwn {
  readonly cache: Cache | undefined;
  /** Innermost: what is served from the cache is on no connection. */
  readonly inFlight: RequestsInFlight | undefined;
}

/** Every request goes through these, from the first to the last, and its reply back. A test pins the order. */
export function policiesOf(
  options: ManagerOptions,
  schemes: SchemeTable,
  { cache, inFlight }: ManagersOwn,
): readonly Policy[] {
  const { redirect, credentials, policies = [] } = options;
  const rules = typeof redirect === 'string' ? { policy: redirect } : redirect;
  return [
    progress(),
    redirects({ ...rules, schemes, schemeChanges: rules?.schemeChanges ?? schemeChanges }),
    auth({ credentials }),
    ...policies,
    lazyDecoding(),
    cache?.policy ?? withoutCache,
    ...(inFlight ? [inFlight.policy] : []),
  ];
}
