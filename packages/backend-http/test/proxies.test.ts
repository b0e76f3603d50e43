import { bytesUpload, type Challenge, type Credentials, type Request } from '@netaccess/core';
import {
  httpServer,
  proxyServer,
  scriptedServer,
  receiveUntil,
  repeat,
  send,
  type HttpServer,
  type ProxyServer,
  type ProxyServerOptions,
} from '@netaccess/test-servers';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import { asking, failureOf, readAll, requestFor, type Asking } from './fixtures/asking.ts';

async function node(): Promise<HttpServer> {
  const server = await httpServer();
  onTestFinished(() => server.close());
  return server;
}

async function proxied(options: ProxyServerOptions): Promise<ProxyServer> {
  const proxy = await proxyServer(options);
  onTestFinished(() => proxy.close());
  return proxy;
}

function through(...proxies: readonly URL[]): Asking {
  const own = asking({}, { proxies });
  return own;
}

/** A port where nobody listens. */
async function nobody(scheme = 'http'): Promise<URL> {
  const server = await node();
  const { port } = server;
  await server.close();
  return new URL(`${scheme}://127.0.0.1:${port}`);
}

function withUser(url: URL, user: string, password: string): URL {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed;
}

describe('an http proxy', () => {
  it('is told the whole URL, without user, password and fragment', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'http' });
    const { ask } = through(proxy.url());
    const answer = await ask(withUser(server.url('/bytes/10?a=b#c'), 'user', 'secret'));
    expect(answer.length).toBe(10);
    expect(answer.attributes?.connection?.proxy?.href).toBe(proxy.url().href);
    expect(proxy.traffic.passed).toMatchObject([{ how: 'forward', target: server.url().host }]);
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('gets the line that the standard wants', async () => {
    const proxy = await scriptedServer([receiveUntil(), send('HTTP/1.1 204 OK\r\n\r\n')]);
    onTestFinished(() => proxy.close());
    const { ask } = through(new URL(`http://127.0.0.1:${proxy.port}`));
    await ask(new URL('http://user:pw@example.test:81/a?b#c'));
    expect(proxy.connections[0]?.text).toMatch(
      /^GET http:\/\/example\.test:81\/a\?b HTTP\/1\.1\r\nHost: example\.test:81\r\n/,
    );
  });

  it('gets the credentials of its URL, which nobody else is told', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'http', users: { 'us er': 'p%w:é' } });
    const { ask } = through(withUser(proxy.url(), 'us er', 'p%w:é'));
    const answer = await ask(server.url('/bytes/10'));
    expect(answer.length).toBe(10);
    expect(proxy.traffic.passed).toMatchObject([{ user: 'us er' }]);
    expect(answer.attributes?.connection?.proxy?.href).toBe(proxy.url().href);
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('that wants credentials is a challenge of the proxy, and an answer lets the request pass', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'http', users: { me: 'pw' } });
    const { ask } = through(proxy.url());
    const url = server.url('/bytes/10');
    const refused = await ask(url);
    expect(refused).toMatchObject({
      status: { code: 407 },
      error: { code: 'proxy-authentication-required' },
    });
    const [challenge] = refused.challenges ?? [];
    expect(challenge).toMatchObject({ name: 'basic', origin: proxy.url() });
    const request = {
      operation: 'get',
      url,
      headers: [],
      attributes: {},
      originAttributes: {},
    } as const;
    const answered = await challenge?.answer({ user: 'me', password: 'pw' }, request);
    expect((await ask(url, answered)).length).toBe(10);
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('that is told the whole URL has the same function asked that tunnels have', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'http', users: { me: 'pw' } });
    const { ask } = through(proxy.url());
    const asked: Challenge[] = [];
    const proxyCredentials = async (challenge: Challenge): Promise<Credentials> => {
      asked.push(challenge);
      return { user: 'me', password: asked.length === 1 ? 'mistyped' : 'pw' };
    };
    const answer = await ask(server.url('/echo'), {
      operation: 'post',
      upload: bytesUpload('four'),
      attributes: { proxyCredentials },
    });
    expect(answer.status?.code).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ method: 'POST', length: 4 });
    expect(asked).toMatchObject([
      { name: 'basic', origin: proxy.url() },
      { name: 'basic', origin: proxy.url() },
    ]);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('is answered by 407 when the function gives up, or cannot be answered twice', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'http', users: { me: 'pw' } });
    const { ask } = through(proxy.url());
    let questions = 0;
    const attributes = (answer: Credentials | undefined): Request['attributes'] => ({
      proxyCredentials: async () => {
        questions += 1;
        return answer;
      },
    });
    expect((await ask(server.url('/'), { attributes: attributes(undefined) })).status?.code).toBe(
      407,
    );
    expect(questions).toBe(1);
    const wrong = attributes({ user: 'me', password: 'wrong' });
    expect((await ask(server.url('/'), { attributes: wrong })).status?.code).toBe(407);
    expect(questions).toBe(4);
    expect(server.requests).toHaveLength(0);
  });

  it('whose question nobody answers is waited for, and given up by close', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'http', users: { me: 'pw' } });
    const { start } = through(proxy.url());
    let heard: (() => void) | undefined;
    const question = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const proxyCredentials = (): Promise<undefined> => {
      heard?.();
      return new Promise(() => undefined);
    };
    const backend = start(server.url('/'), { attributes: { proxyCredentials } });
    const opened = failureOf(backend.open());
    await question;
    expect(backend.waiting).toBe(true);
    await backend.close();
    expect((await opened).code).toBe('operation-canceled');
  });

  it('is the only one to hear Proxy-Authorization', async () => {
    const server = await node();
    const { ask } = asking();
    await ask(server.url('/bytes/1'), { headers: [['Proxy-Authorization', 'Basic abc']] });
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });
});

