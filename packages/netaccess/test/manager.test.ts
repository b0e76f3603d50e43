import { NetworkError, type BackendFactory, type Credentials, type Reply } from '@netaccess/core';
import {
  certificates,
  type Echo,
  ftpServer,
  type HttpServer,
  httpServer,
  patternBytes,
  proxyServer,
} from '@netaccess/test-servers';
import { memoryChannelPair } from '@netaccess/transport';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createManager, type NetworkAccessManager } from '../src/manager.ts';

let server: HttpServer;
let manager: NetworkAccessManager;

beforeAll(async () => {
  server = await httpServer();
  manager = createManager();
});
afterAll(async () => {
  await manager.close();
  await server.close();
});

async function failure(promise: Promise<unknown>): Promise<NetworkError> {
  const error: unknown = await promise.then(
    () => new Error('nothing failed'),
    (reason: unknown) => reason,
  );
  if (NetworkError.is(error)) return error;
  throw error;
}

async function echoed(reply: Promise<Reply>): Promise<Echo> {
  return (await (await reply).json()) as Echo;
}

describe('a manager', () => {
  it('knows its schemes without loading anything', () => {
    const fresh = createManager();
    expect(fresh.supportedSchemes).toEqual(['data', 'file', 'ftp', 'ftps', 'http', 'https']);
    const described = fresh.schemes();
    expect(described.map(({ scheme, package: name, loaded }) => [scheme, name, loaded])).toEqual([
      ['data', '@netaccess/backend-data', false],
      ['file', '@netaccess/backend-file', false],
      ['ftp', '@netaccess/backend-ftp', false],
      ['ftps', '@netaccess/backend-ftp', false],
      ['http', '@netaccess/backend-http', false],
      ['https', '@netaccess/backend-http', false],
    ]);
  });
  it('says who serves a scheme once it was asked for', async () => {
    await using fresh = createManager();
    await (await fresh.get('data:,x')).close();
    const data = fresh.schemes().find(({ scheme }) => scheme === 'data');
    expect(data).toMatchObject({ loaded: true, features: { targetTypes: ['local'] } });
  });
  it.each([
    ['get', 'GET'],
    ['post', 'POST'],
    ['put', 'PUT'],
    ['delete', 'DELETE'],
  ] as const)('has an operation %s', async (operation, method) => {
    expect((await echoed(manager[operation](server.url('/echo')))).method).toBe(method);
  });
  it('has a head, which has no body', async () => {
    const reply = await manager.head(server.url('/bytes/10'));
    expect(reply.request.operation).toBe('head');
    expect(await reply.bytes()).toHaveLength(0);
  });
  it('has verbs of the caller’s own', async () => {
    expect((await echoed(manager.custom('PATCH', server.url('/echo'), { body: 'x' }))).method).toBe(
      'PATCH',
    );
    expect((await echoed(manager.custom('get', server.url('/echo')))).method).toBe('GET');
  });
  it('sends bodies with length and type', async () => {
    const echo = await echoed(
      manager.post(server.url('/echo'), { body: new URLSearchParams({ a: 'b' }) }),
    );
    expect(echo.length).toBe(3);
    expect(echo.rawHeaders.map((text) => text.toLowerCase())).toEqual(
      expect.arrayContaining([
        'content-length',
        '3',
        'application/x-www-form-urlencoded;charset=utf-8',
      ]),
    );
  });
  it('hands over failing answers as replies', async () => {
    const reply = await manager.get(server.url('/status/404'));
    expect(reply.error?.code).toBe('content-not-found');
    expect(await reply.text()).toBe('status 404');
  });
  it('takes credentials with a request', async () => {
    const credentials: Credentials = { user: 'ann', password: '1' };
    const reply = await manager.get(server.url('/basic-auth/ann/1'), { credentials });
    expect(await reply.text()).toBe('hello ann');
  });
  it('asks its own function when a peer wants credentials', async () => {
    const realms: string[] = [];
    await using asking = createManager({
      credentials: ({ realm }) => {
        realms.push(realm);
        return { user: 'ann', password: '1' };
      },
    });
    const reply = await asking.get(server.url('/basic-auth/ann/1?realm=mine'));
    expect(await reply.text()).toBe('hello ann');
    expect(realms).toEqual(['mine']);
  });
  it('heeds the time limits of its options, and those of a request over them', async () => {
    await using hasty = createManager({ timeouts: { firstByte: 50 } });
    expect((await failure(hasty.get(server.url('/stall')))).code).toBe('timeout');
    await using patient = createManager();
    const limited = patient.get(server.url('/stall'), { timeouts: { firstByte: 50 } });
    expect((await failure(limited)).code).toBe('timeout');
  });
  it('aborts when the signal says so', async () => {
    const controller = new AbortController();
    const sent = manager.get(server.url('/stall'), { signal: controller.signal });
    controller.abort();
    expect((await failure(sent)).code).toBe('operation-canceled');
  });
  it('opens a connection ahead of its use', async () => {
    const ahead = await httpServer();
    await using fresh = createManager();
    await fresh.preconnect(ahead.url('/'));
    await ahead.whenOpen(1);
    await (await fresh.get(ahead.url('/bytes/1'))).bytes();
    expect(ahead.accepted).toBe(1);
    await fresh.clearConnections();
    await ahead.whenOpen(0);
    await ahead.close();
  });
  it('has nothing open after it was closed, and refuses what comes later', async () => {
    const fresh = createManager();
    const reply = await fresh.get(server.url('/stall/10'));
    const reading = failure(reply.bytes());
    await fresh.close();
    expect((await reading).code).toBe('operation-canceled');
    expect((await failure(fresh.get('data:,x'))).code).toBe('operation-canceled');
  });
});

