import type { Duplex } from 'node:stream';

import type { Channel, TlsOptions } from '@netaccess/transport';

import { systemClock } from './provider.ts';
import type { NodeSecured, NodeTlsMeans } from './provider.ts';

/** How a peer that begins the handshake is answered. `certificate` and `key`, or `pkcs12`, are what it is shown. */
export interface TlsAcceptOptions extends Omit<
  TlsOptions,
  'serverName' | 'session' | 'ocsp' | 'preSharedKey'
> {
  /**
   * True: the peer is asked for a certificate, which is judged as a server's is, but for its name; one without is refused, unless
   * `ignoreErrors` names "no-peer-certificate" or somebody continues. Default: false.
   */
  readonly requestCertificate?: boolean | undefined;
}

/**
 * The other side of `secure`: answers the handshake of a peer that connected, or closes the channel and rejects. A stream, such as the
 * socket that a server accepted, is read and written by nobody else from then on.
 */
export async function acceptTls(
  from: Channel | Duplex,
  options: TlsAcceptOptions,
  means: NodeTlsMeans = {},
): Promise<NodeSecured> {
  const { acceptChannel } = await import('./node/accept.ts');
  return acceptChannel(from, options, means.clock ?? systemClock);
}
