import type { Duplex } from 'node:stream';

import type { Clock } from '@netaccess/core';
import type { Channel } from '@netaccess/transport';

import type { TlsAcceptOptions } from '../accept.ts';
import { Interruption } from './interruption.ts';
import type { NodeSecureChannel } from './secure-channel.ts';
import { sharedContext } from './secure-context.ts';
import { describePeer, prepareWay } from './secure.ts';
import { answerHandshake } from './server-handshake.ts';
import { streamChannel } from './stream-channel.ts';

/** Answers the handshake of whoever is at the other end of `from`, or closes it and rejects. */
export async function acceptChannel(
  from: Channel | Duplex,
  options: TlsAcceptOptions,
  clock: Clock,
): Promise<NodeSecureChannel> {
  const channel = 'toDuplex' in from ? from : streamChannel(from);
  const interruption = new Interruption(options, clock);
  try {
    const peerName = describePeer(channel.peer);
    if (interruption.happened) throw interruption.failure(`the TLS handshake with ${peerName}`);
    const asksForCertificate = options.requestCertificate === true;
    // OpenSSL resumes no session of a peer that showed a certificate without being told whose sessions they are.
    const context = sharedContext(
      asksForCertificate ? { ...options, sessionTickets: false } : options,
    );
    const beginning = { channel, options, clock, interruption, peerName };
    const way = prepareWay(beginning, 'server', '');
    return await answerHandshake({ ...way, context, asksForCertificate });
  } catch (error) {
    await channel.close();
    throw error;
  } finally {
    interruption.close();
  }
}