describe('what cannot be asked for', () => {
  it('rejects and never throws at once', async () => {
    for (const ask of [
      () => manager.get('no url'),
      () => manager.get('data:,x', { headers: { 'a b': 'c' } }),
      () => manager.get('data:,x', { headers: { a: 'b\r\nc: d' } }),
      () => manager.custom('A B', 'data:,x'),
      () => manager.copy('no url', 'data:,x'),
      () => manager.preconnect('no url'),
      () => manager.post('data:,x', { body: 5 as unknown as string }),
    ]) {
      let promise: Promise<unknown> | undefined;
      expect(() => (promise = ask())).not.toThrow();
      expect((await failure(promise ?? Promise.resolve())).code).toMatch(/^protocol-/);
    }
  });
  it('names the scheme that nobody serves', async () => {
    const error = await failure(manager.get('gopher://host/'));
    expect(error.code).toBe('protocol-unknown');
    expect(error.message).toContain('"gopher"');
  });
  it('loads ftp when it is first asked for, and for both of its schemes at once', async () => {
    const ftp = await ftpServer({ files: new Map([['/login/a', patternBytes(9)]]) });
    await using own = createManager();
    const loaded = (): boolean[] =>
      own.schemes().flatMap(({ scheme, loaded: is }) => (scheme.startsWith('ftp') ? [is] : []));
    expect(loaded()).toEqual([false, false]);
    const reply = await own.get(ftp.url('/a'));
    expect(await reply.bytes()).toEqual(patternBytes(9));
    expect(reply.attributes?.backend?.name).toBe('@netaccess/backend-ftp');
    expect(loaded()).toEqual([true, true]);
    await own.close();
    await ftp.close();
  });
  it('has no package to name for what every object has', async () => {
    const error = await failure(manager.get('constructor:x'));
    expect(error.message).not.toContain('install');
  });
});

