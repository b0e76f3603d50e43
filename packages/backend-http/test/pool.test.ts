import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bytesUpload, type ReplyHead } from '@netaccess/core';
import {
  end,
  httpServer,
  receiveUntil,
  scriptedServer,
  send,
  stall,
  type HttpServer,
} from '@netaccess/test-servers';
import type { Connector } from '@netaccess/transport';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import { asking, failureOf, readAll, requestFor } from './fixtures/asking.ts';
import { HandClock } from './fixtures/hand-clock.ts';

/** A server whose route `/hold/NAME` answers when the test says so. */
async function holding(): Promise<{
  server: HttpServer;
  release: (name: string) => void;
  seen: () => string[];
}> {
  const held = new Map<string, () => void>();
  const server = await httpServer({
    routes: {
      hold({ reply, parts: [name = ''] }) {
        held.set(name, () => reply.end('done'));
      },
    },
  });
  onTestFinished(() => server.close());
  const release = (name: string): void => {
    const go = held.get(name);
    if (go === undefined) throw new Error(`${name} was not asked for`);
    held.delete(name);
    go();
  };
  return {
    server,
    release,
    seen: () => server.requests.map(({ target }) => target.slice('/hold/'.length)),
  };
}

/** Lets everything happen that needs no more than the loop to turn. */
async function settled(until: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !until(); turn += 1) await new Promise(setImmediate);
  expect(until()).toBe(true);
}

