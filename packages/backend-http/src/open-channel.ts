import type { AskCredentials } from '@netaccess/transport';
import { connectVia, networkFailure, type Channel } from '@netaccess/transport';

import type { SharedConnection } from './connection.ts';
import type { OpenedChannel } from './opened-channel.ts';
import type { Protection, Route } from './route.ts';

/** What the request that needs the channel says about opening it. */
export interface OpeningOptions {
  readonly signal: AbortSignal;
  /** For name look-up, proxies, TCP and TLS together. */
  readonly timeoutMilliseconds: number | undefined;
  readonly proxyCredentials: AskCredentials | undefined;
  /** Asked before the channel is secured, for a connection that may be used instead. */
  readonly instead?: ((channel: Channel) => SharedConnection | undefined) | undefined;
}

/** Opens a channel along a route: through the first proxy that can be reached, and secured if the route is. */
export async function openChannel(
  route: Route,
  options: OpeningOptions,
): Promise<OpenedChannel | SharedConnection> {
  const { connector, target, proxies, protection, choice } = route;
  const { signal, timeoutMilliseconds: timeout, proxyCredentials } = options;
  const start = performance.now();
  // Only HTTP/1.1 has a form for proxies that are told the whole URL.
  const forwarded = protection === undefined && choice !== 'direct';
  const via = await connectVia(connector, target, proxies, {
    signal,
    timeout,
    proxyCredentials,
    forwarded,
  });
  const { channel, proxy } = via;
  if (protection === undefined) {
    const forwardingProxy = via.forwarded
      ? proxies.find((candidate) => isSameProxy(candidate, proxy))
      : undefined;
    const version = choice === 'direct' ? 'h2' : 'http/1.1';
    return { channel, version, proxy, forwardingProxy, tls: undefined };
  }
  const instead = options.instead?.(channel);
  if (instead !== undefined) {
    await channel.close();
    return instead;
  }
  const remaining =
    timeout === undefined ? undefined : Math.max(1, timeout - (performance.now() - start));
  const secured = await secure(channel, protection, { signal, timeout: remaining });
  return {
    channel: secured,
    version: choice === 'direct' || secured.tls.alpn === 'h2' ? 'h2' : 'http/1.1',
    proxy,
    forwardingProxy: undefined,
    tls: secured.tls,
    wasCutOff: secured.wasCutOff && (async () => secured.wasCutOff?.()),
  };
}

async function secure(
  channel: OpenedChannel['channel'],
  { provider, options, session }: Protection,
  limits: { readonly signal: AbortSignal; readonly timeout: number | undefined },
): ReturnType<Protection['provider']['secure']> {
  // Not every provider listens to a signal; none goes on without its channel.
  const abort = (): void => void channel.close();
  limits.signal.addEventListener('abort', abort);
  try {
    const secured = await provider.secure(channel, { ...options, ...limits, session });
    checkProtocol(secured.tls.alpn, options.alpn);
    return secured;
  } catch (error) {
    await channel.close();
    throw error;
  } finally {
    limits.signal.removeEventListener('abort', abort);
  }
}

function checkProtocol(alpn: string | undefined, offered: readonly string[] = []): void {
  if (alpn === undefined || offered.includes(alpn)) return;
  throw networkFailure(
    'tls-handshake-failed',
    `the peer chose the protocol ${JSON.stringify(alpn)}, which was not offered`,
  );
}

function isSameProxy(candidate: URL, used: URL | undefined): boolean {
  return candidate.protocol === used?.protocol && candidate.host === used.host;
}
