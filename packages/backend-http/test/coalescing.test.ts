import { bytesUpload } from '@netaccess/core';
import { certificates, httpServer, proxyServer, type HttpServer } from '@netaccess/test-servers';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { HttpOptions } from '../src/index.ts';
import { asking, type Asking } from './fixtures/asking.ts';
import { NodeTls } from './fixtures/node-tls.ts';

const made = certificates();
const trusting = { originAttributes: { tls: { ca: [made.ca.cert] } } };
const coalescing: HttpOptions = { http2: { coalescing: true } };

/** A server with two names: 127.0.0.1 and localhost. `picky` takes requests to the latter on connections of their own. */
async function serve(tls = made.localhost): Promise<HttpServer> {
  const server: HttpServer = await httpServer({
    http2: {},
    tls,
    routes: {
      picky({ request, reply }) {
        const misdirected = 'stream' in request && server.sessions.length === 1;
        reply.writeHead(misdirected ? 421 : 200).end();
      },
    },
  });
  onTestFinished(() => server.close());
  return server;
}

function other(url: URL): URL {
  return new URL(url.href.replace('127.0.0.1', 'localhost'));
}

function securely(options: HttpOptions, proxies: readonly URL[] = []): Asking {
  const security = { tls: new NodeTls() };
  return asking(options, { resources: { connector: tcpConnector() }, security, proxies });
}

describe('a connection to another origin of the same peer', () => {
  it('is used where the options say so, and its stream limit is heeded', async () => {
    const server = await serve();
    const { ask } = securely(coalescing);
    const first = await ask(server.url('/bytes/1'), trusting);
    const answers = await Promise.all(
      [1, 2, 3].map((length) => ask(other(server.url(`/bytes/${length}`)), trusting)),
    );
    expect(answers.map(({ body }) => body.length)).toEqual([1, 2, 3]);
    const [id] = [first.attributes?.connection?.id];
    for (const { attributes } of answers)
      expect(attributes?.connection).toMatchObject({ id, reused: true });
    expect(server.sessions).toHaveLength(1);
    await server.whenOpen(1);
  });

  it('is not used by default', async () => {
    const server = await serve();
    const { ask } = securely({});
    await ask(server.url('/bytes/1'), trusting);
    await ask(other(server.url('/bytes/1')), trusting);
    expect(server.sessions).toHaveLength(2);
  });

  it.each([
    ['other TLS options', { ca: [made.ca.cert], minimumVersion: 'TLSv1.3' }],
    ['a client certificate', { ca: [made.ca.cert], certificate: made.localhost.cert }],
    ['a name that the caller states', { ca: [made.ca.cert], serverName: 'localhost' }],
    ['errors that are accepted', { ca: [made.ca.cert], ignoreErrors: 'all' }],
  ] as const)('is not used with %s', async (_what, tls) => {
    const server = await serve();
    const { ask } = securely(coalescing);
    await ask(server.url('/bytes/1'), trusting);
    await ask(other(server.url('/bytes/1')), { originAttributes: { tls } });
    expect(server.sessions).toHaveLength(2);
  });

  it('is not used for a host that is not in its certificate, nor at another port', async () => {
    const [server, elsewhere] = [await serve(made.wrongName), await serve()];
    const { ask } = securely(coalescing);
    const accepting = {
      originAttributes: { tls: { ca: [made.ca.cert], ignoreErrors: 'all' } },
    } as const;
    await ask(server.url('/bytes/1'), accepting);
    await ask(other(server.url('/bytes/1')), accepting);
    expect(server.sessions).toHaveLength(2);
    await ask(elsewhere.url('/bytes/1'), accepting);
    expect(elsewhere.sessions).toHaveLength(1);
  });

  it('is not used through a proxy', async () => {
    const server = await serve();
    const proxy = await proxyServer({ kind: 'http' });
    onTestFinished(() => proxy.close());
    const { ask } = securely(coalescing, [proxy.url()]);
    await ask(server.url('/bytes/1'), trusting);
    await ask(other(server.url('/bytes/1')), trusting);
    expect(server.sessions).toHaveLength(2);
  });

  it('is not used any more when the peer says that the request was misdirected', async () => {
    const server = await serve();
    const { ask } = securely(coalescing);
    await ask(server.url('/bytes/1'), trusting);
    const upload = bytesUpload('x');
    const answer = await ask(other(server.url('/picky')), {
      ...trusting,
      operation: 'post',
      upload,
    });
    expect(answer.status?.code).toBe(200);
    expect(server.sessions).toHaveLength(2);
    await ask(other(server.url('/bytes/1')), trusting);
    expect(server.requests.at(-1)?.connection).toBe(1);
  });

  it('whose peer goes away is left, and another one opened', async () => {
    const server = await serve();
    const { ask } = securely(coalescing);
    await ask(server.url('/bytes/1'), trusting);
    await ask(other(server.url('/bytes/1')), trusting);
    server.sessions[0]?.close();
    await server.whenOpen(0);
    expect((await ask(other(server.url('/bytes/7')), trusting)).body).toHaveLength(7);
    expect(server.sessions).toHaveLength(2);
  });

  it('a misdirected request on a connection of its own is just that', async () => {
    const server = await serve();
    const { ask } = securely(coalescing);
    expect((await ask(server.url('/picky'), trusting)).status?.code).toBe(421);
    expect(server.sessions).toHaveLength(1);
  });
});