describe('a socks5 proxy', () => {
  it('carries http as a direct connection would', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'socks5', users: { me: 'pw' } });
    const { ask } = through(withUser(proxy.url(), 'me', 'pw'));
    const answer = await ask(server.url('/bytes/10'));
    expect(answer.length).toBe(10);
    expect(proxy.traffic.passed).toMatchObject([{ how: 'socks5', user: 'me' }]);
  });
});

describe('candidates', () => {
  it('are tried in order until one can be reached', async () => {
    const server = await node();
    const proxy = await proxied({ kind: 'http' });
    const { ask } = through(await nobody(), await nobody('socks5'), proxy.url());
    const answer = await ask(server.url('/bytes/10'));
    expect(answer.attributes?.connection?.proxy?.host).toBe(proxy.url().host);
  });

  it('may end with none', async () => {
    const server = await node();
    const { ask } = through(await nobody(), new URL('direct:'));
    const answer = await ask(server.url('/bytes/10'));
    expect(answer.length).toBe(10);
    expect(answer.attributes?.connection?.proxy).toBeUndefined();
  });

  it('that cannot be reached are told by name', async () => {
    const server = await node();
    const dead = await nobody();
    const { ask } = through(dead);
    const failure = await failureOf(ask(server.url('/')));
    expect(failure.code).toBe('proxy-connection-refused');
    expect(failure.message).toContain(dead.host);
  });

  it('with other credentials have connections of their own', async () => {
    const proxy = await scriptedServer([
      repeat(2, receiveUntil(), send('HTTP/1.1 204 OK\r\n\r\n')),
    ]);
    onTestFinished(() => proxy.close());
    const { factory } = asking();
    const resources = { connector: tcpConnector() };
    for (const user of ['a', 'b', 'a']) {
      const proxies = [withUser(new URL(`http://127.0.0.1:${proxy.port}`), user, 'pw')];
      const backend = factory.create(requestFor(new URL('http://example.test/')), {
        resources,
        security: {},
        proxies,
      });
      if (backend === undefined || !('readPointer' in backend)) throw new Error('no backend');
      await readAll(backend);
    }
    const users = proxy.connections.map(({ text }) =>
      [...text.matchAll(/Basic (\S+)/g)].map(([, encoded = '']) =>
        Buffer.from(encoded, 'base64').toString(),
      ),
    );
    expect(users).toEqual([['a:pw', 'a:pw'], ['b:pw']]);
  });
});
