import { nodeHandles } from '@netaccess/conformance/node-handles';
import { testConformance } from '@netaccess/conformance/vitest';
import {
  certificates,
  ftpServer,
  patternBytes,
  proxyServer,
  type FtpServerOptions,
} from '@netaccess/test-servers';
import { nodeTls } from '@netaccess/tls';
import { tcpConnector } from '@netaccess/transport/node';
import { afterAll } from 'vitest';

import { ftp } from '../src/index.ts';

const { ca, localhost } = certificates();
const tls = { key: localhost.key, cert: localhost.cert };
await kit('ftp', {});
await kit('ftp with explicit TLS', { tls, requiresSession: true });
await kit('ftps', { tls, implicit: true, requiresSession: true });

async function kit(name: string, options: FtpServerOptions): Promise<void> {
  const files = new Map<string, Uint8Array>([
    ['/login/existing', patternBytes(1_000)],
    ['/login/other', patternBytes(1_000, 1)],
    ['/login/large', patternBytes(3_000_000)],
    ['/login/empty', new Uint8Array(0)],
    ['/login/folder/x', patternBytes(1)],
  ]);
  const server = await ftpServer({
    ...options,
    files,
    scripts: {
      MLST: (path) =>
        ({
          forbidden: '550 Permission denied.',
          silent: '',
          broken: '502 Not for that.',
          stalled: '502 Not for that.',
        })[path],
      RETR: async (path, session) => {
        if (path === 'forbidden') return '550 Permission denied.';
        if (path !== 'broken' && path !== 'stalled') return undefined;
        await session.carry('RETR', '150 Opening.', async (data) => {
          await data.write('abc');
          if (path === 'broken') session.verdict = '426 Broken off.';
          else await data.readAll();
          data.socket.destroy();
        });
        session.verdict = undefined;
        return '';
      },
    },
  });
  const proxy = await proxyServer({ kind: 'socks5' });
  afterAll(async () => {
    await Promise.all([server.close(), proxy.close()]);
  });
  let targets = 0;
  testConformance(name, {
    factory: () => ftp(),
    served: {
      existing: { url: server.url('/existing'), bytes: patternBytes(1_000) },
      other: { url: server.url('/other'), bytes: patternBytes(1_000, 1) },
      large: { url: server.url('/large'), bytes: patternBytes(3_000_000) },
      empty: server.url('/empty'),
      missing: server.url('/missing'),
      forbidden: server.url('/forbidden'),
      broken: server.url('/broken'),
      failing: [{ url: server.url('/folder'), code: 'content-operation-not-permitted' }],
      stalledHead: server.url('/silent'),
      stalledBody: server.url('/stalled'),
    },
    writable: {
      target: () => server.url(`/put-${(targets += 1)}`),
      stored: (url) => files.get(`/login${url.pathname}`),
      atomic: true,
    },
    operations: ['head', 'get', 'put', 'delete', 'custom'],
    lent: {
      resources: { connector: tcpConnector() },
      security: { tls: nodeTls({ ca: [ca.cert] }) },
    },
    proxy: { url: proxy.url(), used: () => proxy.traffic.passed.length },
    openHandles: nodeHandles,
  });
}
