import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import type { Clock } from '@netaccess/core';
import type { Channel, TlsFacts, TlsOptions } from '@netaccess/transport';

import {
  alertOf,
  handshakeFailure,
  handshakeReason,
  isTemporary,
  rootOf,
} from '../handshake-error.ts';
import type { Verdict } from '../verdict.ts';
import type { Interruption } from './interruption.ts';
import type { PeerDecision } from './peer-decision.ts';
import type { RecordReader } from './record-reader.ts';
import type { ReplaceBuffer } from './recycled-read.ts';
import type { Tapping } from './tap/tapping.ts';

/** What a handshake on either side works with. */
export interface Handshake {
  readonly channel: Channel;
  /** What TLS reads and writes: the channel's own stream, or the tap. */
  readonly stream: Duplex;
  readonly tapping: Tapping | undefined;
  readonly options: TlsOptions;
  readonly peerName: string;
  readonly peerRole: 'server' | 'client';
  readonly decision: PeerDecision;
  readonly interruption: Interruption;
  readonly clock: Clock;
}

/** What broke a handshake, in the words of this package. */
export function failureOf(
  error: Error,
  { peerName, peerRole, options, tapping }: Handshake,
): Error {
  const { thrown, refusal } = tapping?.watch ?? {};
  if (thrown !== undefined) return thrown;
  const cause = rootOf(tapping?.tap.failure ?? error);
  // Its own word for a channel that somebody closes.
  if ('code' in cause && cause.code === 'operation-canceled') {
    return handshakeFailure(peerName, 'the connection was closed');
  }
  const alert = refusal ?? alertOf(cause);
  const details = { cause, temporary: isTemporary(cause), alert };
  return handshakeFailure(
    peerName,
    handshakeReason(cause, { ...options, peerRole }, alert),
    details,
  );
}

/** What the reply says of a handshake that was accepted in spite of `verdict.errors`. */
export function factsOf(socket: TLSSocket, verdict: Verdict): TlsFacts {
  const { errors, certificate, chain, ocsp } = verdict;
  const cipher = socket.getCipher();
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: cipher.standardName ?? cipher.name,
    alpn: socket.alpnProtocol || undefined,
    resumed: socket.isSessionReused(),
    errors,
    peerCertificate: certificate?.raw,
    peerChain: chain.map(({ raw }) => raw),
    ocsp,
  };
}

/** Reading of a secured channel begins. */
export function attachReader(
  reader: RecordReader,
  socket: TLSSocket,
  replaceBuffer: ReplaceBuffer | undefined,
): void {
  socket.allowHalfOpen = true;
  if (replaceBuffer !== undefined) {
    reader.attach({ resume: () => void socket.read(0) });
    return;
  }
  const take = (chunk: Buffer): void => reader.take(chunk);
  reader.attach({
    resume: () => void socket.resume(),
    pause: () => void socket.pause(),
    detach: () => void socket.off('data', take).pause(),
  });
  socket.on('data', take);
}
