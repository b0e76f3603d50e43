import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import type { Clock } from '@netaccess/core';
import { certificates } from '@netaccess/test-servers';
import type { Channel } from '@netaccess/transport';
import { describe, expect, it, onTestFinished } from 'vitest';

import {
  nodeTls,
  ca,
  failureOf,
  plainChannel,
  readBytes,
  secured,
  secureServer,
} from './fixtures/secure-server.ts';

const bothVersions = ['TLSv1.2', 'TLSv1.3'] as const;

async function plainServer(serve: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** A clock whose time limits expire when the test says so. */
function lentClock(): Clock & { readonly limits: number[]; expire(): void } {
  const callbacks = new Set<() => void>();
  const limits: number[] = [];
  return {
    limits,
    now: () => 0,
    schedule(callback, delay) {
      limits.push(delay);
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    expire() {
      for (const callback of callbacks) callback();
    },
  };
}

describe('a handshake', () => {
  it.each(bothVersions)('speaks %s when nothing else is allowed, and says so', async (version) => {
    const { port } = await secureServer();
    const channel = await secured(port, { minimumVersion: version, maximumVersion: version });
    expect(channel.tls).toMatchObject({ protocol: version, resumed: false, errors: [] });
    expect(channel.tls.cipher).toMatch(/^TLS_/);
    expect(channel.tls.alpn).toBeUndefined();
    expect(channel.tls.peerCertificate).toEqual(certificates().localhost.certificate.raw);
  });

  it('speaks the newest version by default, and refuses those before TLS 1.2', async () => {
    const modern = await secureServer();
    expect((await secured(modern.port)).tls.protocol).toBe('TLSv1.3');
    const old = await secureServer({
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const error = await failureOf(secured(old.port));
    expect(error.message).toContain(
      'protocol versions do not match: TLSv1.2 to TLSv1.3 was offered',
    );
  });

  it.each([
    ['TLSv1.2', 'TLSv1.3'],
    ['TLSv1.3', 'TLSv1.2'],
  ] as const)('fails when the peer speaks %s only and this side %s', async (theirs, ours) => {
    const { port } = await secureServer({ minVersion: theirs, maxVersion: theirs });
    const error = await failureOf(secured(port, { minimumVersion: ours, maximumVersion: ours }));
    expect(error.code).toBe('tls-handshake-failed');
    expect(error.message).toContain(`localhost:${port}`);
    expect(error.message).toContain(`protocol versions do not match: ${ours} was offered`);
  });

  it('times when the channel was secured', async () => {
    const { port } = await secureServer();
    const plain = await plainChannel(port);
    const channel = await nodeTls({ ca }).secure(plain, {});
    expect(channel.timings).toMatchObject(plain.timings);
    expect(channel.timings.secured).toBeGreaterThanOrEqual(plain.timings.connected);
    expect(channel.peer).toEqual({ host: 'localhost', port });
    expect(channel.address).toEqual(plain.address);
  });

  it('sends nothing that was not asked for: SNI only for names', async () => {
    const serve = (socket: TLSSocket): void => void socket.end(String(socket.servername));
    const { port } = await secureServer({ SNICallback: (_, done) => done(null) }, serve);
    const seen = async (serverName: string | undefined): Promise<string> =>
      (await readBytes(await secured(port, { serverName }, '127.0.0.1'))).toString();
    expect(await seen(undefined)).toBe('false');
    expect(await seen('[::1]')).toBe('false');
    expect(await seen('localhost.')).toBe('localhost');
  });
});

describe('ALPN', () => {
  const alpn = ['h2', 'http/1.1'];

  it('takes what the peer chose', async () => {
    const { port } = await secureServer({ ALPNProtocols: ['http/1.1'] });
    expect((await secured(port, { alpn })).tls.alpn).toBe('http/1.1');
  });

  it('has nothing chosen by a peer that does not know it', async () => {
    const { port } = await secureServer();
    expect((await secured(port, { alpn })).tls.alpn).toBeUndefined();
  });

  it.each(bothVersions)(
    'names what was offered when the peer speaks none of it, %s',
    async (version) => {
      const { port } = await secureServer({ ALPNProtocols: ['spdy/3'], maxVersion: version });
      const error = await failureOf(secured(port, { alpn }));
      expect(error.code).toBe('tls-handshake-failed');
      expect(error.message).toContain(
        'no_application_protocol: it speaks none of the offered protocols (h2, http/1.1)',
      );
    },
  );
});

describe('options', () => {
  it('of a channel come before the defaults, but not where they are undefined', async () => {
    const { port } = await secureServer();
    const provider = nodeTls({ ca, maximumVersion: 'TLSv1.2', serverName: 'other.test' });
    const options = { ca: undefined, serverName: 'localhost' };
    const channel = await provider.secure(await plainChannel(port), options);
    expect(channel.tls.protocol).toBe('TLSv1.2');
    await channel.close();
  });

  it('replace the trusted certificates of the platform', async () => {
    const { port } = await secureServer();
    const error = await failureOf(nodeTls().secure(await plainChannel(port), {}));
    expect(error.certificateErrors).toMatchObject([
      { code: 'unable-to-get-local-issuer-certificate' },
      { code: 'unable-to-verify-first-certificate' },
    ]);
    const none = await failureOf(secured(port, { ca: [] }));
    expect(none.message).toContain('unknown issuer: "Test CA"');
  });

  it('take certificates as bytes and as bundles', async () => {
    const { port } = await secureServer();
    const bundle = Buffer.from(certificates().selfSigned.cert + certificates().ca.cert);
    const channel = await secured(port, { ca: [new Uint8Array(bundle)] });
    expect(channel.tls.errors).toEqual([]);
  });

  it.each([
    ['ca', { ca: ['not a certificate'] }, 'entry 0 of the CA certificates holds none in PEM'],
    ['key without certificate', { key: certificates().localhost.key }, 'go together'],
    [
      'key of another certificate',
      { certificate: certificates().localhost.cert, key: certificates().expired.key },
      'not for its key',
    ],
    ['ALPN', { alpn: ['x'.repeat(256)] }, 'TLS handshake with'],
  ])(
    'that cannot be used fail with the reason and close the channel: %s',
    async (_, options, reason) => {
      const { port } = await secureServer();
      const plain = await plainChannel(port);
      const error = await failureOf(nodeTls({ ca }).secure(plain, options));
      expect(error.code).toBe('tls-handshake-failed');
      expect(error.message).toContain(reason);
      expect(plain.open).toBe(false);
    },
  );
});

describe('a certificate of this side', () => {
  const asking = { requestCert: true, rejectUnauthorized: true, ca: [...ca] };
  const { cert: certificate, key } = certificates().clientIdentity;

  it.each(bothVersions)('is shown to a peer that asks for it, %s', async (version) => {
    const subjects: unknown[] = [];
    const { port } = await secureServer({ ...asking, maxVersion: version }, (socket) => {
      subjects.push(socket.getPeerCertificate().subject.CN);
      socket.end('welcome');
    });
    const channel = await secured(port, { certificate, key });
    expect((await readBytes(channel)).toString()).toBe('welcome');
    expect(subjects).toEqual(['client identity']);
  });

  it('opens with its passphrase, and not with another', async () => {
    const { port } = await secureServer(asking, (socket) => void socket.end('welcome'));
    const locked = certificates()
      .clientIdentity.privateKey.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'open',
      })
      .toString();
    const channel = await secured(port, { certificate, key: locked, passphrase: 'open' });
    expect((await readBytes(channel)).toString()).toBe('welcome');
    const error = await failureOf(secured(port, { certificate, key: locked, passphrase: 'wrong' }));
    expect(error.message).toContain('the passphrase does not open the key of this side');
  });

  it('that is missing fails in TLS 1.2 at once and in TLS 1.3 when reading, which the peer decides', async () => {
    const { port } = await secureServer(asking);
    const early = await failureOf(secured(port, { maximumVersion: 'TLSv1.2' }));
    expect(early.message).toContain('wants a certificate of this side');
    const channel = await secured(port);
    const late = await failureOf(Promise.resolve(channel.readPointer()));
    expect(late.code).toBe('tls-handshake-failed');
    expect(late.message).toContain(
      'the server sent certificate_required: it wants a certificate of this side',
    );
  });
});

describe('a peer', () => {
  it.each([
    [
      'in clear, waiting',
      (socket: Socket): void =>
        void socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ],
    [
      'in clear, speaking first',
      (socket: Socket): void => void socket.write('220 mail.test ESMTP\r\n'),
    ],
  ])('that does not speak TLS is named so: %s', async (_, serve) => {
    const port = await plainServer(serve);
    const plain = await plainChannel(port);
    const error = await failureOf(nodeTls({ ca }).secure(plain, {}));
    const inClear = /the peer does not speak TLS|bytes in clear that nobody has read/;
    expect(error.code).toBe('tls-handshake-failed');
    expect(error.message).toMatch(inClear);
    expect(error.message).toContain(`localhost:${port}`);
  });

  it('that ends in the handshake is named so', async () => {
    const port = await plainServer((socket) => void socket.once('data', () => socket.end()));
    const error = await failureOf(secured(port));
    expect(error.code).toBe('tls-handshake-failed');
    expect(error.certificateErrors).toEqual([]);
    expect(error.message).toBe(
      `TLS handshake with localhost:${port} failed: the peer closed the connection during the handshake`,
    );
  });

  it('that resets in the handshake is named so, and may be tried again', async () => {
    const port = await plainServer(
      (socket) => void socket.once('data', () => socket.resetAndDestroy()),
    );
    const error = await failureOf(secured(port));
    expect(error.temporary).toBe(true);
    expect(error.message).toContain('the peer reset the connection during the handshake');
  });
});

describe('unread bytes', () => {
  it('of the channel refuse the handshake: they would be taken for protected ones', async () => {
    const port = await plainServer((socket) => void socket.write('220 ready\r\n250 injected\r\n'));
    const plain = await plainChannel(port);
    const view = await plain.readPointer();
    plain.advanceReadPointer('220 ready\r\n'.length);
    expect(view.length).toBeGreaterThan('220 ready\r\n'.length);
    const error = await failureOf(nodeTls({ ca }).secure(plain, {}));
    expect(error.code).toBe('tls-handshake-failed');
    expect(error.message).toContain('the channel holds 14 bytes in clear that nobody has read');
    expect(plain.open).toBe(false);
  });

  it('of its stream do, too', async () => {
    const plain = await plainChannel(await plainServer(() => undefined));
    plain.toDuplex().push('injected');
    const error = await failureOf(nodeTls({ ca }).secure(plain, {}));
    expect(error.message).toContain('8 bytes in clear');
  });
});

describe('a handshake that is to end early', () => {
  const silent = (): Promise<number> => plainServer(() => undefined);

  it('is aborted before it begins', async () => {
    const plain = await plainChannel(await silent());
    const error = await failureOf(
      nodeTls({ ca }).secure(plain, { signal: AbortSignal.abort('enough') }),
    );
    expect(error).toMatchObject({ code: 'operation-canceled', cause: 'enough' });
    expect(plain.open).toBe(false);
  });

  it('is aborted in its middle, and the connection is closed', async () => {
    const abort = new AbortController();
    const closed = Promise.withResolvers<boolean>();
    const port = await plainServer((socket) => {
      socket.once('data', () => abort.abort());
      socket.once('close', () => closed.resolve(true));
    });
    const error = await failureOf(secured(port, { signal: abort.signal }));
    expect(error.code).toBe('operation-canceled');
    expect(error.message).toBe(`the TLS handshake with localhost:${port} was aborted`);
    expect(await closed.promise).toBe(true);
  });

  it('is not aborted any more when it is over', async () => {
    const abort = new AbortController();
    const { port } = await secureServer({}, (socket) => void socket.end('whole'));
    const channel = await secured(port, { signal: abort.signal });
    abort.abort();
    expect((await readBytes(channel)).toString()).toBe('whole');
  });

  it('takes no longer than its time limit', async () => {
    const clock = lentClock();
    const port = await plainServer((socket) => void socket.once('data', () => clock.expire()));
    const plain = await plainChannel(port);
    const error = await failureOf(nodeTls({ ca }, { clock }).secure(plain, { timeout: 5000 }));
    expect(clock.limits).toEqual([5000]);
    expect(error).toMatchObject({ code: 'timeout', temporary: true });
    expect(error.message).toBe(`the TLS handshake with localhost:${port} took longer than 5000 ms`);
    expect(plain.open).toBe(false);
  });

  it('ends when its channel is closed by somebody else', async () => {
    const received = Promise.withResolvers<undefined>();
    const port = await plainServer(
      (socket) => void socket.once('data', () => received.resolve(undefined)),
    );
    const plain = await plainChannel(port);
    const work = failureOf(nodeTls({ ca }).secure(plain, {}));
    await received.promise;
    await plain.close();
    expect((await work).code).toBe('tls-handshake-failed');
  });
});

/** A channel of somebody else, over a stream that is no socket of Node's. */
function foreignChannel(inner: Channel): Channel {
  const socket = inner.toDuplex();
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => stream.push(chunk));
  socket.on('end', () => stream.push(null));
  socket.on('close', () => stream.destroy());
  return new Proxy(inner, {
    get: (target, name) => {
      if (name === 'toDuplex') return () => stream;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('a stream that is no socket of Node', () => {
  it.each(bothVersions)('is secured, read, written and ended, %s', async (version) => {
    const { port } = await secureServer({ maxVersion: version }, (socket) => {
      socket.on('data', (chunk) => socket.write(chunk));
      socket.on('end', () => socket.end('bye'));
    });
    const foreign = foreignChannel(await plainChannel(port));
    const channel = await nodeTls({ ca }).secure(foreign, {});
    const sent = Buffer.alloc(300_000, 'netaccess');
    void channel.write(sent);
    expect(await readBytes(channel, sent.length)).toEqual(sent);
    await channel.end();
    expect((await readBytes(channel)).toString()).toBe('bye');
    expect(await channel.wasCutOff()).toBe(false);
    await channel.close();
  });
});
