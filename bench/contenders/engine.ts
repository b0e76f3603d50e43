import { http } from '@netaccess/backend-http';
import type {
  Backend,
  BackendContext,
  BackendFactory,
  Request,
  ZeroCopyBackend,
} from '@netaccess/core';
import { tcpConnector } from '@netaccess/transport/node';

import { contend } from '../contender.ts';

// Engine, pool and channel alone: what core would call, called by hand.

let factory: BackendFactory = http();
const context: BackendContext = {
  resources: { connector: tcpConnector() },
  security: {},
  proxies: [],
};
let request: Request | undefined;

contend({
  prepare({ connections }) {
    factory = http({ connections });
  },
  async get(url) {
    request ??= {
      operation: 'get',
      url: new URL(url),
      headers: [],
      attributes: {},
      originAttributes: {},
    };
    const backend = lending(factory.create(request, context));
    await backend.open();
    let bytes = 0;
    for (;;) {
      const lent = backend.readPointer();
      const view = lent instanceof Uint8Array ? lent : await lent;
      if (view.length === 0) break;
      bytes += view.length;
      backend.advanceReadPointer(view.length);
    }
    await backend.close();
    return bytes;
  },
});

function lending(backend: Backend | undefined): ZeroCopyBackend {
  if (backend === undefined || !('readPointer' in backend))
    throw new Error('the backend lends no views');
  return backend;
}
