import type { Socket } from 'node:net';

import { certificates, revocationList } from '@netaccess/test-servers';
import type { Channel, InterruptedHandshake, TlsAlert, TlsOptions } from '@netaccess/transport';
import { describe, expect, it, onTestFinished } from 'vitest';

import { nodeTls, sessionSlot } from '../../src/index.ts';
import { LentClock } from '../fixtures/lent-clock.ts';
import { opensslClient, opensslIsThere, opensslServer } from '../fixtures/openssl-server.ts';
import type { Identity, OpensslServer } from '../fixtures/openssl-server.ts';
import { relay } from '../fixtures/relay.ts';
import {
  failureOf,
  plainChannel,
  readBytes,
  secured,
  secureServer,
} from '../fixtures/secure-server.ts';

const bothVersions = ['TLSv1.2', 'TLSv1.3'] as const;
const made = certificates();
const ca = made.ca.cert;
const revoked = revocationList(made.ca, [made.localhost.certificate]);

interface Situation {
  readonly name: string;
  readonly identity: Identity;
  readonly code: string;
  /** Further options, and what they are in the words of `s_client`. */
  readonly options?: TlsOptions;
  readonly words?: readonly string[];
}

const situations: readonly Situation[] = [
  { name: 'expired', identity: made.expired, code: 'certificate-expired' },
  { name: 'not yet valid', identity: made.notYetValid, code: 'certificate-not-yet-valid' },
  { name: 'self-signed', identity: made.selfSigned, code: 'self-signed-certificate' },
  {
    name: 'by an unknown issuer',
    identity: made.unknownIssuer,
    code: 'unable-to-get-local-issuer-certificate',
  },
  {
    name: 'below an untrusted root',
    identity: made.selfSignedInChain,
    code: 'self-signed-certificate-in-chain',
  },
  {
    name: 'without its intermediate',
    identity: made.missingIntermediate,
    code: 'unable-to-get-local-issuer-certificate',
  },
  { name: 'for another name', identity: made.wrongName, code: 'host-name-mismatch' },
  { name: 'for another purpose', identity: made.wrongPurpose, code: 'invalid-purpose' },
  { name: 'below too many authorities', identity: made.pathTooLong, code: 'path-length-exceeded' },
  {
    // OpenSSL does not take it for an issuer at all.
    name: 'by who may issue none',
    identity: made.invalidAuthority,
    code: 'unable-to-get-local-issuer-certificate',
  },
  {
    name: 'revoked',
    identity: made.localhost,
    code: 'certificate-revoked',
    options: { revocationLists: revoked },
    words: ['-crl_check', '-CRL', 'revoked.pem'],
  },
  {
    name: 'wrong in every way',
    identity: made.allWrong,
    code: 'unable-to-get-local-issuer-certificate',
  },
];

/** What left a channel, record for record. */
async function watchedChannel(port: number): Promise<{ channel: Channel; sent: () => Buffer }> {
  const channel = await plainChannel(port);
  const written: Buffer[] = [];
  const write = channel.write.bind(channel);
  channel.write = (...views) => {
    written.push(...views.map((view) => Buffer.from(view)));
    return write(...views);
  };
  return { channel, sent: () => Buffer.concat(written) };
}

/** Nothing but a ClientHello. */
function isGreeting(sent: Buffer): boolean {
  return sent[0] === 22 && sent[5] === 1 && sent.length === 5 + sent.readUInt16BE(3);
}

const loops = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left -= 1) {
    await new Promise((resolve) => void setImmediate(resolve));
  }
};

const alertReceived = /<<< [^\n]*Alert[^\n]*fatal (?<alert>\w+)/u;
const finishedReceived = /<<< [^\n]*Finished/u;

/** What OpenSSL's own program tells the server, which checks what we check. */
async function alertOfOpenssl(
  server: OpensslServer,
  { words = [] }: Situation,
): Promise<string | undefined> {
  const from = server.text().length;
  const strict = ['-verify_return_error', '-CAfile', 'ca.pem', '-verify_hostname', 'localhost'];
  opensslClient(server.port, [...strict, ...words], { 'ca.pem': ca, 'revoked.pem': revoked });
  return alertReceived.exec(await server.says(alertReceived, from))?.groups?.['alert'];
}

