import { nodeHandles } from '@netaccess/conformance/node-handles';
import { testConformance } from '@netaccess/conformance/vitest';
import {
  certificates,
  httpServer,
  patternBytes,
  proxyServer,
  type HttpServer,
} from '@netaccess/test-servers';
import type { TlsProvider } from '@netaccess/transport';
import { tcpConnector } from '@netaccess/transport/node';
import { afterAll } from 'vitest';

import { http } from '../src/index.ts';
import { NodeTls } from './fixtures/node-tls.ts';

const made = certificates();
const stored = new Map<string, Buffer>();

/** Trusts the authority of the test servers, whatever a request says. */
const trusting: TlsProvider = {
  secure: (channel, options) => new NodeTls().secure(channel, { ...options, ca: made.ca.cert }),
};

function serve(secure: boolean): Promise<HttpServer> {
  return httpServer({
    http2: {},
    tls: secure ? made.localhost : undefined,
    routes: {
      async stored({ request, reply, parts: [name = ''] }) {
        if (request.method === 'GET') {
          reply.end(stored.get(name));
          return;
        }
        if (request.headers.expect !== undefined) reply.writeContinue();
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        stored.set(name, Buffer.concat(chunks));
        reply.writeHead(201).end();
      },
      broken({ reply }) {
        reply.writeHead(200, { 'content-length': 100 });
        reply.write('abc', () => reply.destroy(new Error('broken')));
      },
    },
  });
}

const proxy = await proxyServer({ kind: 'http' });
afterAll(() => proxy.close());

let targets = 0;
for (const [name, secure] of [
  ['http over HTTP/2 by negotiation', true],
  ['http over HTTP/2 by prior knowledge', false],
] as const) {
  const server = await serve(secure);
  afterAll(() => server.close());
  testConformance(name, {
    factory: () => http({ http2Direct: !secure }),
    served: {
      existing: { url: server.url('/bytes/1000'), bytes: patternBytes(1000) },
      other: { url: server.url('/bytes/1000?seed=1'), bytes: patternBytes(1000, 1) },
      large: { url: server.url('/bytes/3000000'), bytes: patternBytes(3_000_000) },
      empty: server.url('/bytes/0'),
      missing: server.url('/nothing'),
      forbidden: server.url('/status/403'),
      broken: server.url('/broken'),
      failing: [{ url: server.url('/status/500'), code: 'internal-server' }],
      stalledHead: server.url('/stall'),
      stalledBody: server.url('/stall/1000'),
    },
    writable: {
      target: () => server.url(`/stored/${(targets += 1)}`),
      stored: (url) => stored.get(url.pathname.slice('/stored/'.length)),
    },
    operations: ['head', 'get', 'put', 'post', 'delete', 'custom'],
    lent: { resources: { connector: tcpConnector() }, security: { tls: trusting } },
    proxy: { url: proxy.url(), used: () => proxy.traffic.passed.length },
    openHandles: nodeHandles,
  });
}
