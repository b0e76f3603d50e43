import { bytesUpload } from '@netaccess/core';
import {
  certificates,
  end,
  httpServer,
  proxyServer,
  receiveUntil,
  scriptedServer,
  send,
  type HttpServer,
  type HttpServerOptions,
  type Step,
} from '@netaccess/test-servers';
import type { Connector } from '@netaccess/transport';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { HttpOptions } from '../src/index.ts';
import { asking, failureOf, readAll, requestFor, type Asking } from './fixtures/asking.ts';
import { HandClock } from './fixtures/hand-clock.ts';
import { Http2Peer } from './fixtures/http2-peer.ts';
import { NodeTls } from './fixtures/node-tls.ts';
import { data, END_STREAM, head } from './h2/fixtures/frames.ts';

const made = certificates();
const trusting = { originAttributes: { tls: { ca: [made.ca.cert] } } };
const empty = 'HTTP/1.1 204 No Content\r\n\r\n';

async function serve(options: HttpServerOptions): Promise<HttpServer> {
  const server = await httpServer(options);
  onTestFinished(() => server.close());
  return server;
}

function securely(options: HttpOptions = {}): Asking & { readonly tls: NodeTls } {
  const tls = new NodeTls();
  const lent = { resources: { connector: tcpConnector() }, security: { tls }, proxies: [] };
  return { ...asking(options, lent), tls };
}

/** A connector that counts, and connects when it is told. */
function counting(): Connector & { connects: number } {
  const tcp = tcpConnector();
  return {
    connects: 0,
    connect(target, options) {
      this.connects += 1;
      return tcp.connect(target, options);
    },
  };
}

const turn = (): Promise<unknown> => new Promise(setImmediate);

describe('with https', () => {
  it('thirty first requests to an HTTP/2 peer need one connection', async () => {
    const server = await serve({ tls: made.localhost, http2: {} });
    const { ask, tls } = securely();
    const lengths = Array.from({ length: 30 }, (_, index) => index * 1000);
    const answers = await Promise.all(
      lengths.map((length) => ask(server.url(`/bytes/${length}`), trusting)),
    );
    expect(answers.map(({ body }) => body.length)).toEqual(lengths);
    expect(server.accepted).toBe(1);
    expect(tls.asked.map(({ alpn }) => alpn)).toEqual([['h2', 'http/1.1']]);
    expect(answers[0]?.attributes).toMatchObject({
      http2WasUsed: true,
      secured: 'verified',
      tls: { alpn: 'h2' },
      connection: { protocol: 'h2', reused: false },
    });
    expect(answers[29]?.attributes?.connection).toMatchObject({
      reused: true,
      id: answers[0]?.attributes?.connection?.id,
    });
  });

  it('they wait for the answer of an HTTP/1.1 peer too, and then have six connections', async () => {
    const server = await serve({ tls: made.localhost });
    const connector = counting();
    const lent = { resources: { connector }, security: { tls: new NodeTls() }, proxies: [] };
    const clock = new HandClock();
    const { ask } = asking({ clock }, lent);
    const all = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 30 }, async () => {
          const { attributes } = await ask(server.url('/bytes/10'), trusting);
          expect(attributes).toMatchObject({
            http2WasUsed: false,
            connection: { protocol: 'http/1.1' },
          });
        }),
      );
    const first = all();
    await turn();
    expect(connector.connects).toBe(1);
    await first;
    expect(server.accepted).toBe(6);
    // It is remembered what the peer speaks: nobody waits for the first one again.
    clock.advance(120_000);
    await server.whenOpen(0);
    const second = all();
    await turn();
    expect(connector.connects).toBe(12);
    await second;
  });

  it('those who waited try for themselves when the first connection fails', async () => {
    const server = await serve({ tls: made.localhost, http2: {} });
    const tcp = tcpConnector();
    let connects = 0;
    let refuse: (() => void) | undefined;
    const connector: Connector = {
      connect(target, options) {
        connects += 1;
        if (connects > 1) return tcp.connect(target, options);
        return new Promise((_resolve, reject) => {
          refuse = () => reject(Object.assign(new Error('no'), { code: 'connection-refused' }));
        });
      },
    };
    const lent = { resources: { connector }, security: { tls: new NodeTls() }, proxies: [] };
    const { ask } = asking({}, lent);
    const failing = failureOf(ask(server.url('/bytes/1'), trusting));
    const others = [1, 2, 3].map((length) => ask(server.url(`/bytes/${length}`), trusting));
    await turn();
    expect(connects).toBe(1);
    refuse?.();
    expect(await failing).toMatchObject({ code: 'connection-refused' });
    await turn();
    expect(connects).toBe(4);
    expect((await Promise.all(others)).map(({ body }) => body.length)).toEqual([1, 2, 3]);
    // One of them carries all; what the others opened is closed.
    await server.whenOpen(1);
  });

  it('a request that gives up during the handshake takes nobody along', async () => {
    const server = await serve({ tls: made.localhost, http2: {} });
    const { start, ask } = securely();
    const given = start(server.url('/bytes/1'), trusting);
    const failure = failureOf(given.open());
    const other = ask(server.url('/bytes/2'), trusting);
    await turn();
    await given.close();
    expect(await failure).toMatchObject({ code: 'operation-canceled' });
    expect((await other).body).toHaveLength(2);
    await server.whenOpen(1);
  });

  it.each([
    ['the request', {}, { http2Allowed: false }],
    ['the backend', { http2Allowed: false }, {}],
  ])('%s may say HTTP/1.1 only: nothing else is offered', async (_who, options, attributes) => {
    const server = await serve({ tls: made.localhost, http2: {} });
    const { ask, tls } = securely(options);
    const answer = await ask(server.url('/bytes/1'), { ...trusting, attributes });
    expect(answer.attributes).toMatchObject({ http2WasUsed: false, tls: { alpn: 'http/1.1' } });
    expect(tls.asked.map(({ alpn }) => alpn)).toEqual([['http/1.1']]);
    // One that may use HTTP/2 has a connection of its own.
    const other = await ask(server.url('/bytes/1'), {
      ...trusting,
      attributes: { http2Allowed: true },
    });
    expect(other.attributes?.http2WasUsed).toBe(true);
    expect(server.accepted).toBe(2);
  });

  it('prior knowledge offers HTTP/2 alone, and overrides what else is said', async () => {
    const server = await serve({ tls: made.localhost, http2: {} });
    const { ask, tls } = securely({ http2Allowed: false });
    const attributes = { http2Direct: true };
    const answer = await ask(server.url('/bytes/1'), { ...trusting, attributes });
    expect(answer.attributes?.http2WasUsed).toBe(true);
    expect(tls.asked.map(({ alpn }) => alpn)).toEqual([['h2']]);
  });
});