describe.skipIf(!opensslIsThere)('a server certificate', () => {
  describe.each(bothVersions)('%s', (version) => {
    it.for(situations)(
      '$name is refused with the alert that OpenSSL would send, and nothing else',
      async (situation) => {
        const words = version === 'TLSv1.2' ? ['-tls1_2'] : ['-tls1_3'];
        const server = await opensslServer(situation.identity, words);
        const expected = await alertOfOpenssl(server, situation);
        const sentAlerts: TlsAlert[] = [];
        const asked: InterruptedHandshake[] = [];
        const options: TlsOptions = {
          ca,
          ...situation.options,
          onAlertSent: (alert) => sentAlerts.push(alert),
          handshakeMustInterruptOnError: true,
        };

        const from = server.text().length;
        const { channel } = await watchedChannel(server.port);
        const refusal = await failureOf(nodeTls(options).secure(channel, {}));
        expect(refusal.code).toBe('tls-handshake-failed');
        expect(refusal.certificateErrors?.map(({ code }) => code)).toContain(situation.code);
        const log = await server.says(alertReceived, from);
        expect(alertReceived.exec(log)?.groups?.['alert']).toBe(expected);
        expect(log).not.toMatch(finishedReceived);
        expect(
          sentAlerts.map(({ name, level, encrypted }) => ({ name, level, encrypted })),
        ).toEqual([{ name: expected, level: 'fatal', encrypted: version === 'TLSv1.3' }]);

        const later = server.text().length;
        const watched = await watchedChannel(server.port);
        const channelOfBad = await nodeTls({
          ...options,
          async onHandshakeInterrupted(handshake) {
            asked.push(handshake);
            await loops(5);
            expect(isGreeting(watched.sent())).toBe(true);
            return true;
          },
        }).secure(watched.channel, {});
        onTestFinished(() => channelOfBad.close());
        expect(asked).toHaveLength(1);
        expect(asked[0]).toMatchObject({ protocol: version, error: { code: situation.code } });
        expect(asked[0]?.chain[0]).toEqual(channelOfBad.tls.peerCertificate);
        expect(channelOfBad.tls.errors.map(({ code }) => code)).toContain(situation.code);
        await channelOfBad.write(Buffer.from('hello\n'));
        expect(await server.says(/^hello$/mu, later)).toMatch(finishedReceived);
      },
    );
  });
});