describe('the pool', () => {
  it('opens six connections for one route by default, and says who waits', async () => {
    const { server, release, seen } = await holding();
    const { start } = asking();
    const backends = Array.from({ length: 8 }, (_, index) => start(server.url(`/hold/${index}`)));
    const answers = backends.map((backend) => readAll(backend));
    await settled(() => seen().length === 6);
    expect(server.accepted).toBe(6);
    expect(backends.map(({ waiting }) => waiting)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
    release('3');
    await settled(() => seen().length === 7);
    expect(seen()[6]).toBe('6');
    for (const name of ['0', '1', '2', '4', '5', '6']) release(name);
    await settled(() => seen().length === 8);
    release('7');
    await Promise.all(answers);
    expect(server.accepted).toBe(6);
  });

  it.each([1, 12])('opens as many as it is told: %i', async (connections) => {
    const { server, release, seen } = await holding();
    const { ask } = asking({ connections });
    const names = Array.from({ length: 14 }, (_, index) => String(index));
    const answers = names.map((name) => ask(server.url(`/hold/${name}`)));
    for (const name of names) {
      await settled(() => seen().includes(name));
      expect(server.accepted).toBeLessThanOrEqual(connections);
      release(name);
    }
    await Promise.all(answers);
    expect(server.accepted).toBe(connections);
  });

  it('serves high before normal before low priority, and equals in order', async () => {
    const { server, release, seen } = await holding();
    const { ask } = asking({ connections: 1 });
    const answers = [ask(server.url('/hold/first'))];
    await settled(() => seen().length === 1);
    for (const [name, priority] of [
      ['l1', 'low'],
      ['n1', 'normal'],
      ['h1', 'high'],
      ['l2', 'low'],
      ['n2', undefined],
      ['h2', 'high'],
    ] as const) {
      answers.push(ask(server.url(`/hold/${name}`), { attributes: { priority } }));
    }
    const order = ['first', 'h1', 'h2', 'n1', 'n2', 'l1', 'l2'];
    for (const [index, name] of order.entries()) {
      await settled(() => seen().length === index + 1);
      expect(seen()[index]).toBe(name);
      release(name);
    }
    await Promise.all(answers);
  });

  it('gives a waiting request the connection that is free first, its own or another’s', async () => {
    const { server, release, seen } = await holding();
    let connects = 0;
    let connectSecond: (() => void) | undefined;
    const tcp = tcpConnector();
    const connector: Connector = {
      async connect(target, options) {
        connects += 1;
        if (connects === 2)
          await new Promise<void>((resolve) => {
            connectSecond = resolve;
          });
        return tcp.connect(target, options);
      },
    };
    const { ask } = asking({ connections: 2 }, { resources: { connector } });
    const first = ask(server.url('/hold/a'));
    await settled(() => seen().length === 1);
    const second = ask(server.url('/hold/b'));
    await settled(() => connects === 2);
    release('a');
    await first;
    await settled(() => seen().length === 2);
    release('b');
    expect((await second).attributes?.connection?.reused).toBe(true);
    connectSecond?.();
    await server.whenOpen(2);
    const third = ask(server.url('/hold/c'));
    await settled(() => seen().length === 3);
    release('c');
    await third;
    expect(connects).toBe(2);
  });

  it('lets a request that feeds on another exceed the limit by one', async () => {
    const { server, release, seen } = await holding();
    const { ask } = asking({ connections: 2 });
    const plain = ['a', 'b', 'c'].map((name) => ask(server.url(`/hold/${name}`)));
    await settled(() => seen().length === 2);
    const feeding = ['x', 'y'].map((name) =>
      ask(server.url(`/hold/${name}`), {
        operation: 'put',
        upload: bytesUpload('1'),
        attributes: { mayExceedPool: true },
      }),
    );
    await settled(() => seen().length === 3);
    expect(seen()[2]).toBe('x');
    expect(server.accepted).toBe(3);
    release('x');
    await settled(() => seen().length === 4);
    expect(seen()[3]).toBe('y');
    release('y');
    await Promise.all(feeding);
    for (const name of ['a', 'b']) release(name);
    await settled(() => seen().length === 5);
    release('c');
    await Promise.all(plain);
    expect(server.accepted).toBe(3);
  });

  it('forgets a request that gives up while it waits', async () => {
    const { server, release, seen } = await holding();
    const { ask, start } = asking({ connections: 1 });
    const first = ask(server.url('/hold/a'));
    await settled(() => seen().length === 1);
    const given = start(server.url('/hold/b'));
    const failure = failureOf(given.open());
    const third = ask(server.url('/hold/c'));
    await given.close();
    expect((await failure).code).toBe('operation-canceled');
    release('a');
    await first;
    await settled(() => seen().length === 2);
    release('c');
    await third;
    expect(seen()).toEqual(['a', 'c']);
  });

  it('goes on when a connection cannot be opened: who it was for is told, others try for themselves', async () => {
    const { server, release, seen } = await holding();
    let connects = 0;
    const tcp = tcpConnector();
    const connector: Connector = {
      connect(target, options) {
        connects += 1;
        return connects === 1
          ? Promise.reject(Object.assign(new Error('no way'), { code: 'connection-refused' }))
          : tcp.connect(target, options);
      },
    };
    const { ask } = asking({ connections: 1 }, { resources: { connector } });
    const first = failureOf(ask(server.url('/hold/a')));
    const second = ask(server.url('/hold/b'));
    expect(await first).toMatchObject({ code: 'connection-refused' });
    await settled(() => seen().length === 1);
    release('b');
    await second;
  });

  it('lets nobody fail by the time limit of another, whose connection attempt it took over', async () => {
    const { server, release, seen } = await holding();
    const tcp = tcpConnector();
    let giveUp: (() => void) | undefined;
    let attempts = 0;
    const connector: Connector = {
      connect(target, options) {
        attempts += 1;
        if (attempts !== 2) return tcp.connect(target, options);
        return new Promise((_resolve, reject) => {
          giveUp = () => reject(Object.assign(new Error('too late'), { code: 'timeout' }));
        });
      },
    };
    const { ask } = asking({ connections: 2 }, { resources: { connector } });
    const first = ask(server.url('/hold/first'));
    await settled(() => seen().length === 1);
    const hasty = ask(server.url('/hold/hasty'), { attributes: { timeouts: { connect: 1 } } });
    const patient = ask(server.url('/hold/patient'));
    // The hasty one gets the connection of the first, and the patient one what was being opened for the hasty one.
    release('first');
    await first;
    await settled(() => seen().length === 2);
    giveUp?.();
    await settled(() => seen().length === 3);
    release('hasty');
    release('patient');
    expect((await hasty).text).toBe('done');
    expect((await patient).text).toBe('done');
  });

  it('frees the connection of a small reply before anybody reads it', async () => {
    const { server, release, seen } = await holding();
    const { start, ask } = asking({ connections: 1 });
    const unread = start(server.url('/hold/a'));
    const head: Promise<ReplyHead> = Promise.resolve(unread.open());
    await settled(() => seen().length === 1);
    release('a');
    await head;
    const next = ask(server.url('/hold/b'));
    await settled(() => seen().length === 2);
    release('b');
    expect((await next).text).toBe('done');
    expect(Buffer.from(await unread.readPointer()).toString()).toBe('done');
    await unread.close();
  });

  it('does not mix routes: other TLS options, sockets, hosts and connectors have their own connections', async () => {
    const server = await httpServer();
    onTestFinished(() => server.close());
    const { ask, factory } = asking();
    const other = new URL(server.url('/bytes/1'));
    other.hostname = 'localhost';
    await ask(server.url('/bytes/1'));
    await ask(other);
    expect(server.accepted).toBe(2);
    const context = { resources: { connector: tcpConnector() }, security: {}, proxies: [] };
    const backend = factory.create(requestFor(server.url('/bytes/1')), context);
    if (backend !== undefined && 'readPointer' in backend) await readAll(backend);
    expect(server.accepted).toBe(3);
  });

  it('connects to a unix socket that the request names, whatever the URL’s host', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netaccess-'));
    const path = join(folder, 'socket');
    const server = await httpServer({ path });
    onTestFinished(async () => {
      await server.close();
      await rm(folder, { recursive: true });
    });
    const { ask } = asking({}, { proxies: [new URL('http://127.0.0.1:1')] });
    const answer = await ask(new URL('http://docker/bytes/10'), {
      originAttributes: { unixSocket: path },
    });
    expect(answer.length).toBe(10);
    expect(answer.attributes?.connection?.address).toMatchObject({ address: path, family: 0 });
    expect(server.requests[0]?.headers.host).toBe('docker');
  });
});

