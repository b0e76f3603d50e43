import { TLSSocket } from 'node:tls';

import { handshakeFailure } from '../handshake-error.ts';
import { sessionFacts, verifyWord } from '../ssl-session.ts';
import { judge } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import { watchForEnd } from './end-of-stream.ts';
import { attachReader, factsOf, failureOf } from './handshake.ts';
import type { Handshake } from './handshake.ts';
import { Judgement } from './judgement.ts';
import { recordBuffers } from './record-buffers.ts';
import { RecordReader } from './record-reader.ts';
import { readRecycled } from './recycled-read.ts';
import { NodeSecureChannel } from './secure-channel.ts';
import type { SharedContext } from './secure-context.ts';

/** A handshake that the peer begins. */
export interface ServerHandshake extends Handshake {
  readonly context: SharedContext;
  readonly asksForCertificate: boolean;
}

const unasked: Verdict = { certificate: undefined, chain: [], errors: [] };

/** Rejects when the handshake fails or the peer is refused; the channel is to be closed then. */
export function answerHandshake(handshake: ServerHandshake): Promise<NodeSecureChannel> {
  return new Promise((resolve, reject) => {
    const { channel, peerName, tapping } = handshake;
    const cutOffOf = watchForEnd(handshake.stream);
    const socket = answerTls(handshake);
    tapping?.dress(socket, channel);
    const reader = new RecordReader(recordBuffers);
    const replaceBuffer = readRecycled(socket, reader.onread);
    const judgement = new Judgement(handshake, { socket, failed: reject });
    const onError = (error: Error): void => judgement.fail(failureOf(error, handshake));
    const onEnd = (): void =>
      judgement.fail(handshakeFailure(peerName, 'the peer closed the connection'));
    const secured = (verdict: Verdict): void => {
      judgement.succeeded();
      const facts = factsOf(socket, verdict);
      const parts = { channel, socket, reader, replaceBuffer, facts, peerName, tapping };
      const secureChannel = new NodeSecureChannel({ ...parts, cutOff: cutOffOf(socket) });
      socket.off('close', onEnd).off('end', onEnd).off('error', onError);
      attachReader(reader, socket, replaceBuffer);
      tapping?.tap.handshakeDone();
      resolve(secureChannel);
    };
    socket.once('error', onError);
    socket.once('end', onEnd);
    socket.once('close', onEnd);
    // Runs before the last flight leaves: Finished in TLS 1.2, tickets in TLS 1.3.
    socket.once('secure', () => {
      releaseErrors(socket);
      if (judgement.over) return;
      // A stranger's certificate may be one that cannot even be read.
      try {
        const word = foundWrong(socket);
        const verdict = handshake.asksForCertificate
          ? judgeClient(handshake, socket, word)
          : unasked;
        judgement.of(verdict, word, () => secured(verdict));
      } catch (error) {
        const failure = handshakeFailure(peerName, 'the peer cannot be judged', { cause: error });
        judgement.fail(failure, 'internal_error');
      }
    });
  });
}

function judgeClient({ options }: ServerHandshake, socket: TLSSocket, refused: string): Verdict {
  const expected = {
    options,
    serverName: '',
    resumed: undefined,
    peer: 'client',
    refused,
  } as const;
  return judge(socket, expected);
}

/** OpenSSL's word for what is wrong with the peer's certificate, `''` for nothing. */
function foundWrong(socket: TLSSocket): string {
  const found = sessionFacts(socket.getSession() ?? new Uint8Array());
  return found === undefined ? 'UNSPECIFIED' : verifyWord(found.verifyResult);
}

function answerTls({
  stream,
  options,
  context,
  asksForCertificate,
  tapping,
}: ServerHandshake): TLSSocket {
  const socket = new TLSSocket(stream, {
    isServer: true,
    secureContext: context.secureContext,
    requestCert: asksForCertificate,
    rejectUnauthorized: false,
    ...(options.alpn ? { ALPNProtocols: [...options.alpn] } : {}),
  });
  tapping?.watch.listen(socket);
  return socket;
}

/** A server's socket keeps errors to itself until this private step, which Node's own server takes, too. */
function releaseErrors(socket: TLSSocket): void {
  const release: unknown = Reflect.get(socket, '_releaseControl');
  if (typeof release === 'function') Reflect.apply(release, socket, []);
}