describe.each(bothVersions)('a handshake that is held, %s', (version) => {
  const bad = { ...made.expired, minVersion: version, maxVersion: version };

  it('ends as a refusal when the caller says no, or nothing that is yes', async () => {
    const { port } = await secureServer(bad);
    const answers: unknown[] = [false, undefined, 'yes', 1];
    for (const answer of answers) {
      const decide = (): boolean => answer as boolean;
      const error = await failureOf(secured(port, { onHandshakeInterrupted: decide }));
      expect(error.message).toContain('certificate expired on');
    }
  });

  it('fails with what the caller throws, and the peer hears of the certificate', async () => {
    const { port, errors } = await secureServer(bad);
    const thrown = new Error('no time');
    const decide = (): Promise<boolean> => Promise.reject(thrown);
    expect(await failureOf(secured(port, { onHandshakeInterrupted: decide }))).toBe(thrown);
    expect(errors[0]?.message).toContain('alert certificate expired');
  });

  it('ends when the time for the decision is over, which is not that of the handshake', async () => {
    const { port, errors } = await secureServer(bad);
    const clock = new LentClock();
    let signal: AbortSignal | undefined;
    const provider = nodeTls({ ca, timeout: 1000, interruptTimeout: 5000 }, { clock });
    const work = failureOf(
      provider.secure(await plainChannel(port), {
        onHandshakeInterrupted(handshake) {
          ({ signal } = handshake);
          queueMicrotask(() => clock.pass(4999));
          queueMicrotask(() => clock.pass(1));
          return new Promise(() => undefined);
        },
      }),
    );
    const error = await work;
    expect(error.message).toContain('nobody decided within 5000 ms: certificate expired on');
    expect(signal?.aborted).toBe(true);
    expect(errors[0]?.message).toContain('alert certificate expired');
  });

  it('goes on with the time that was left for it', async () => {
    const { port } = await secureServer(bad);
    const clock = new LentClock();
    const provider = nodeTls({ ca, timeout: 1000 }, { clock });
    const channel = await provider.secure(await plainChannel(port), {
      onHandshakeInterrupted() {
        clock.pass(50_000);
        return true;
      },
    });
    expect(channel.tls.errors).toMatchObject([{ code: 'certificate-expired' }]);
    await channel.close();
  });

  it('is aborted with the request, and the peer hears of the certificate', async () => {
    const { port, errors } = await secureServer(bad);
    const abort = new AbortController();
    const error = await failureOf(
      secured(port, {
        signal: abort.signal,
        onHandshakeInterrupted(handshake) {
          setImmediate(() => abort.abort('enough'));
          return new Promise((resolve) => {
            handshake.signal.addEventListener('abort', () => resolve(true));
          });
        },
      }),
    );
    expect(error).toMatchObject({ code: 'operation-canceled', cause: 'enough' });
    expect(errors[0]?.message).toContain('alert certificate expired');
  });

  it('fails at once when the peer vanishes, and says so', async () => {
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const peers: Socket[] = [];
      const port = await relay(await secureServer(bad), (peer) => peers.push(peer));
      let asked = 0;
      const error = await failureOf(
        secured(port, {
          onHandshakeInterrupted() {
            asked += 1;
            peers[0]?.[leave]();
            return new Promise(() => undefined);
          },
        }),
      );
      expect(asked).toBe(1);
      expect(error).toMatchObject({ code: 'tls-handshake-failed' });
      expect(error.message).toContain('the peer closed the connection while the handshake waited');
    }
  });

  it('keeps what a peer sends that floods, up to a limit, and then the peer waits', async () => {
    const peers: Socket[] = [];
    const port = await relay(await secureServer(bad), (peer) => peers.push(peer));
    let waiting = 0;
    const error = await failureOf(
      secured(port, {
        async onHandshakeInterrupted() {
          const [peer] = peers;
          // More than kernels and this side keep together.
          for (let mebibytes = 0; mebibytes < 32; mebibytes += 1) {
            peer?.write(Buffer.alloc(1 << 20, 0x17));
            await loops(2);
          }
          waiting = peer?.writableLength ?? 0;
          return false;
        },
      }),
    );
    expect(error.message).toContain('certificate expired on');
    expect(waiting).toBeGreaterThan(8 << 20);
  });

  it('does not give away a certificate of this side before it goes on', async () => {
    const { cert: certificate, key } = made.clientIdentity;
    const shown: unknown[] = [];
    const server = { ...bad, requestCert: true, rejectUnauthorized: false, ca };
    const { port } = await secureServer(server, (socket) => {
      shown.push(socket.getPeerCertificate().subject?.CN);
      socket.end();
    });
    const watched = await watchedChannel(port);
    const channel = await nodeTls({ ca, certificate, key }).secure(watched.channel, {
      async onHandshakeInterrupted() {
        await loops(5);
        expect(isGreeting(watched.sent())).toBe(true);
        expect(shown).toEqual([]);
        return true;
      },
    });
    await readBytes(channel);
    expect(shown).toEqual(['client identity']);
    await channel.close();
  });

  it('is not interrupted for what the options accept', async () => {
    const { port } = await secureServer(bad);
    const onHandshakeInterrupted = (): boolean => expect.unreachable();
    const options = { ignoreErrors: ['certificate-expired'], onHandshakeInterrupted } as const;
    const channel = await secured(port, options);
    expect(channel.tls.errors).toMatchObject([{ code: 'certificate-expired' }]);
  });

  it('asks again for a session that somebody else has accepted', async () => {
    const { port } = await secureServer(bad, (socket) => socket.write('x'));
    const session = sessionSlot();
    const asked: boolean[] = [];
    const connect = async (options: TlsOptions): Promise<boolean> => {
      const channel = await secured(port, { session, ...options });
      await readBytes(channel, 1);
      await channel.close();
      return channel.tls.resumed;
    };
    const onHandshakeInterrupted = (): boolean => asked.push(true) > 0;
    expect(await connect({ onHandshakeInterrupted })).toBe(false);
    expect(await connect({ onHandshakeInterrupted })).toBe(false);
    expect(asked).toHaveLength(2);
    const error = await failureOf(connect({}));
    expect(error.message).toContain('certificate expired on');
  });

  it('asks a caller who only queries, and not one who verifies nothing', async () => {
    const { port } = await secureServer(bad);
    const asked: string[] = [];
    const onHandshakeInterrupted = ({ error }: InterruptedHandshake): boolean => {
      asked.push(error.code);
      return false;
    };
    const query = { peerVerifyMode: 'query', onHandshakeInterrupted } as const;
    expect((await failureOf(secured(port, query))).message).toContain('certificate expired on');
    const none = await secured(port, { peerVerifyMode: 'none', onHandshakeInterrupted });
    const unasked = await secured(port, { peerVerifyMode: 'query' });
    expect(asked).toEqual(['certificate-expired']);
    for (const { tls } of [none, unasked]) {
      expect(tls.errors).toMatchObject([{ code: 'certificate-expired' }]);
    }
  });
});
