import type { NetworkErrorCode } from '@netaccess/core';

import { networkFailure } from './network-failure.ts';
import { describeProxy } from './proxy-url.ts';

const ofProxy: Readonly<Record<string, NetworkErrorCode>> = {
  'connection-refused': 'proxy-connection-refused',
  'remote-host-closed': 'proxy-connection-closed',
  'host-not-found': 'proxy-not-found',
  timeout: 'proxy-timeout',
  'temporary-network-failure': 'proxy-not-found',
};

/** What kept a proxy from being reached, in the words for proxies; anything else stays as it is. */
export function proxyFailure(error: unknown, proxy: URL): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = typeof error.code === 'string' ? ofProxy[error.code] : undefined;
  if (code === undefined) return error;
  const temporary = 'temporary' in error && error.temporary === true;
  return networkFailure(code, `proxy ${describeProxy(proxy)}: ${error.message}`, {
    cause: error,
    temporary,
  });
}