describe('an idle connection', () => {
  const reply = (extra = ''): string => `HTTP/1.1 200 OK\r\n${extra}Content-Length: 2\r\n\r\nok`;

  it.each([
    ['120 s by default', {}, undefined, '', 120_000],
    ['as long as the backend is told', { idleExpiry: 5000 }, undefined, '', 5000],
    ['as long as the request says', { idleExpiry: 5000 }, 2000, '', 2000],
    ['not longer than the peer says', {}, undefined, 'Keep-Alive: timeout=5, max=100\r\n', 4000],
  ])('is kept %s', async (_what, options, connectionIdleExpiry, extra, kept) => {
    const server = await scriptedServer([
      receiveUntil(),
      send(reply(extra)),
      receiveUntil(),
      send(reply(extra)),
      stall(),
    ]);
    onTestFinished(() => server.close());
    const clock = new HandClock();
    const { ask } = asking({ ...options, clock });
    const attributes = { connectionIdleExpiry };
    await ask(server.url('/'), { attributes });
    clock.advance(kept - 1);
    await ask(server.url('/'), { attributes });
    expect(server.accepted).toBe(1);
    clock.advance(kept - 1);
    expect(server.open).toBe(1);
    clock.advance(1);
    await server.whenOpen(0);
    expect(clock.alarms).toBe(0);
  });

  it('is not kept at all when the request says 0', async () => {
    const server = await scriptedServer([receiveUntil(), send(reply())]);
    onTestFinished(() => server.close());
    const { ask } = asking();
    await ask(server.url('/'), { attributes: { connectionIdleExpiry: 0 } });
    await server.whenOpen(0);
    expect(server.open).toBe(0);
  });

  it('expires at its own time, each of them', async () => {
    const server = await httpServer();
    onTestFinished(() => server.close());
    const clock = new HandClock();
    const { ask } = asking({ clock });
    await Promise.all(
      [1000, 2000, 3000].map((connectionIdleExpiry) =>
        ask(server.url('/bytes/1'), { attributes: { connectionIdleExpiry } }),
      ),
    );
    expect(server.open).toBe(3);
    for (const left of [2, 1, 0]) {
      clock.advance(1000);
      await server.whenOpen(left);
    }
  });

  it('is closed by clearConnections, and one in use when it is free', async () => {
    const { server, release, seen } = await holding();
    const { ask, factory } = asking();
    await ask(server.url('/bytes/1'));
    const used = ask(server.url('/hold/a'));
    const other = ask(server.url('/bytes/1'));
    await other;
    await settled(() => seen().length === 3);
    await factory.clearConnections?.();
    await server.whenOpen(1);
    release('a');
    await used;
    await server.whenOpen(0);
    expect((await ask(server.url('/bytes/1'))).length).toBe(1);
  });
});

