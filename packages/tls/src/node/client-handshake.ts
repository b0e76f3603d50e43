import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { handshakeFailure } from '../handshake-error.ts';
import { sessionFacts, verifyWord } from '../ssl-session.ts';
import { judge } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import { watchForEnd } from './end-of-stream.ts';
import { attachReader, factsOf, failureOf } from './handshake.ts';
import type { Handshake } from './handshake.ts';
import { Judgement } from './judgement.ts';
import type { KeyLog } from './key-log.ts';
import { preSharedKeyOf } from './pre-shared-key.ts';
import { recordBuffers } from './record-buffers.ts';
import { RecordReader } from './record-reader.ts';
import { readRecycled } from './recycled-read.ts';
import { NodeSecureChannel } from './secure-channel.ts';
import type { SharedContext } from './secure-context.ts';
import { SessionKeeper } from './session-keeper.ts';
import { isClientFlight } from './tap/client-flight.ts';
import { interrupts } from './tap/tapping.ts';

/** A handshake that this side begins. */
export interface ClientHandshake extends Handshake {
  readonly serverName: string;
  readonly context: SharedContext;
  readonly keyLog: KeyLog | undefined;
}

/** Rejects when the handshake fails or the peer is refused; the channel is to be closed then. */
export function shakeHands(handshake: ClientHandshake): Promise<NodeSecureChannel> {
  return new Promise((resolve, reject) => {
    const { channel, peerName, tapping, keyLog, options } = handshake;
    const sessions = new SessionKeeper(handshake);
    const cutOffOf = watchForEnd(handshake.stream);
    let unanswered: unknown;
    const socket = startTls(handshake, sessions.offered(), (error) => {
      unanswered = error;
    });
    keyLog?.listen(socket);
    tapping?.dress(socket, channel);
    let stapled: Uint8Array | null | undefined;
    socket.on('OCSPResponse', (reply) => void (stapled = reply));
    const reader = new RecordReader(recordBuffers);
    const replaceBuffer = readRecycled(socket, reader.onread);
    const judgement = new Judgement(handshake, { socket, failed: reject });
    const onError = (error: Error): void =>
      judgement.fail(
        unanswered === undefined ? failureOf(error, handshake) : noKey(unanswered, peerName),
      );
    const onClose = (): void =>
      judgement.fail(handshakeFailure(peerName, 'the connection was closed'));
    const secured = (verdict: Verdict): void => {
      const strange = strangeProtocol(socket, handshake);
      if (strange !== undefined) return judgement.fail(strange);
      judgement.succeeded();
      const facts = factsOf(socket, verdict);
      const parts = { channel, socket, reader, replaceBuffer, facts, peerName, tapping };
      const secureChannel = new NodeSecureChannel({ ...parts, cutOff: cutOffOf(socket) });
      socket.off('close', onClose).off('error', onError);
      sessions.decided(verdict, socket);
      attachReader(reader, socket, replaceBuffer);
      tapping?.tap.handshakeDone();
      resolve(secureChannel);
    };
    const judgeNow = (word: string | undefined, accepted: (verdict: Verdict) => void): void => {
      // A stranger's certificate may be one that cannot even be read.
      try {
        keyLog?.check();
        if (unanswered !== undefined) return judgement.fail(noKey(unanswered, peerName));
        const expected = { ...handshake, resumed: sessions.offeredSession, stapled, refused: word };
        const verdict = judge(socket, expected);
        judgement.of(verdict, word ?? '', () => accepted(verdict));
      } catch (error) {
        const failure = handshakeFailure(peerName, 'the peer cannot be judged', { cause: error });
        judgement.fail(failure, 'internal_error');
      }
    };
    if (interrupts(options)) {
      tapping?.tap.gate((flight) => {
        if (!isClientFlight(flight)) return;
        tapping.tap.gate(undefined);
        // The session of a handshake in progress holds what OpenSSL found; one that cannot be read is trusted in nothing.
        const found = sessionFacts(socket.getSession() ?? new Uint8Array());
        judgeNow(
          found === undefined ? 'UNSPECIFIED' : verifyWord(found.verifyResult),
          () => undefined,
        );
      });
    }
    socket.on('session', (session) => sessions.received(session));
    socket.once('error', onError);
    socket.once('close', onClose);
    // Runs before the last flight of a TLS 1.3 handshake leaves.
    socket.once('secureConnect', () => {
      tapping?.tap.gate(undefined);
      if (!judgement.over) judgeNow(undefined, secured);
    });
  });
}

function noKey(cause: unknown, peerName: string): Error {
  return handshakeFailure(peerName, 'the function that names the shared key failed', { cause });
}

function startTls(
  handshake: ClientHandshake,
  session: Uint8Array | undefined,
  keyFailed: (error: unknown) => void,
): TLSSocket {
  const { stream, serverName, options, context, peerName, tapping } = handshake;
  try {
    const socket = connect({
      socket: stream,
      secureContext: context.secureContext,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(options.alpn ? { ALPNProtocols: [...options.alpn] } : {}),
      ...(session ? { session: Buffer.from(session) } : {}),
      ...preSharedKeyOf(options, keyFailed),
      ...(options.ocsp === undefined ? {} : { requestOCSP: true }),
      // Decided in this package, before the channel is handed out: so resumed sessions are judged too, and all errors are seen.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    tapping?.watch.listen(socket);
    return socket;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw handshakeFailure(peerName, said, { cause: error });
  }
}

function strangeProtocol(
  { alpnProtocol: chosen }: TLSSocket,
  { options, peerName }: ClientHandshake,
): Error | undefined {
  if (!chosen || options.alpn?.includes(chosen)) return undefined;
  return handshakeFailure(peerName, `the peer chose "${chosen}", which was not offered`);
}
