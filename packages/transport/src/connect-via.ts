import type { NetworkErrorCode } from '@netaccess/core';

import type { Channel, ConnectOptions, Connector, Target } from './contract.ts';
import { networkFailure } from './network-failure.ts';
import { proxyFailure } from './proxy-failure.ts';
import { describeProxy } from './proxy-url.ts';
import { unbracketed } from './target.ts';

/** How `connectVia` connects. */
export interface ConnectViaOptions extends Omit<ConnectOptions, 'proxy'> {
  /** The protocol can name its target to an `http:` proxy (absolute form), which is then connected to without a tunnel. */
  readonly forwarded?: boolean | undefined;
}

/** A channel, and the candidate that it goes through. */
export interface ConnectedVia {
  readonly channel: Channel;
  /** Without user and password; absent: directly. */
  readonly proxy?: URL | undefined;
  /** The proxy's own channel, without a tunnel: it has to be told the target, and given the credentials of its URL. */
  readonly forwarded: boolean;
}

/** Nothing of the request has left yet, so the next candidate may be tried. */
const nextIsTried: ReadonlySet<NetworkErrorCode> = new Set([
  'proxy-connection-refused',
  'proxy-connection-closed',
  'proxy-not-found',
  'proxy-timeout',
  'unknown-proxy',
]);

/**
 * Connects through the first of `proxies` that can be reached; the URL `direct:`, or no candidate, means without one. Each candidate
 * but the last has an equal share of the time that is left. What happens beyond a proxy is final.
 */
export async function connectVia(
  connector: Connector,
  target: Target,
  proxies: readonly URL[],
  options: ConnectViaOptions = {},
): Promise<ConnectedVia> {
  const candidates = proxies.length === 0 || target.path !== undefined ? [direct] : proxies;
  const deadline = performance.now() + (options.timeout ?? Infinity);
  const failures: Error[] = [];
  for (const [index, proxy] of candidates.entries()) {
    const share = (deadline - performance.now()) / (candidates.length - index);
    const timeout = share === Infinity ? undefined : Math.max(1, share);
    try {
      return await connectOne(connector, target, proxy, { ...options, timeout });
    } catch (error) {
      if (!mayTryNext(error)) throw error;
      failures.push(error);
    }
  }
  throw noneReached(candidates, failures);
}

const direct = new URL('direct:');

async function connectOne(
  connector: Connector,
  target: Target,
  proxy: URL,
  { forwarded = false, ...options }: ConnectViaOptions,
): Promise<ConnectedVia> {
  if (proxy.protocol === 'direct:') {
    return { channel: await connector.connect(target, options), forwarded: false };
  }
  if (!forwarded || proxy.protocol !== 'http:') {
    const channel = await connector.connect(target, { ...options, proxy });
    return { channel, proxy: described(proxy), forwarded: false };
  }
  const near: Target = { host: unbracketed(proxy.hostname), port: Number(proxy.port || 80) };
  try {
    return {
      channel: await connector.connect(near, options),
      proxy: described(proxy),
      forwarded: true,
    };
  } catch (error) {
    throw proxyFailure(error, proxy);
  }
}

function described(proxy: URL): URL {
  return new URL(describeProxy(proxy));
}

function mayTryNext(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const codes: ReadonlySet<unknown> = nextIsTried;
  return codes.has(error.code);
}

function noneReached(candidates: readonly URL[], failures: readonly Error[]): Error {
  const [first] = failures;
  if (failures.length === 1 && first !== undefined) return first;
  const names = candidates.map((proxy) => describeProxy(proxy)).join(', ');
  const reasons = failures.map(({ message }) => message).join('; ');
  return networkFailure('proxy-not-found', `no proxy of ${names} can be used: ${reasons}`, {
    cause: new AggregateError(failures),
  });
}
