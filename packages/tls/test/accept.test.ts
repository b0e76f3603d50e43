import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { certificates, issue } from '@netaccess/test-servers';
import { memoryChannelPair } from '@netaccess/transport';
import type { InterruptedHandshake } from '@netaccess/transport';
import { describe, expect, it, onTestFinished } from 'vitest';

import { acceptTls, nodeTls } from '../src/index.ts';
import type { NodeSecured, TlsAcceptOptions } from '../src/index.ts';
import { alertIn, opensslClient, opensslIsThere } from './fixtures/openssl-server.ts';
import type { Identity, OpensslLog } from './fixtures/openssl-server.ts';
import { failureOf, plainChannel, readBytes } from './fixtures/secure-server.ts';

const made = certificates();
const ca = made.ca.cert;
const expired = issue({
  subject: 'expired',
  issuer: made.ca,
  purposes: ['client'],
  notBefore: new Date(Date.now() - 864_000_000),
  notAfter: new Date(Date.now() - 86_400_000),
});
const bothVersions = ['TLSv1.2', 'TLSv1.3'] as const;
const identity = { certificate: made.localhost.cert, key: made.localhost.key };
const asking = { ...identity, ca, requestCertificate: true };

/** Answers one connection to a port of this process. */
async function accepted(
  options: TlsAcceptOptions,
): Promise<{ port: number; channel: Promise<NodeSecured> }> {
  const channel = Promise.withResolvers<NodeSecured>();
  const server = createServer((socket) => {
    acceptTls(socket, options).then(channel.resolve, channel.reject);
  });
  channel.promise.catch(() => undefined);
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  onTestFinished(async () => {
    server.close();
    await channel.promise.then(
      (opened) => opened.close(),
      () => undefined,
    );
  });
  return { port, channel: channel.promise };
}

