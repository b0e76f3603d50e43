import { auth, progress, redirects, type Policy, type SchemeTable } from '@netaccess/core';

import { lazyDecoding } from './lazy-decoding.ts';
import type { ManagerOptions } from './manager-options.ts';
import type { RequestsInFlight } from './requests-in-flight.ts';

/** Between `http` and `https`; that it does not get less safe is the policy's matter. */
const schemeChanges = [
  ['http', 'https'],
  ['https', 'http'],
] as const;

/** Every request goes through these, from the first to the last, and its reply back. A test pins the order. */
export function policiesOf(
  options: ManagerOptions,
  schemes: SchemeTable,
  inFlight?: RequestsInFlight,
): readonly Policy[] {
  const { redirect, credentials, policies = [] } = options;
  const rules = typeof redirect === 'string' ? { policy: redirect } : redirect;
  return [
    progress(),
    redirects({ ...rules, schemes, schemeChanges: rules?.schemeChanges ?? schemeChanges }),
    auth({ credentials }),
    ...policies,
    lazyDecoding(),
    ...(inFlight ? [inFlight.policy] : []),
  ];
}
