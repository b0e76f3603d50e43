import type { Clock } from '@netaccess/core';

import type { Address, ConnectTimings, Target } from '../contract.ts';
import { networkFailure } from '../network-failure.ts';
import { describeTarget, unbracketed } from '../target.ts';
import { literalAddress, openFirst } from './happy-eyeballs.ts';
import type { Attempt, FoundAddress, Lookup } from './happy-eyeballs.ts';
import type { Interruption } from './interruption.ts';
import { openSocket } from './open-socket.ts';
import { systemFailure } from './system-failure.ts';
import type { TcpChannel } from './tcp-channel.ts';

/** All that opening one socket needs. */
export interface Opening {
  /** What is connected to: the peer, or a proxy on the way. */
  readonly connectTo: Target;
  /** Whom the channel leads to in the end. */
  readonly peer: Target;
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly interruption: Interruption;
}

/** Opens a channel to a name, an address or a unix socket. */
export async function openTarget(opening: Opening): Promise<TcpChannel> {
  const start = performance.now();
  const { connectTo, peer, interruption } = opening;
  if (interruption.happened) {
    throw interruption.failure(`connecting to ${describeTarget(connectTo)}`);
  }
  const near = addressWithoutLookup(connectTo);
  const found = near === undefined ? await lookUp(connectTo, opening) : [near];
  const timings = near === undefined ? { start, dns: performance.now() } : { start };
  const open = (address: FoundAddress): Attempt<TcpChannel> =>
    openSocket(endpointOf(connectTo, address), () => ({
      peer,
      address: addressOf(connectTo, address),
      timings: connectedNow(timings),
    }));
  return openFirst(found, { ...opening, name: describeTarget(connectTo), open });
}

/** A unix socket has no address: the path is all. */
const unix: FoundAddress = { address: 'unix socket', family: 0 };

function addressWithoutLookup(target: Target): FoundAddress | undefined {
  return target.path === undefined ? literalAddress(unbracketed(target.host)) : unix;
}

function endpointOf(target: Target, { address }: FoundAddress): Parameters<typeof openSocket>[0] {
  return target.path === undefined ? { host: address, port: target.port } : { path: target.path };
}

function addressOf(target: Target, { address, family }: FoundAddress): Address {
  if (target.path !== undefined) return { address: target.path, port: 0, family: 0 };
  return { address, port: target.port, family: family === 6 ? 6 : 4 };
}

function connectedNow(timings: { start: number; dns?: number }): ConnectTimings {
  return { ...timings, connected: performance.now() };
}

async function lookUp({ host = '' }: Target, opening: Opening): Promise<readonly FoundAddress[]> {
  const name = unbracketed(host);
  const { lookup, interruption } = opening;
  const found = await interruption.race(
    lookup(name).catch((error: unknown) => {
      throw systemFailure(error, `cannot find the address of ${name}`);
    }),
    () => interruption.failure(`looking up ${name}`),
  );
  // A name instead of an address would be looked up once more, by the system.
  const addresses = found.map(({ address }) => literalAddress(address));
  if (addresses.length > 0 && !addresses.includes(undefined)) {
    return addresses.filter((address) => address !== undefined);
  }
  const got = found.map(({ address }) => JSON.stringify(address)).join(', ') || 'nothing';
  throw networkFailure('host-not-found', `looking up ${name} gave ${got}, which is no address`);
}
