import type { BackendFactory } from '@netaccess/core';

import { FtpBackend } from './backend.ts';
import { operationOf } from './operations/operate.ts';
import { Pool, type PoolOptions } from './pool.ts';

/** How this backend keeps its connections, and what time it is. */
export interface FtpOptions extends PoolOptions {
  /** The wall clock in milliseconds, by which listings are dated that state no year. */
  readonly now?: (() => number) | undefined;
}

/** Makes the backend for `ftp` and `ftps`, with a pool of its own. */
export function ftp(options: FtpOptions = {}): BackendFactory {
  const pool = new Pool(options);
  const means = { pool, now: options.now ?? Date.now };
  return {
    contract: 1,
    name: '@netaccess/backend-ftp',
    schemes: ['ftp', 'ftps'],
    secureSchemes: ['ftps'],
    features: { targetTypes: ['networked'], securityFeatures: ['tls'], ioFeatures: ['zero-copy'] },
    create(request, context) {
      const { protocol } = request.url;
      if (protocol !== 'ftp:' && protocol !== 'ftps:') return undefined;
      const operate = operationOf(request);
      return operate && new FtpBackend({ request, context }, means, operate);
    },
    preconnect: (request, context) => pool.preconnect(request, context),
    clearConnections: () => pool.clear(),
    close: () => pool.close(),
  };
}