describe('preconnecting', () => {
  it('opens a connection that the next request uses', async () => {
    const server = await httpServer();
    onTestFinished(() => server.close());
    const { factory } = asking();
    const context = { resources: { connector: tcpConnector() }, security: {}, proxies: [] };
    await factory.preconnect?.(requestFor(server.url('/')), context);
    await server.whenOpen(1);
    await factory.preconnect?.(requestFor(server.url('/')), context);
    const backend = factory.create(requestFor(server.url('/bytes/1')), context);
    if (backend === undefined || !('readPointer' in backend)) throw new Error('no backend');
    const answer = await readAll(backend);
    expect(answer.attributes?.connection?.reused).toBe(false);
    expect(server.accepted).toBe(1);
  });

  it('opens a connection that is replaced when the peer closes it unused', async () => {
    const server = await scriptedServer((connection) =>
      connection === 0
        ? [receiveUntil(), end()]
        : [receiveUntil(), send('HTTP/1.1 204 OK\r\n\r\n')],
    );
    onTestFinished(() => server.close());
    const { factory } = asking();
    const context = { resources: { connector: tcpConnector() }, security: {}, proxies: [] };
    await factory.preconnect?.(requestFor(server.url('/')), context);
    const backend = factory.create(requestFor(server.url('/')), context);
    if (backend === undefined || !('readPointer' in backend)) throw new Error('no backend');
    expect((await readAll(backend)).status?.code).toBe(204);
    expect(server.accepted).toBe(2);
  });

  it('fails with the reason, and is given up by the signal', async () => {
    const { factory } = asking();
    const context = { resources: { connector: tcpConnector() }, security: {}, proxies: [] };
    const server = await httpServer();
    const url = server.url('/');
    await server.close();
    expect(await failureOf(factory.preconnect?.(requestFor(url), context))).toMatchObject({
      code: 'connection-refused',
    });
    const abort = new AbortController();
    const hanging: Connector = {
      connect: (_target, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    };
    const given = failureOf(
      factory.preconnect?.(requestFor(url, { signal: abort.signal }), {
        ...context,
        resources: { connector: hanging },
      }),
    );
    abort.abort();
    expect(await given).toMatchObject({ code: 'operation-canceled' });
  });
});

describe('closing the factory', () => {
  it('rejects who waits, and leaves nothing open', async () => {
    const { server, seen } = await holding();
    const { factory, ask } = asking({ connections: 1 });
    const first = failureOf(ask(server.url('/hold/a')));
    await settled(() => seen().length === 1);
    const second = failureOf(ask(server.url('/hold/b')));
    await factory.close?.();
    expect((await second).code).toBe('operation-canceled');
    await first;
    await server.whenOpen(0);
    expect(await failureOf(ask(server.url('/hold/c')))).toMatchObject({
      code: 'operation-canceled',
    });
  });

  it('waits for connections that were being closed already', async () => {
    const server = await scriptedServer([stall()]);
    onTestFinished(() => server.close());
    const tcp = tcpConnector();
    let closed = 0;
    const connector: Connector = {
      async connect(target, options) {
        const channel = await tcp.connect(target, options);
        const close = channel.close.bind(channel);
        channel.close = async () => {
          await close();
          for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
          closed += 1;
        };
        return channel;
      },
    };
    const { start, factory } = asking({}, { resources: { connector } });
    const backend = start(server.url('/'));
    const opened = failureOf(backend.open());
    await server.connection(0);
    await settled(() => server.connections[0]?.text !== '');
    void backend.close();
    await factory.close?.();
    expect(closed).toBeGreaterThan(0);
    expect((await opened).code).toBe('operation-canceled');
  });
});

it('a thousand requests over a few connections all get their own reply', async () => {
  const server = await httpServer();
  onTestFinished(() => server.close());
  const { ask } = asking({ connections: 5 });
  const lengths = Array.from({ length: 1000 }, (_, index) => index * 7);
  const answers = await Promise.all(lengths.map((length) => ask(server.url(`/bytes/${length}`))));
  expect(answers.map(({ body }) => body.length)).toEqual(lengths);
  expect(server.accepted).toBe(5);
});

describe('options that make no sense', () => {
  it('are refused at once', () => {
    for (const connections of [0, -1, NaN])
      expect(() => asking({ connections })).toThrow(RangeError);
  });

  it('but a connection may be kept for ever', async () => {
    const server = await httpServer();
    onTestFinished(() => server.close());
    const clock = new HandClock();
    const { ask } = asking({ clock, idleExpiry: Infinity });
    await ask(server.url('/bytes/1'));
    clock.advance(2 ** 32);
    await ask(server.url('/bytes/1'));
    expect(server.accepted).toBe(1);
  });
});
