import {
  certificates,
  httpServer,
  proxyServer,
  scriptedServer,
  stall,
  type HttpServer,
} from '@netaccess/test-servers';
import type { AskCredentials } from '@netaccess/transport';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import { asking, failureOf, readAll, type Asking } from './fixtures/asking.ts';
import { NodeTls } from './fixtures/node-tls.ts';

const made = certificates();

async function secureServer(
  options: { readonly ALPNProtocols?: string[] } = {},
): Promise<HttpServer> {
  const server = await httpServer({ tls: { ...made.localhost, ...options } });
  onTestFinished(() => server.close());
  return server;
}

function securely(tls: NodeTls = new NodeTls(), proxies: readonly URL[] = []): Asking {
  return asking({}, { resources: { connector: tcpConnector() }, security: { tls }, proxies });
}

describe('https', () => {
  const trusting = { originAttributes: { tls: { ca: [made.ca.cert] } } };

  it('is http on a secured channel, and says so', async () => {
    const server = await secureServer();
    const tls = new NodeTls();
    const { ask } = securely(tls);
    const answer = await ask(server.url('/bytes/1000'), trusting);
    expect(answer).toMatchObject({
      length: 1000,
      attributes: {
        secured: 'verified',
        tls: { alpn: 'http/1.1', errors: [] },
        connection: { protocol: 'http/1.1', reused: false },
      },
    });
    expect(answer.attributes?.connection?.timings.secured).toBeGreaterThan(0);
    expect(tls.asked[0]).toMatchObject({ serverName: '127.0.0.1', alpn: ['h2', 'http/1.1'] });
    expect((await ask(server.url('/bytes/1'), trusting)).attributes?.connection?.reused).toBe(true);
  });

  it('is unverified when errors were accepted', async () => {
    const server = await secureServer();
    const { ask } = securely();
    const answer = await ask(server.url('/bytes/1'), {
      originAttributes: { tls: { ignoreErrors: 'all' } },
    });
    expect(answer.attributes?.secured).toBe('unverified');
  });

  it('has connections of its own for other TLS options, which equal contents are not', async () => {
    const server = await secureServer();
    const { ask } = securely();
    const again = { originAttributes: { tls: { ca: [made.ca.cert] } } };
    await ask(server.url('/bytes/1'), trusting);
    await ask(server.url('/bytes/1'), again);
    expect(server.accepted).toBe(1);
    await ask(server.url('/bytes/1'), {
      originAttributes: { tls: { ca: [made.ca.cert], minimumVersion: 'TLSv1.3' } },
    });
    await ask(server.url('/bytes/1'), {
      originAttributes: { tls: { ca: [Buffer.from(made.ca.cert)], ignoreErrors: 'all' } },
    });
    expect(server.accepted).toBe(3);
  });

  it('has connections of its own for whoever has alert functions, decisions or pins of its own', async () => {
    const server = await secureServer();
    const { ask } = securely();
    const ca = [made.ca.cert];
    const mine = (): undefined => undefined;
    const theirs = (): undefined => undefined;
    for (const [tls, accepted] of [
      [{ ca, onAlertReceived: mine }, 1],
      [{ ca, onAlertReceived: mine }, 1],
      [{ ca, onAlertReceived: theirs }, 2],
      [{ ca, onAlertSent: mine }, 3],
      [{ ca, onHandshakeInterrupted: () => true }, 4],
      [{ ca, onHandshakeInterrupted: () => true }, 5],
      [{ ca, pinnedPublicKeys: ['sha256/mine'] }, 6],
      [{ ca, pinnedPublicKeys: ['sha256/theirs'] }, 7],
    ] as const) {
      await ask(server.url('/bytes/1'), { originAttributes: { tls } });
      expect(server.accepted).toBe(accepted);
    }
  });

  it('resumes sessions on the next connection of the route', async () => {
    const server = await secureServer();
    const { ask } = securely();
    const first = await ask(server.url('/bytes/1'), {
      ...trusting,
      headers: [['Connection', 'close']],
    });
    const second = await ask(server.url('/bytes/1'), trusting);
    expect([first, second].map(({ attributes }) => attributes?.tls?.resumed)).toEqual([
      false,
      true,
    ]);
  });

  it('fails when the peer is not who it should be, and leaves nothing open', async () => {
    const server = await secureServer();
    const { ask } = securely();
    expect(await failureOf(ask(server.url('/')))).toMatchObject({ code: 'tls-handshake-failed' });
    await server.whenOpen(0);
  });

  it('is given up in the middle of the handshake', async () => {
    const server = await scriptedServer([stall()]);
    onTestFinished(() => server.close());
    const { start } = securely();
    const backend = start(new URL(`https://127.0.0.1:${server.port}/`), trusting);
    const failure = failureOf(backend.open());
    await server.connection(0);
    await backend.close();
    expect((await failure).code).toBe('operation-canceled');
    await server.whenOpen(0);
  });

  it('goes through a tunnel where a proxy is named', async () => {
    const server = await secureServer();
    const proxy = await proxyServer({ kind: 'http' });
    onTestFinished(() => proxy.close());
    const { ask } = securely(new NodeTls(), [proxy.url()]);
    const answer = await ask(server.url('/bytes/10'), trusting);
    expect(answer.attributes?.connection?.proxy?.host).toBe(proxy.url().host);
    expect(proxy.traffic.passed).toMatchObject([{ how: 'tunnel', target: server.url().host }]);
  });

  it('waits for the person who knows the proxy’s password, which is not the peer’s time', async () => {
    const server = await secureServer();
    const proxy = await proxyServer({ kind: 'http', users: { me: 'pw' } });
    onTestFinished(() => proxy.close());
    const { start } = securely(new NodeTls(), [proxy.url()]);
    const seen: (boolean | undefined)[] = [];
    const proxyCredentials: AskCredentials = async () => {
      seen.push(backend.waiting);
      return { user: 'me', password: 'pw' };
    };
    const backend = start(server.url('/bytes/10'), {
      ...trusting,
      attributes: { proxyCredentials },
    });
    expect((await readAll(backend)).length).toBe(10);
    expect([...seen, backend.waiting]).toEqual([true, false]);
  });

  it('refuses a protocol that it did not offer', async () => {
    const server = await secureServer();
    const tls = new NodeTls();
    const secure = tls.secure.bind(tls);
    tls.secure = async (channel, options) => {
      const secured = await secure(channel, options);
      return Object.assign(secured, { tls: { ...secured.tls, alpn: 'spdy/3' } });
    };
    const { ask } = securely(tls);
    const failure = await failureOf(ask(server.url('/'), trusting));
    expect(failure).toMatchObject({ code: 'tls-handshake-failed' });
    expect(failure.message).toContain('"spdy/3"');
    await server.whenOpen(0);
  });
});