/** OpenSSL's program with a certificate, or without. */
function client(port: number, version: string, shown?: Identity): OpensslLog {
  const words = [version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3', '-CAfile', 'ca.pem'];
  if (shown === undefined) return opensslClient(port, words, { 'ca.pem': ca });
  const files = { 'ca.pem': ca, 'own.pem': shown.cert, 'own.key': shown.key };
  return opensslClient(port, [...words, '-cert', 'own.pem', '-key', 'own.key'], files);
}

const alertCame = /<<< [^\n]*Alert[^\n]*\n[^\n]+\n/u;

describe('acceptTls', () => {
  it.each(bothVersions)('secures both ends of a path without a network, %s', async (version) => {
    const [near, far] = memoryChannelPair();
    const [server, alike] = await Promise.all([
      acceptTls(far, { ...identity, alpn: ['http/1.1'], onAlertReceived: () => undefined }),
      nodeTls({ ca, maximumVersion: version }).secure(near, {
        serverName: 'localhost',
        alpn: ['h2', 'http/1.1'],
        onAlertReceived: () => undefined,
      }),
    ]);
    expect(server.tls).toMatchObject({ protocol: version, alpn: 'http/1.1', errors: [] });
    const sent = Buffer.alloc(300_000, 'x');
    const written = Promise.resolve(server.write(sent)).then(() => server.end());
    expect((await readBytes(alike)).equals(sent)).toBe(true);
    await written;
    await Promise.all([server.close(), alike.close()]);
  });

  it('secures a channel within a secured one, and alerts of both are told', async () => {
    const names: string[] = [];
    const { port, channel } = await accepted(identity);
    const tls = nodeTls({ ca });
    const outer = await tls.secure(await plainChannel(port), {
      onAlertReceived: ({ name }) => names.push(`outer ${name}`),
    });
    const [far, near] = await Promise.all([
      channel.then((opened) => acceptTls(opened, { ...identity, onAlertSent: () => undefined })),
      tls.secure(outer, { onAlertReceived: ({ name }) => names.push(`inner ${name}`) }),
    ]);
    await far.write(Buffer.from('hello'));
    expect((await readBytes(near, 5)).toString()).toBe('hello');
    await far.end();
    expect(await readBytes(near)).toHaveLength(0);
    expect(names).toContain('inner close_notify');
    await near.close();
  });

  it('fails for a peer that does not speak TLS, or leaves', async () => {
    for (const said of ['GET / HTTP/1.1\r\n\r\n', '']) {
      const [near, far] = memoryChannelPair();
      const work = acceptTls(far, { ...identity, onAlertSent: () => undefined });
      await near.write(Buffer.from(said));
      await near.end();
      const error = await failureOf(work);
      expect(error.code).toBe('tls-handshake-failed');
    }
  });

  it('closes what it cannot secure, and stops when it is told to', async () => {
    const [, far] = memoryChannelPair();
    const abort = new AbortController();
    const options = { ...identity, signal: abort.signal, onAlertSent: () => undefined };
    const work = failureOf(acceptTls(far, options));
    abort.abort('enough');
    expect(await work).toMatchObject({ code: 'operation-canceled', cause: 'enough' });
    expect(far.open).toBe(false);
  });
});

describe.skipIf(!opensslIsThere).each(bothVersions)('a certificate of a client, %s', (version) => {
  it.each([
    ['missing', undefined, { 'TLSv1.2': 40, 'TLSv1.3': 116 }, 'no-peer-certificate'],
    ['untrusted', made.unknownIssuer, 48, 'unable-to-get-local-issuer-certificate'],
    ['expired', expired, 45, 'certificate-expired'],
    ['for servers', made.localhost, 43, 'invalid-purpose'],
  ] as const)('that is %s is refused by the right alert', async (_, shown, number, code) => {
    const { port, channel } = await accepted({ ...asking, handshakeMustInterruptOnError: true });
    const peer = client(port, version, shown);
    const error = await failureOf(channel);
    expect(error.certificateErrors?.map((each) => each.code)).toContain(code);
    const expected = typeof number === 'number' ? number : number[version];
    expect(alertIn(await peer.says(alertCame), '<<<')).toBe(expected);
    // In TLS 1.3 the server's Finished goes first, and tickets come behind the decision.
    const later = version === 'TLSv1.2' ? /<<< [^\n]*Finished/u : /<<< [^\n]*NewSessionTicket/u;
    expect(peer.text()).not.toMatch(later);
  });

  it('that is bad may be accepted while the handshake is held', async () => {
    const asked: InterruptedHandshake[] = [];
    const { port, channel } = await accepted({
      ...asking,
      onHandshakeInterrupted: async (handshake) => asked.push(handshake) > 0,
    });
    const peer = client(port, version, made.unknownIssuer);
    const secured = await channel;
    expect(asked).toMatchObject([{ protocol: version, serverName: '' }]);
    expect(secured.tls.errors.length).toBeGreaterThan(0);
    expect(secured.tls.peerCertificate).toEqual(made.unknownIssuer.certificate.raw);
    peer.write('hello\n');
    expect((await readBytes(secured, 6)).toString()).toBe('hello\n');
  });

  it('that is good is accepted, and none is asked for by default', async () => {
    const asks = await accepted({ ...asking, handshakeMustInterruptOnError: true });
    client(asks.port, version, made.clientIdentity);
    expect((await asks.channel).tls).toMatchObject({ protocol: version, errors: [] });
    const quiet = await accepted(identity);
    client(quiet.port, version);
    expect((await quiet.channel).tls).toMatchObject({ protocol: version, errors: [] });
  });

  it('that is missing is fatal if so wished, and nobody is asked', async () => {
    const { port, channel } = await accepted({
      ...asking,
      missingCertificateIsFatal: true,
      onHandshakeInterrupted: () => expect.unreachable(),
    });
    const peer = client(port, version);
    expect((await failureOf(channel)).message).toContain('the peer sent no certificate');
    expect(await peer.says(alertCame)).toMatch(alertCame);
  });

  it('that is bad is refused without a tap as well', async () => {
    const { port, channel } = await accepted(asking);
    client(port, version, made.expired);
    expect((await failureOf(channel)).message).toContain('certificate expired on');
  });
});
