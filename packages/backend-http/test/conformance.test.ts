import { nodeHandles } from '@netaccess/conformance/node-handles';
import { testConformance } from '@netaccess/conformance/vitest';
import {
  httpServer,
  patternBytes,
  proxyServer,
  scriptedServer,
  send,
  stall,
} from '@netaccess/test-servers';
import { receiveUntil } from '@netaccess/test-servers';
import { tcpConnector } from '@netaccess/transport/node';
import { afterAll } from 'vitest';

import { http } from '../src/index.ts';

const stored = new Map<string, Buffer>();
const server = await httpServer({
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
  },
});
const proxy = await proxyServer({ kind: 'http' });
const stalled = await scriptedServer([receiveUntil(), stall()]);
const broken = await scriptedServer([
  receiveUntil(),
  send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'),
  (peer) => void peer.socket.end(),
]);

afterAll(async () => {
  await Promise.all([server.close(), proxy.close(), stalled.close(), broken.close()]);
});

let targets = 0;
testConformance('http', {
  factory: () => http(),
  served: {
    existing: { url: server.url('/bytes/1000'), bytes: patternBytes(1000) },
    other: { url: server.url('/bytes/1000?seed=1'), bytes: patternBytes(1000, 1) },
    large: { url: server.url('/bytes/3000000'), bytes: patternBytes(3_000_000) },
    empty: server.url('/bytes/0'),
    missing: server.url('/nothing'),
    forbidden: server.url('/status/403/Forbidden'),
    broken: broken.url(),
    failing: [{ url: server.url('/status/500/Broken'), code: 'internal-server' }],
    stalledHead: stalled.url(),
    stalledBody: server.url('/stall/1000'),
  },
  writable: {
    target: () => server.url(`/stored/${(targets += 1)}`),
    stored: (url) => stored.get(url.pathname.slice('/stored/'.length)),
  },
  operations: ['head', 'get', 'put', 'post', 'delete', 'custom'],
  lent: { resources: { connector: tcpConnector() } },
  proxy: { url: proxy.url(), used: () => proxy.traffic.passed.length },
  openHandles: nodeHandles,
});