describe('prior knowledge in clear', () => {
  it('needs no answer', async () => {
    const server = await serve({ http2: {} });
    const { ask } = asking({ http2Direct: true });
    const answers = await Promise.all([1, 2, 3].map((n) => ask(server.url(`/bytes/${n}`))));
    expect(answers.map(({ body }) => body.length)).toEqual([1, 2, 3]);
    expect(answers[0]?.attributes).toMatchObject({
      http2WasUsed: true,
      connection: { protocol: 'h2c' },
    });
    expect(server.accepted).toBe(1);
  });

  it('has no fallback: a peer that speaks HTTP/1.1 is a failure', async () => {
    const server = await serve({});
    const { ask } = asking();
    const failure = await failureOf(
      ask(server.url('/bytes/1'), { attributes: { http2Direct: true } }),
    );
    expect(failure.code).toBe('protocol-failure');
    expect(failure.message).toContain(server.url().host);
    await server.whenOpen(0);
  });

  it('goes through an http proxy by a tunnel, for only HTTP/1.1 can be forwarded', async () => {
    const server = await serve({ http2: {} });
    const proxy = await proxyServer({ kind: 'http' });
    onTestFinished(() => proxy.close());
    const { ask } = asking({ http2Direct: true }, { proxies: [proxy.url()] });
    const answer = await ask(server.url('/bytes/10'));
    expect(answer.attributes).toMatchObject({
      http2WasUsed: true,
      connection: { protocol: 'h2c' },
    });
    expect(proxy.traffic.passed).toMatchObject([{ how: 'tunnel' }]);
  });
});

