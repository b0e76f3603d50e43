import type { Clock } from '@netaccess/core';
import type { Channel, Target, TlsOptions, TlsPlace } from '@netaccess/transport';

import { handshakeFailure } from '../handshake-error.ts';
import { shakeHands } from './client-handshake.ts';
import type { ClientHandshake } from './client-handshake.ts';
import type { Handshake } from './handshake.ts';
import { Interruption } from './interruption.ts';
import { KeyLog } from './key-log.ts';
import { PeerDecision } from './peer-decision.ts';
import type { NodeSecureChannel } from './secure-channel.ts';
import { sharedContext } from './secure-context.ts';
import { Tapping, wantsTap } from './tap/tapping.ts';

/** Secures `channel`, or closes it and rejects. */
export async function secureChannel(
  channel: Channel,
  options: TlsOptions,
  clock: Clock,
): Promise<NodeSecureChannel> {
  const interruption = new Interruption(options, clock);
  try {
    const peerName = describePeer(channel.peer);
    if (interruption.happened) throw interruption.failure(`the TLS handshake with ${peerName}`);
    return await shakeHands(prepare({ channel, options, clock, interruption, peerName }));
  } catch (error) {
    await channel.close();
    throw error;
  } finally {
    interruption.close();
  }
}

type Beginning = Pick<Handshake, 'channel' | 'options' | 'clock' | 'interruption' | 'peerName'>;

function prepare(beginning: Beginning): ClientHandshake {
  const { channel, options, peerName } = beginning;
  const serverName = plainName(options.serverName ?? channel.peer.host);
  if (serverName === '') {
    throw handshakeFailure(peerName, 'no server name is given to check the certificate for');
  }
  const context = sharedContext(options);
  const keyLog = KeyLog.of(options);
  return { ...prepareWay(beginning, 'client', serverName), serverName, context, keyLog };
}

/** Puts a tap before the channel if one is wanted. Throws when bytes are there that would be taken for protected ones. */
export function prepareWay(
  beginning: Beginning,
  role: 'client' | 'server',
  serverName: string,
): Handshake {
  const { channel, options, peerName } = beginning;
  const place = placeOf(channel, options, serverName);
  const tapping = wantsTap(options) ? new Tapping(channel, role, { options, place }) : undefined;
  const stream = tapping?.tap ?? channel.toDuplex();
  const unread = tapping?.tap.unread() ?? stream.readableLength;
  // Whoever is greeted by a peer that begins has its greeting in the channel.
  if (unread > 0 && role === 'client') {
    const reason = `the channel holds ${unread} bytes in clear that nobody has read`;
    throw handshakeFailure(peerName, reason);
  }
  const decision = new PeerDecision({ ...beginning, place, tapping });
  const peerRole = role === 'client' ? 'server' : 'client';
  return { ...beginning, peerRole, stream, tapping, decision };
}

function placeOf({ peer }: Channel, { use }: TlsOptions, serverName: string): () => TlsPlace {
  return () => ({ peer, serverName, origin: use?.origin, requests: use?.requests() ?? [] });
}

/** "host:port" as in a URL, or the path of a unix socket. */
export function describePeer(target: Target): string {
  if (target.path !== undefined) return target.path;
  const host = plainName(target.host);
  return host.includes(':') ? `[${host}]:${target.port}` : `${host}:${target.port}`;
}

/** SNI has neither the brackets of an IPv6 address nor the dot at the end of a full name (RFC 6066 §3). */
function plainName(name = ''): string {
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}
