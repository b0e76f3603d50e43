import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import type { Clock } from '@netaccess/core';
import type { Channel, Target, TlsFacts, TlsOptions } from '@netaccess/transport';

import { shownChain } from '../certificate-error.ts';
import { handshakeFailure, handshakeReason, isTemporary } from '../handshake-error.ts';
import { judge, unaccepted } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import { watchForEnd } from './end-of-stream.ts';
import { Interruption } from './interruption.ts';
import { KeyLog } from './key-log.ts';
import { preSharedKeyOf } from './pre-shared-key.ts';
import { recordBuffers } from './record-buffers.ts';
import { RecordReader } from './record-reader.ts';
import { readRecycled } from './recycled-read.ts';
import type { ReplaceBuffer } from './recycled-read.ts';
import { NodeSecureChannel } from './secure-channel.ts';
import { sharedContext } from './secure-context.ts';
import { SessionKeeper } from './session-keeper.ts';

/** One handshake to make. */
interface Handshake {
  readonly channel: Channel;
  readonly stream: Duplex;
  readonly options: TlsOptions;
  readonly peerName: string;
  readonly serverName: string;
  readonly context: ReturnType<typeof sharedContext>;
  readonly keyLog: KeyLog | undefined;
}

/** Secures `channel`, or closes it and rejects. */
export async function secureChannel(
  channel: Channel,
  options: TlsOptions,
  clock: Clock,
): Promise<NodeSecureChannel> {
  const interruption = new Interruption(options, clock);
  try {
    if (interruption.happened) throw interruption.failure(describeHandshake(channel.peer));
    return await shakeHands(prepare(channel, options), interruption);
  } catch (error) {
    await channel.close();
    throw error;
  } finally {
    interruption.close();
  }
}

function prepare(channel: Channel, options: TlsOptions): Handshake {
  const peerName = describePeer(channel.peer);
  const serverName = plainName(options.serverName ?? channel.peer.host);
  if (serverName === '') {
    throw handshakeFailure(peerName, 'no server name is given to check the certificate for');
  }
  const context = sharedContext(options);
  const stream = channel.toDuplex();
  if (stream.readableLength > 0) {
    throw handshakeFailure(
      peerName,
      `the channel holds ${stream.readableLength} bytes in clear that nobody has read`,
    );
  }
  const keyLog = KeyLog.of(options);
  return { channel, stream, options, peerName, serverName, context, keyLog };
}

function shakeHands(handshake: Handshake, interruption: Interruption): Promise<NodeSecureChannel> {
  return new Promise((resolve, reject) => {
    const { channel, peerName } = handshake;
    const sessions = new SessionKeeper(handshake);
    const cutOffOf = watchForEnd(handshake.stream);
    let unanswered: unknown;
    const socket = startTls(handshake, sessions.offered(), (error) => {
      unanswered = error;
    });
    handshake.keyLog?.listen(socket);
    let stapled: Uint8Array | null | undefined;
    socket.on('OCSPResponse', (reply) => void (stapled = reply));
    const reader = new RecordReader(recordBuffers);
    const replaceBuffer = readRecycled(socket, reader.onread);
    const fail = (error: Error): void => {
      forget();
      socket.on('error', ignoreLater);
      socket.destroy();
      reject(error);
    };
    const forget = interruption.listen(() =>
      fail(interruption.failure(describeHandshake(channel.peer))),
    );
    const onError = (error: Error): void =>
      fail(unanswered === undefined ? failureOf(error, handshake) : noKey(unanswered, peerName));
    const onClose = (): void => fail(handshakeFailure(peerName, 'the connection was closed'));
    /** Runs before the last flight of a TLS 1.3 handshake leaves: early errors and alerts would plug in here. */
    const onSecure = (): void => {
      handshake.keyLog?.check();
      if (unanswered !== undefined) return fail(noKey(unanswered, peerName));
      const verdict = judge(socket, { ...handshake, resumed: sessions.offeredSession, stapled });
      const refusal = refusalOf(verdict, socket, handshake);
      if (refusal !== undefined) return fail(refusal);
      forget();
      const facts = factsOf(socket, verdict);
      const parts = { channel, socket, reader, replaceBuffer, facts, peerName };
      const secured = new NodeSecureChannel({ ...parts, cutOff: cutOffOf(socket) });
      socket.off('close', onClose).off('error', onError);
      sessions.decided(verdict, socket);
      attachReader(reader, socket, replaceBuffer);
      resolve(secured);
    };
    socket.on('session', (session) => sessions.received(session));
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      try {
        onSecure();
      } catch (error) {
        // A stranger's certificate may be one that cannot even be read.
        fail(handshakeFailure(peerName, 'the peer cannot be judged', { cause: error }));
      }
    });
  });
}

const ignoreLater = (): void => undefined;

function failureOf(error: Error, { peerName, options }: Handshake): Error {
  const details = { cause: error, temporary: isTemporary(error) };
  return handshakeFailure(peerName, handshakeReason(error, options), details);
}

function noKey(cause: unknown, peerName: string): Error {
  return handshakeFailure(peerName, 'the function that names the shared key failed', { cause });
}

function startTls(
  handshake: Handshake,
  session: Uint8Array | undefined,
  keyFailed: (error: unknown) => void,
): TLSSocket {
  const { stream, serverName, options, context, peerName } = handshake;
  try {
    return connect({
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
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw handshakeFailure(peerName, said, { cause: error });
  }
}

function refusalOf(
  verdict: Verdict,
  socket: TLSSocket,
  { options, peerName }: Handshake,
): Error | undefined {
  if (unaccepted(verdict.errors, options).length > 0) {
    const reason = reasonOf(verdict);
    return handshakeFailure(peerName, reason, { certificateErrors: verdict.errors });
  }
  const chosen = socket.alpnProtocol;
  if (!chosen || options.alpn?.includes(chosen)) return undefined;
  return handshakeFailure(peerName, `the peer chose "${chosen}", which was not offered`);
}

/** OpenSSL says it twice where a peer sends one certificate by an unknown issuer. */
function reasonOf({ errors, chain }: Verdict): string {
  const codes = new Set(errors.map((error) => error.code));
  const twice = codes.has('unable-to-get-local-issuer-certificate');
  const reasons = errors
    .filter((error) => !(twice && error.code === 'unable-to-verify-first-certificate'))
    .map((error) => error.message);
  if (chain.length > 1) reasons.push(`the chain is: ${shownChain(chain)}`);
  return reasons.join('; ');
}

function factsOf(socket: TLSSocket, { errors, certificate, chain, ocsp }: Verdict): TlsFacts {
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

function attachReader(
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

const describeHandshake = (peer: Target): string => `the TLS handshake with ${describePeer(peer)}`;

function describePeer(target: Target): string {
  if (target.path !== undefined) return target.path;
  const host = plainName(target.host);
  return host.includes(':') ? `[${host}]:${target.port}` : `${host}:${target.port}`;
}

/** SNI has neither the brackets of an IPv6 address nor the dot at the end of a full name (RFC 6066 §3). */
function plainName(name = ''): string {
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}
