import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Challenge, Credentials } from '@netaccess/core';
import {
  end,
  listenOnLoopback,
  proxyServer,
  receive,
  reset,
  scriptedServer,
  send,
  stall,
  type ProxyServer,
  type ProxyServerOptions,
  type ScriptedServer,
  type Script,
  type ScriptedServerOptions,
} from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { ConnectOptions, Target } from '../../src/contract.ts';
import { tcpConnector, type TcpConnectorOptions } from '../../src/node/index.ts';
import { LentClock } from '../fixtures/lent-clock.ts';
import { nextTurn, readText } from '../fixtures/reading.ts';

async function serve(script: Script, options?: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await scriptedServer(script, options);
  onTestFinished(() => server.close());
  return server;
}

async function proxyFor(options: ProxyServerOptions): Promise<ProxyServer> {
  const server = await proxyServer(options);
  onTestFinished(() => server.close());
  return server;
}

async function connect(target: Target, options: ConnectOptions = {}, own?: TcpConnectorOptions) {
  const channel = await tcpConnector(own).connect(target, options);
  onTestFinished(() => channel.close());
  return channel;
}

/** A port of 127.0.0.1 on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = await listenOnLoopback(createServer(), 'tcp');
  await server.close();
  return server.port;
}

function withUser(url: URL, user: string, password: string): URL {
  return Object.assign(new URL(url), { username: user, password });
}

describe('connecting directly', () => {
  it('says where it leads, to which address, and when each phase ended', async () => {
    const server = await serve([send('hi'), stall()]);
    const channel = await connect({ host: 'localhost', port: server.port });
    expect(channel.peer).toEqual({ host: 'localhost', port: server.port });
    expect(channel.address).toEqual({ address: '127.0.0.1', port: server.port, family: 4 });
    const { start, dns = 0, connected, proxied } = channel.timings;
    expect([start, dns, connected].toSorted((a, b) => a - b)).toEqual([start, dns, connected]);
    expect(start).toBeGreaterThan(0);
    expect(proxied).toBeUndefined();
    expect(channel.open).toBe(true);
    expect(await readText(channel, 2)).toBe('hi');
  });

  it('takes addresses in brackets, and asks nobody about them', async () => {
    const server = await serve([send('six'), stall()], { host: '::1' });
    const lookup = (): never => {
      throw new Error('an address was looked up');
    };
    const channel = await connect({ host: '[::1]', port: server.port }, {}, { lookup });
    expect(channel.address).toEqual({ address: '::1', port: server.port, family: 6 });
    expect(channel.timings.dns).toBeUndefined();
    expect(await readText(channel, 3)).toBe('six');
  });

  it('asks the look-up that it was given, and goes on to the next address', async () => {
    const server = await serve([send('hi'), stall()]);
    const lookup = (host: string) =>
      Promise.resolve(
        host === 'inside.test'
          ? [
              { address: '::1', family: 6 },
              { address: '127.0.0.1', family: 4 },
            ]
          : [],
      );
    const channel = await connect({ host: 'inside.test', port: server.port }, {}, { lookup });
    expect(channel.address.address).toBe('127.0.0.1');
    await expect(connect({ host: 'other.test', port: 1 }, {}, { lookup })).rejects.toMatchObject({
      code: 'host-not-found',
      message: expect.stringContaining('other.test'),
    });
  });

  it('does not look up what a look-up gave', async () => {
    const lookup = () => Promise.resolve([{ address: 'localhost', family: 4 }]);
    await expect(connect({ host: 'a.test', port: 1 }, {}, { lookup })).rejects.toMatchObject({
      code: 'host-not-found',
      message: 'looking up a.test gave "localhost", which is no address',
    });
  });

  it.each([
    ['ENOTFOUND', 'host-not-found', false],
    ['EAI_AGAIN', 'temporary-network-failure', true],
    ['ENODATA', 'host-not-found', false],
  ])('says of a look-up that failed with %s that it is %s', async (system, code, temporary) => {
    const lookup = () => Promise.reject(Object.assign(new Error(system), { code: system }));
    await expect(connect({ host: 'a.test', port: 1 }, {}, { lookup })).rejects.toMatchObject({
      code,
      temporary,
      message: `cannot find the address of a.test (${system})`,
    });
  });

  it('says who refused', async () => {
    const port = await closedPort();
    await expect(connect({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'connection-refused',
      temporary: false,
      message: `cannot connect to 127.0.0.1:${port} (127.0.0.1: ECONNREFUSED)`,
    });
  });

  it('does not lose what the peer says at once', async () => {
    const server = await serve([send('220 ready\r\n'), end()]);
    const channel = await connect({ host: server.host, port: server.port });
    expect(await readText(channel, 11)).toBe('220 ready\r\n');
  });

  it('refuses hosts, ports and paths that cannot be', async () => {
    const wrong: Target[] = [
      { host: '', port: 80 },
      { host: 'a b', port: 80 },
      { host: 'a\r\nX: y', port: 80 },
      { host: 'a/b', port: 80 },
      { host: 'a@b', port: 80 },
      { host: 'a', port: 0 },
      { host: 'a', port: 65_536 },
      { host: 'a', port: 1.5 },
      { host: 'a', port: Number.NaN },
      { path: '' },
      { path: '/a\0b' },
    ];
    for (const target of wrong) {
      await expect(connect(target)).rejects.toMatchObject({ code: 'protocol-invalid-operation' });
    }
  });

  it('reaches unix sockets', async () => {
    const socketPath = path.join(tmpdir(), `netaccess-${process.pid}.sock`);
    await serve([receive(2), send('unix'), stall()], { path: socketPath });
    const channel = await connect({ path: socketPath }, { proxy: new URL('http://unused.test') });
    expect(channel.address).toEqual({ address: socketPath, port: 0, family: 0 });
    expect(channel.timings.dns).toBeUndefined();
    await channel.write(Buffer.from('hi'));
    expect(await readText(channel, 4)).toBe('unix');
  });

  it('names a unix socket that is not there', async () => {
    const missing = path.join(tmpdir(), 'netaccess-nobody.sock');
    await expect(connect({ path: missing })).rejects.toMatchObject({
      code: 'host-not-found',
      message: `cannot connect to ${missing} (unix socket: ENOENT)`,
    });
  });
});

describe('ending a connect early', () => {
  const never = () => new Promise<never>(() => undefined);

  it('happens at once when the signal was aborted before', async () => {
    const signal = AbortSignal.abort('gone');
    await expect(connect({ host: '127.0.0.1', port: 1 }, { signal })).rejects.toMatchObject({
      code: 'operation-canceled',
      cause: 'gone',
    });
  });

  it('happens while a name is looked up, by the signal or by the time', async () => {
    const { signal, abort } = aborting();
    const aborted = connect({ host: 'slow.test', port: 1 }, { signal }, { lookup: never });
    abort();
    await expect(aborted).rejects.toMatchObject({
      code: 'operation-canceled',
      message: 'aborted while looking up slow.test',
    });
    const clock = new LentClock();
    const late = connect({ host: 'slow.test', port: 1 }, { timeout: 50 }, { lookup: never, clock });
    clock.pass(50);
    await expect(late).rejects.toMatchObject({
      code: 'timeout',
      temporary: true,
      message: '50 ms passed while looking up slow.test',
    });
    expect(clock.scheduled).toBe(0);
  });

  it('happens while the system connects, and frees what was begun', async () => {
    // A full backlog that nobody accepts from would need a kernel's help: the signal comes before the handshake is seen.
    const server = await serve([stall()]);
    const { signal, abort } = aborting();
    const connecting = connect({ host: server.host, port: server.port }, { signal });
    await Promise.resolve();
    abort();
    await expect(connecting).rejects.toMatchObject({
      code: 'operation-canceled',
      message: expect.stringContaining(`connecting to 127.0.0.1:${server.port}`),
    });
    await nextTurn();
    await server.whenOpen(0);
  });

  it('leaves no listener on the signal, and hears nothing after it connected', async () => {
    const server = await serve([receive(1), send('x'), stall()]);
    const { signal, abort, listeners } = aborting();
    const channel = await connect(
      { host: server.host, port: server.port },
      { signal, timeout: 60_000 },
    );
    expect(listeners()).toBe(0);
    abort();
    await channel.write(Buffer.from('!'));
    expect(await readText(channel, 1)).toBe('x');
  });

  it('happens while a proxy is silent, and closes the connection to it', async () => {
    for (const scheme of ['http', 'socks5']) {
      const silent = await serve([stall()], { scheme });
      const clock = new LentClock();
      const options = { proxy: silent.url(), timeout: 1000 };
      const connecting = connect({ host: 'inside.test', port: 443 }, options, { clock });
      await silent.connection(0);
      await nextTurn();
      clock.pass(1000);
      await expect(connecting).rejects.toMatchObject({
        code: 'proxy-timeout',
        temporary: true,
        message: `1000 ms passed while waiting for ${scheme}://127.0.0.1:${silent.port} to connect to inside.test:443`,
      });
      await silent.whenOpen(0);

      const { signal, abort } = aborting();
      const aborted = connect({ host: 'inside.test', port: 443 }, { proxy: silent.url(), signal });
      await silent.connection(1);
      abort();
      await expect(aborted).rejects.toMatchObject({ code: 'operation-canceled' });
      await silent.whenOpen(0);
    }
  });
});

/** A signal that counts who listens. */
function aborting(): { signal: AbortSignal; abort: () => void; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count += 1;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count -= 1;
    removeEventListener.apply(signal, args);
  };
  return { signal, abort: () => controller.abort(), listeners: () => count };
}

