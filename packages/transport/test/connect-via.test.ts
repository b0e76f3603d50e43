import { describe, expect, it } from 'vitest';

import type { Channel, ConnectOptions, Connector, Target } from '../src/contract.ts';
import { connectVia, memoryChannelPair, networkFailure } from '../src/index.ts';

/** Connects to memory, and fails as told for proxies (or targets) by their host. */
class ScriptedConnector implements Connector {
  readonly calls: { target: Target; proxy: string | undefined; timeout: number | undefined }[] = [];
  readonly #failures: Readonly<Record<string, ReturnType<typeof networkFailure>>>;

  constructor(failures: Readonly<Record<string, ReturnType<typeof networkFailure>>> = {}) {
    this.#failures = failures;
  }

  connect(target: Target, { proxy, timeout }: ConnectOptions): Promise<Channel> {
    this.calls.push({ target, proxy: proxy?.href, timeout });
    const failure = this.#failures[proxy?.hostname ?? target.host ?? ''];
    return failure === undefined
      ? Promise.resolve(memoryChannelPair()[0])
      : Promise.reject(failure);
  }
}

const target = { host: 'host.test', port: 80 };
const urls = (...list: string[]): URL[] => list.map((url) => new URL(url));
const refused = networkFailure('proxy-connection-refused', 'proxy is away');

describe('connecting via candidates', () => {
  it('goes directly without a candidate, and where one says so', async () => {
    const connector = new ScriptedConnector({ 'gone.test': refused });
    for (const proxies of [
      [],
      urls('direct:'),
      urls('http://gone.test:1', 'direct:', 'http://b.test'),
    ]) {
      const via = await connectVia(connector, target, proxies);
      expect(via.proxy).toBeUndefined();
      expect(via.forwarded).toBe(false);
      expect(connector.calls.at(-1)).toMatchObject({ target, proxy: undefined });
    }
  });

  it('takes the first that can be reached, and shows it without its secrets', async () => {
    const failures = {
      'refused.test': refused,
      'closed.test': networkFailure('proxy-connection-closed', 'closed'),
      'missing.test': networkFailure('proxy-not-found', 'missing'),
      'late.test': networkFailure('proxy-timeout', 'late'),
      'odd.test': networkFailure('unknown-proxy', 'odd'),
    };
    const connector = new ScriptedConnector(failures);
    const proxies = urls(
      ...Object.keys(failures).map((host) => `http://${host}:1`),
      'socks5://u:secret@good.test:1',
      'http://unused.test',
    );
    const { proxy } = await connectVia(connector, target, proxies);
    expect(proxy?.href).toBe('socks5://good.test:1');
    expect(connector.calls.length).toBe(6);
    expect(connector.calls.at(-1)?.proxy).toBe('socks5://u:secret@good.test:1');
  });

  it.each([
    'connection-refused',
    'proxy-authentication-required',
    'operation-canceled',
    'timeout',
  ] as const)('does not try the next after %s', async (code) => {
    const connector = new ScriptedConnector({ 'first.test': networkFailure(code, 'final') });
    const proxies = urls('http://first.test', 'http://second.test');
    await expect(connectVia(connector, target, proxies)).rejects.toMatchObject({ code });
    expect(connector.calls.length).toBe(1);
  });

  it('says of every candidate why it could not be used', async () => {
    const connector = new ScriptedConnector({
      'a.test': refused,
      'b.test': networkFailure('proxy-timeout', 'too late'),
    });
    await expect(
      connectVia(connector, target, urls('http://u:secret@a.test', 'socks5://b.test')),
    ).rejects.toMatchObject({
      code: 'proxy-not-found',
      message: 'no proxy of http://a.test, socks5://b.test can be used: proxy is away; too late',
    });
    await expect(connectVia(connector, target, urls('http://a.test'))).rejects.toBe(refused);
  });

  it('gives each candidate an equal share of the time', async () => {
    const connector = new ScriptedConnector({ 'a.test': refused, 'b.test': refused });
    const proxies = urls('http://a.test', 'http://b.test', 'http://c.test');
    await connectVia(connector, target, proxies, { timeout: 30_000 });
    const shares = connector.calls.map(({ timeout = 0 }) => Math.round(timeout / 1000));
    expect(shares).toEqual([10, 15, 30]);
  });

  it('connects to an HTTP proxy itself for a protocol that names its targets to it', async () => {
    const connector = new ScriptedConnector();
    const via = await connectVia(connector, target, urls('http://u:p@[::1]:3128'), {
      forwarded: true,
    });
    expect(connector.calls).toMatchObject([
      { target: { host: '::1', port: 3128 }, proxy: undefined },
    ]);
    expect(via).toMatchObject({ forwarded: true, proxy: new URL('http://[::1]:3128') });
    const tunnel = await connectVia(connector, target, urls('socks5://p.test'), {
      forwarded: true,
    });
    expect(tunnel.forwarded).toBe(false);
  });

  it('says of an HTTP proxy that it failed, not of the target', async () => {
    const proxies = urls('http://away.test:1');
    const codes = {
      'connection-refused': 'proxy-connection-refused',
      'host-not-found': 'proxy-not-found',
      timeout: 'proxy-timeout',
      'remote-host-closed': 'proxy-connection-closed',
      'temporary-network-failure': 'proxy-not-found',
    } as const;
    for (const [code, expected] of Object.entries(codes)) {
      const failure = networkFailure(code as keyof typeof codes, 'away', { temporary: true });
      const connector = new ScriptedConnector({ 'away.test': failure });
      const connecting = connectVia(connector, target, proxies, { forwarded: true });
      await expect(connecting).rejects.toMatchObject({
        code: expected,
        temporary: true,
        cause: failure,
      });
    }
  });

  it('uses no proxy for a unix socket', async () => {
    const connector = new ScriptedConnector();
    const via = await connectVia(connector, { path: '/run/x' }, urls('http://a.test'), {
      forwarded: true,
    });
    expect(via.proxy).toBeUndefined();
    expect(connector.calls).toMatchObject([{ target: { path: '/run/x' }, proxy: undefined }]);
  });
});
