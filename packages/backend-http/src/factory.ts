import type { BackendFactory, Operation, Request } from '@netaccess/core';

import { HttpBackend } from './backend.ts';
import { outgoing } from './outgoing.ts';
import { Pool, type PoolOptions } from './pool.ts';

const operations: ReadonlySet<string> = new Set<Operation>([
  'head',
  'get',
  'put',
  'post',
  'delete',
  'custom',
]);

function serves({ operation, url: { protocol } }: Request): boolean {
  return operations.has(operation) && (protocol === 'http:' || protocol === 'https:');
}

/** How this backend keeps its connections. */
export type HttpOptions = PoolOptions;

/** Makes the backend for `http` and `https`, with a pool of its own. */
export function http(options: HttpOptions = {}): BackendFactory {
  const pool = new Pool(options);
  return {
    contract: 1,
    name: '@netaccess/backend-http',
    schemes: ['http', 'https'],
    secureSchemes: ['https'],
    features: { targetTypes: ['networked'], securityFeatures: ['tls'], ioFeatures: ['zero-copy'] },
    create: (request, context) =>
      serves(request) ? new HttpBackend(request, context, pool) : undefined,
    preconnect: (request, context) => pool.preconnect(request, context, outgoing(request).origin),
    clearConnections: () => pool.clear(),
    close: () => pool.close(),
  };
}
