import type { Credentials } from '@netaccess/core';

import type { AskCredentials, Channel, Target } from '../contract.ts';
import { httpConnect } from '../http-connect.ts';
import { networkFailure } from '../network-failure.ts';
import { proxyFailure } from '../proxy-failure.ts';
import { describeProxy, proxyTarget, proxyUserinfo } from '../proxy-url.ts';
import { socks5 } from '../socks5.ts';
import { describeTarget } from '../target.ts';
import type { OpenTunnel, Refusal } from '../tunnel.ts';
import { openTarget } from './open-target.ts';
import type { Opening } from './open-target.ts';
import type { TcpChannel } from './tcp-channel.ts';

/** How often one connect asks for credentials before it gives up: people mistype. */
const MOST_QUESTIONS = 3;

/** A way to `target` through `proxy`. */
export interface ProxyOpening extends Omit<Opening, 'connectTo' | 'peer'> {
  readonly target: Target & { readonly host: string };
  readonly proxy: URL;
  readonly proxyCredentials: AskCredentials | undefined;
}

/** Connects to the proxy and asks it for a tunnel; once more, over a new connection, each time it wants other credentials. */
export async function openThroughProxy(opening: ProxyOpening): Promise<Channel> {
  const { proxy } = opening;
  const connectTo = proxyTarget(proxy);
  let credentials = proxyUserinfo(proxy);
  for (let questions = 0; ; questions += 1) {
    const channel = await openTarget({ ...opening, connectTo, peer: opening.target }).catch(
      (error: unknown) => {
        throw proxyFailure(error, proxy);
      },
    );
    const refusal = await askForTunnel(channel, opening, credentials);
    if (refusal === undefined) return channel;
    credentials = await askForCredentials(opening, refusal, questions);
  }
}

/** The channel is closed unless the tunnel is open. */
async function askForTunnel(
  channel: TcpChannel,
  opening: ProxyOpening,
  credentials: Credentials | undefined,
): Promise<Refusal | undefined> {
  const { target, proxy, interruption } = opening;
  const mayAsk = opening.proxyCredentials !== undefined;
  const forget = interruption.listen(() => void channel.close());
  let open = false;
  try {
    const refusal = await tunnels(proxy)({ channel, target, proxy, credentials, mayAsk });
    open = refusal === undefined && !interruption.happened;
    if (interruption.happened) throw interrupted(opening);
    if (open) channel.timings = { ...channel.timings, proxied: performance.now() };
    return refusal;
  } catch (error) {
    throw interruption.happened ? interrupted(opening) : proxyFailureOnTheWay(error, opening);
  } finally {
    forget();
    if (!open) await channel.close();
  }
}

function tunnels(proxy: URL): OpenTunnel {
  return proxy.protocol === 'http:' ? httpConnect : socks5;
}

function interrupted({ target, proxy, interruption }: ProxyOpening): Error {
  const doing = `waiting for ${describeProxy(proxy)} to connect to ${describeTarget(target)}`;
  return interruption.failure(doing, 'proxy-timeout');
}

/** The channel's own failures are the proxy's here: a reset says nothing about the target. */
function proxyFailureOnTheWay(error: unknown, { proxy }: ProxyOpening): unknown {
  const lost = error instanceof Error && 'code' in error && error.code === 'remote-host-closed';
  return lost ? proxyFailure(error, proxy) : error;
}

async function askForCredentials(
  { proxy, proxyCredentials, interruption }: ProxyOpening,
  { challenge, wants }: Refusal,
  questions: number,
): Promise<Credentials> {
  const name = describeProxy(proxy);
  const doing = `asking for the credentials of ${name}`;
  const answer =
    proxyCredentials === undefined || challenge === undefined || questions >= MOST_QUESTIONS
      ? undefined
      : await interruption.uncounted(() =>
          interruption.race(proxyCredentials(challenge), () => interruption.failure(doing)),
        );
  if (answer !== undefined) return answer;
  throw networkFailure(
    'proxy-authentication-required',
    `the proxy ${name} wants credentials (${wants})`,
  );
}
