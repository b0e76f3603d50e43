import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

import type { Address, Channel } from '@netaccess/transport';

import type { SharedConnection } from './connection.ts';
import type { OpenedChannel } from './opened-channel.ts';
import type { Route } from './route.ts';

/** What a route is to a pool's group. */
export interface Kin {
  readonly route: Route;
  findShared(isFit: (connection: SharedConnection) => boolean): SharedConnection | undefined;
}

/**
 * A connection of another route that leads to the peer of `channel`, whose certificate is for this route's host, too (RFC 9113 §9.1.1).
 * Everything but the origin has to be the same: TLS options, this side's certificate, who connects and secures; and no proxy.
 */
export function coalesced(
  groups: Iterable<Kin>,
  route: Route,
  channel: Channel,
): SharedConnection | undefined {
  const { kin, target } = route;
  if (kin === undefined || target.host === undefined) return undefined;
  const { host } = target;
  for (const group of groups) {
    if (group.route.kin !== kin || group.route.key === route.key) continue;
    const found = group.findShared(
      (connection) => connection.room > 0 && connection.serves(host, channel.address),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether the peer at the end of `opened` is the one at this address, and has proved to be this host, too. */
export function isPeerFor(opened: OpenedChannel, host: string, address: Address): boolean {
  const { channel, proxy, tls } = opened;
  if (proxy !== undefined || tls?.peerCertificate === undefined || tls.errors.length > 0)
    return false;
  const { address: own } = channel;
  if (own.family === 0 || own.address !== address.address || own.port !== address.port)
    return false;
  const certificate = new X509Certificate(tls.peerCertificate);
  const found =
    isIP(host) === 0
      ? certificate.checkHost(host, { subject: 'never' })
      : certificate.checkIP(host);
  return found !== undefined;
}