describe('the clear-text upgrade', () => {
  const upgrading = { http2CleartextAllowed: true };
  const switching =
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
  /** Answers in HTTP/2 whatever comes after the upgrade. */
  const goOn: Step = async (peer) => {
    const h2 = new Http2Peer(peer);
    await h2.begin();
    await h2.send(head(1, 200), data(1, 'first', END_STREAM));
    for (;;) {
      const stream = await h2.request();
      await h2.send(head(stream, 200), data(stream, `stream ${stream}`, END_STREAM));
    }
  };

  it('is not asked for by default, nor where HTTP/2 is not allowed, nor of a proxy', async () => {
    const server = await serve({});
    const proxy = await proxyServer({ kind: 'http' });
    onTestFinished(() => proxy.close());
    await asking().ask(server.url('/echo'));
    await asking(upgrading).ask(server.url('/echo'), { attributes: { http2Allowed: false } });
    await asking(upgrading, { proxies: [proxy.url()] }).ask(server.url('/echo'));
    for (const { headers } of server.requests) expect(headers).not.toHaveProperty('upgrade');
    expect(server.requests).toHaveLength(3);
  });

  it('gets the reply to the first request on stream 1, and all others on the same connection', async () => {
    const server = await scriptedServer([receiveUntil(), send(switching), goOn]);
    onTestFinished(() => server.close());
    const { ask } = asking(upgrading);
    const answers = await Promise.all([1, 2, 3].map(() => ask(server.url('/'))));
    expect(answers.map(({ text }) => text)).toEqual(['first', 'stream 3', 'stream 5']);
    expect(server.accepted).toBe(1);
    const sent = server.connections[0]?.text.split('\r\n') ?? [];
    expect(sent).toContain('Connection: Upgrade, HTTP2-Settings');
    expect(sent).toContain('Upgrade: h2c');
    const settings = sent.find((line) => line.startsWith('HTTP2-Settings: '))?.slice(16) ?? '=';
    expect(settings).toMatch(/^[\w-]+$/);
    expect(Buffer.from(settings, 'base64url').length % 6).toBe(0);
    expect(answers[0]?.attributes).toMatchObject({
      http2WasUsed: true,
      connection: { protocol: 'h2c', reused: false },
    });
    expect(answers[2]?.attributes?.connection?.reused).toBe(true);
  });

  it('is asked for once: without it everything stays on HTTP/1.1', async () => {
    const server = await serve({});
    const { ask } = asking({ ...upgrading, connections: 2 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(server.url('/bytes/5'))));
    expect(answers.map(({ body }) => body.length)).toEqual([5, 5, 5, 5, 5]);
    expect(answers.map(({ attributes }) => attributes?.http2WasUsed)).not.toContain(true);
    const asked = server.requests.filter(({ headers }) => headers.upgrade === 'h2c');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBe(server.requests[0]);
    expect(server.accepted).toBe(2);
  });

  it('is not asked for with a body, but by the next request without one', async () => {
    const seen: string[] = [];
    const server = await scriptedServer((connection) =>
      connection > 0
        ? [end()]
        : [
            async (peer) => {
              seen.push(String(await peer.takeUntil('body')));
              await peer.write(empty);
              seen.push(String(await peer.takeUntil('\r\n\r\n')));
              await peer.write(switching);
            },
            goOn,
          ],
    );
    onTestFinished(() => server.close());
    const { ask } = asking(upgrading);
    const upload = bytesUpload('body');
    expect((await ask(server.url('/'), { operation: 'put', upload })).status?.code).toBe(204);
    expect((await ask(server.url('/'))).text).toBe('first');
    expect((await ask(server.url('/'), { operation: 'put', upload })).text).toBe('stream 3');
    expect(seen[0]).not.toContain('h2c');
    expect(seen[1]).toContain('Upgrade: h2c');
  });

  it('is given up with a peer that chokes on the question', async () => {
    const server = await scriptedServer((connection) =>
      connection === 0 ? [receiveUntil(), end()] : [receiveUntil(), send(empty)],
    );
    onTestFinished(() => server.close());
    const { ask } = asking(upgrading);
    const failure = failureOf(ask(server.url('/')));
    const waited = ask(server.url('/'));
    expect(await failure).toMatchObject({ code: 'remote-host-closed' });
    expect((await waited).status?.code).toBe(204);
    expect(server.connections[1]?.text).not.toContain('h2c');
  });

  it('fails when the peer changes to something else', async () => {
    const server = await scriptedServer([
      receiveUntil(),
      send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
    ]);
    onTestFinished(() => server.close());
    const { ask } = asking(upgrading);
    expect(await failureOf(ask(server.url('/')))).toMatchObject({ code: 'protocol-failure' });
  });

  it('is not asked for by a connection that is opened ahead, but by the first request on it', async () => {
    const server = await scriptedServer([receiveUntil(), send(switching), goOn]);
    onTestFinished(() => server.close());
    const { factory } = asking(upgrading);
    const context = { resources: { connector: tcpConnector() }, security: {}, proxies: [] };
    await factory.preconnect?.(requestFor(server.url('/')), context);
    const backend = factory.create(requestFor(server.url('/')), context);
    if (backend === undefined || !('readPointer' in backend)) throw new Error('no backend');
    expect((await readAll(backend)).text).toBe('first');
    expect(server.accepted).toBe(1);
  });
});