describe.each(['http', 'socks5'] as const)('connecting through a proxy of kind %s', (kind) => {
  const hosts = { 'inside.test': '127.0.0.1' };
  const users = { jürgen: 'a:b%✓' };

  it('reaches a name that only the proxy knows, and says through whom', async () => {
    const server = await serve([receive(2), send('inside'), stall()]);
    const proxy = await proxyFor({ kind, hosts });
    const target = { host: 'inside.test', port: server.port };
    const channel = await connect(target, { proxy: proxy.url() });
    await channel.write(Buffer.from('hi'));
    expect(await readText(channel, 6)).toBe('inside');
    expect(channel.peer).toEqual(target);
    expect(channel.address.port).toBe(proxy.port);
    expect(channel.timings.proxied).toBeGreaterThanOrEqual(channel.timings.connected);
    expect(proxy.traffic.passed).toMatchObject([{ target: `inside.test:${server.port}` }]);
    await channel.close();
    await proxy.whenOpen(0);
  });

  it('gives the user and password of its URL', async () => {
    const server = await serve([send('in'), stall()]);
    const proxy = await proxyFor({ kind, users });
    const target = { host: server.host, port: server.port };
    const channel = await connect(target, { proxy: withUser(proxy.url(), 'jürgen', 'a:b%✓') });
    expect(await readText(channel, 2)).toBe('in');
    expect(proxy.traffic.passed).toMatchObject([{ user: 'jürgen' }]);
  });

  it('asks for credentials, again when they are refused, and leaves no connection behind', async () => {
    const server = await serve([send('in'), stall()]);
    const proxy = await proxyFor({ kind, users });
    const answers: Credentials[] = [
      { user: 'jürgen', password: 'wrong' },
      { user: 'jürgen', password: 'a:b%✓' },
    ];
    const challenges: Challenge[] = [];
    const proxyCredentials = (challenge: Challenge) => {
      challenges.push(challenge);
      return Promise.resolve(answers.shift());
    };
    const target = { host: server.host, port: server.port };
    const channel = await connect(target, { proxy: proxy.url(), proxyCredentials });
    expect(await readText(channel, 2)).toBe('in');
    expect(challenges.map(({ name }) => name)).toEqual(
      kind === 'http' ? ['basic', 'basic'] : ['password', 'password'],
    );
    await proxy.whenOpen(1);
  });

  it('does not count the time that a person takes', async () => {
    const server = await serve([send('in'), stall()]);
    const proxy = await proxyFor({ kind, users });
    const clock = new LentClock();
    const proxyCredentials = () => {
      clock.pass(60_000);
      return Promise.resolve({ user: 'jürgen', password: 'a:b%✓' });
    };
    const target = { host: server.host, port: server.port };
    const options = { proxy: proxy.url(), proxyCredentials, timeout: 1000 };
    const channel = await connect(target, options, { clock });
    expect(await readText(channel, 2)).toBe('in');
    expect(clock.scheduled).toBe(0);
  });

  it('says that credentials are required when nobody has any, or they stay wrong', async () => {
    const proxy = await proxyFor({ kind, users });
    const target = { host: '127.0.0.1', port: 1 };
    let asked = 0;
    const wrong = () => {
      asked += 1;
      return Promise.resolve({ user: 'x', password: 'y' });
    };
    const nobody = { proxy: withUser(proxy.url(), 'x', 'secret') };
    for (const options of [nobody, { proxy: proxy.url(), proxyCredentials: wrong }]) {
      const failure = connect(target, options);
      await expect(failure).rejects.toMatchObject({ code: 'proxy-authentication-required' });
      await expect(failure).rejects.not.toThrow(/secret/u);
    }
    expect(asked).toBe(3);
    const undecided = { proxy: proxy.url(), proxyCredentials: () => Promise.resolve(undefined) };
    await expect(connect(target, undecided)).rejects.toMatchObject({
      code: 'proxy-authentication-required',
    });
    await proxy.whenOpen(0);
  });

  it('tells a proxy that is not there from one that cannot reach the target', async () => {
    const port = await closedPort();
    const target = { host: '127.0.0.1', port };
    const away = new URL(`${kind}://127.0.0.1:${port}`);
    await expect(connect(target, { proxy: away })).rejects.toMatchObject({
      code: 'proxy-connection-refused',
      message: expect.stringContaining(`proxy ${kind}://127.0.0.1:${port}`),
    });
    const lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    const unknown = new URL(`${kind}://proxy.test:1`);
    await expect(connect(target, { proxy: unknown }, { lookup })).rejects.toMatchObject({
      code: 'proxy-not-found',
    });
    const proxy = await proxyFor({ kind });
    await expect(connect(target, { proxy: proxy.url() })).rejects.toMatchObject({
      code: kind === 'http' ? 'unknown-proxy' : 'connection-refused',
    });
    await proxy.whenOpen(0);
  });

  it('says that a proxy closed or reset the connection', async () => {
    const target = { host: 'inside.test', port: 1 };
    for (const last of [reset(), end()]) {
      const rude = await serve([receive(1), last], { scheme: kind });
      await expect(connect(target, { proxy: rude.url() })).rejects.toMatchObject({
        code: 'proxy-connection-closed',
      });
    }
  });

  it('leaves the bytes of the peer that came with the answer unread', async () => {
    const answer =
      kind === 'http'
        ? Buffer.from('HTTP/1.1 200 OK\r\n\r\n')
        : Buffer.from([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const eager = await serve(
      [receive(3), send(Buffer.concat([answer, Buffer.from('first')])), stall()],
      { scheme: kind },
    );
    const channel = await connect({ host: 'inside.test', port: 1 }, { proxy: eager.url() });
    expect(channel.toDuplex()).toMatchObject({ readableLength: 5 });
  });
});

describe('proxies that cannot be used', () => {
  it.each(['https://proxy.test', 'socks4://proxy.test', 'ftp://proxy.test'])(
    'such as %s',
    async (url) => {
      const proxy = new URL(url);
      await expect(connect({ host: 'a.test', port: 1 }, { proxy })).rejects.toMatchObject({
        code: 'unknown-proxy',
        message: expect.stringContaining(url),
      });
    },
  );

  it('takes socks5h for socks5', async () => {
    const server = await serve([send('in'), stall()]);
    const proxy = await proxyFor({ kind: 'socks5' });
    const url = new URL(`socks5h://127.0.0.1:${proxy.port}`);
    const channel = await connect({ host: server.host, port: server.port }, { proxy: url });
    expect(await readText(channel, 2)).toBe('in');
  });
});