describe('the options of a manager', () => {
  const own = (name: string, scheme: string): BackendFactory => ({
    contract: 1,
    name,
    schemes: [scheme],
    features: { targetTypes: ['local'] },
    create: ({ url }) => ({
      open: () => ({ url, headers: [['x-served-by', name]], length: 0 }),
      read: () => 0,
      close: async () => {},
    }),
  });

  it('bring plugins of one’s own, which are loaded when they are first asked for', async () => {
    let loads = 0;
    await using extended = createManager({
      plugins: {
        own: async () => {
          loads += 1;
          return own('mine', 'own');
        },
      },
    });
    expect(extended.supportedSchemes).toContain('own');
    expect(loads).toBe(0);
    const reply = await extended.get('own://host/');
    expect(reply.attributes?.backend?.name).toBe('mine');
    expect(loads).toBe(1);
  });
  it('put a plugin in the place of the preset’s', async () => {
    await using changed = createManager({ plugins: { data: async () => own('mine', 'data') } });
    expect((await changed.get('data:,x')).attributes?.backend?.name).toBe('mine');
  });
  it('put backends before all plugins', async () => {
    await using changed = createManager({ backends: [own('mine', 'data')] });
    expect((await changed.get('data:,x')).attributes?.backend?.name).toBe('mine');
  });
  it('serve schemes by a backend for all, also those whose package is known', async () => {
    await using changed = createManager({ backends: [own('mine', '*')] });
    expect((await changed.get('ftp://host/')).attributes?.backend?.name).toBe('mine');
  });
  it('bring trust for TLS', async () => {
    const { localhost, ca } = certificates();
    const secure = await httpServer({ tls: localhost });
    expect((await failure(manager.get(secure.url('/bytes/5')))).code).toBe('tls-handshake-failed');
    await using trusting = createManager({ tls: { ca: [ca.cert] } });
    const reply = await trusting.get(secure.url('/bytes/5'));
    expect(reply.attributes?.secured).toBe('verified');
    expect(await reply.bytes()).toHaveLength(5);
    await secure.close();
  });
  it.each(['http', 'socks5'] as const)('bring a proxy that speaks %s', async (kind) => {
    const proxy = await proxyServer({ kind });
    await using proxied = createManager({ proxy: proxy.url('/').href });
    const reply = await proxied.get(server.url('/bytes/5'));
    expect(reply.attributes?.connection?.proxy?.host).toBe(proxy.url('/').host);
    await reply.bytes();
    expect(proxy.traffic.passed).toHaveLength(1);
    await proxy.close();
  });
  it('answer a proxy that challenges by the function for credentials, and remember it', async () => {
    const proxy = await proxyServer({ kind: 'http', users: { ann: '1' } });
    const origins: string[] = [];
    await using proxied = createManager({
      proxy: proxy.url('/'),
      credentials: ({ origin }) => {
        origins.push(origin.host);
        return { user: 'ann', password: '1' };
      },
    });
    for (let count = 0; count < 2; count += 1) {
      const reply = await proxied.get(server.url('/bytes/5'));
      expect(await reply.bytes()).toHaveLength(5);
    }
    expect(origins).toEqual([proxy.url('/').host]);
    await proxy.close();
  });
  it('answer a proxy that wants credentials for a tunnel by the same function', async () => {
    const { localhost, ca } = certificates();
    const secure = await httpServer({ tls: localhost });
    const proxy = await proxyServer({ kind: 'http', users: { ann: '1' } });
    await using proxied = createManager({
      proxy: proxy.url('/'),
      tls: { ca: [ca.cert] },
      credentials: () => ({ user: 'ann', password: '1' }),
    });
    const reply = await proxied.get(secure.url('/bytes/5'));
    expect(await reply.bytes()).toHaveLength(5);
    await secure.close();
    await proxy.close();
  });
  it('bring a connector', async () => {
    const [near] = memoryChannelPair();
    const targets: unknown[] = [];
    await using connected = createManager({
      connector: {
        connect: async (target) => {
          targets.push(target);
          await near.close();
          throw Object.assign(new Error('not today'), { code: 'connection-refused' });
        },
      },
    });
    const error = await failure(connected.get('http://host:81/'));
    expect(error.code).toBe('connection-refused');
    expect(targets).toEqual([{ host: 'host', port: 81 }]);
  });
  it('bring another name look-up', async () => {
    const asked: string[] = [];
    await using near = createManager({
      connector: {
        lookup: async (host) => {
          asked.push(host);
          return [{ address: '127.0.0.1', family: 4 }];
        },
      },
    });
    const reply = await near.get(`http://far.test:${server.port}/bytes/5`);
    expect(await reply.bytes()).toHaveLength(5);
    expect(asked).toEqual(['far.test']);
  });
  it('say how many connections http may have', async () => {
    const counting = await httpServer();
    await using narrow = createManager({ http: { connections: 2 } });
    await Promise.all(
      Array.from({ length: 8 }, async () => (await narrow.get(counting.url('/bytes/5'))).bytes()),
    );
    expect(counting.accepted).toBeLessThanOrEqual(2);
    await counting.close();
  });
});
