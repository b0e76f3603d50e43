import { iterableUpload } from '@netaccess/core';
import {
  certificates,
  httpServer,
  patternBytes,
  patternChunks,
  patternHash,
  proxyServer,
  type Echo,
  type HttpServer,
  type HttpServerOptions,
} from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createManager, type ManagerOptions, type NetworkAccessManager } from '../src/index.ts';

const made = certificates();

async function serve(options: HttpServerOptions = {}): Promise<HttpServer> {
  const server = await httpServer({ tls: made.localhost, http2: {}, ...options });
  onTestFinished(() => server.close());
  return server;
}

function managed(options: ManagerOptions = {}): NetworkAccessManager {
  const manager = createManager({ tls: { ca: [made.ca.cert] }, ...options });
  onTestFinished(() => manager.close());
  return manager;
}

describe('a manager', () => {
  it('speaks HTTP/2 with whoever speaks it, on one connection', async () => {
    const server = await serve();
    const manager = managed();
    const bodies = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const reply = await manager.get(server.url(`/bytes/${index * 1000}`));
        expect(reply.attributes).toMatchObject({ http2WasUsed: true });
        return reply.bytes();
      }),
    );
    expect(bodies.map((body) => body.length)).toEqual(bodies.map((_, index) => index * 1000));
    expect(server.accepted).toBe(1);
  });

  it('moves large bodies both ways over TLS', async () => {
    const server = await serve();
    const manager = managed();
    const size = 20_000_000;
    const upload = iterableUpload(patternChunks(size, 0, 100_000), size);
    const [put, got] = await Promise.all([
      manager.put(server.url('/echo'), { body: upload }),
      manager.get(server.url(`/bytes/${size}`)),
    ]);
    const [echo, body] = await Promise.all([put.json(), got.bytes()]);
    expect(echo as Echo).toMatchObject({ length: size, sha256: patternHash(size) });
    expect(Buffer.from(body).equals(patternBytes(size))).toBe(true);
  });

  it('decodes, follows redirects and answers challenges as over HTTP/1.1', async () => {
    const server = await serve();
    const manager = managed({ credentials: async () => ({ user: 'me', password: 'pw' }) });
    const text = async (path: string): Promise<string> =>
      (await manager.get(server.url(path))).text();
    expect(await text('/encoded/gzip/5000')).toHaveLength(5000);
    expect(await text('/redirect/3?to=/status/200')).toBe('status 200');
    expect(await text('/basic-auth/me/pw')).toBe('hello me');
    expect(server.accepted).toBe(1);
  });

  it('goes through a tunnel', async () => {
    const server = await serve();
    const proxy = await proxyServer({ kind: 'http' });
    onTestFinished(() => proxy.close());
    const reply = await managed({ proxy: proxy.url() }).get(server.url('/bytes/10'));
    expect(reply.attributes?.http2WasUsed).toBe(true);
    expect((await reply.bytes()).length).toBe(10);
  });

  it('can be told not to', async () => {
    const server = await serve();
    const reply = await managed({ http: { http2Allowed: false } }).get(server.url('/bytes/10'));
    expect(reply.attributes).toMatchObject({ http2WasUsed: false, tls: { alpn: 'http/1.1' } });
    await reply.close();
  });

  it('copies from one stream to another of a connection that has room for one', async () => {
    const server = await serve({ http2: { maxConcurrentStreams: 1 } });
    const manager = managed();
    const reply = await manager.copy(server.url('/bytes/500000'), server.url('/echo'));
    expect(await reply.json()).toMatchObject({ length: 500_000, sha256: patternHash(500_000) });
  });

  it('closes everything that is under way', async () => {
    const server = await serve();
    const manager = managed();
    const reply = await manager.get(server.url('/stall/10'));
    const pending = reply.bytes().catch((error: { readonly code: string }) => error.code);
    await manager.close();
    expect(await pending).toBe('operation-canceled');
    await server.whenOpen(0);
  });
});

describe('connecting to a host ahead of use', () => {
  it('negotiates HTTP/1.1 by default, for requests that use nothing else', async () => {
    const server = await serve();
    const manager = managed();
    await manager.connectToHostEncrypted('127.0.0.1', server.port);
    const reply = await manager.get(server.url('/bytes/1'), {
      attributes: { http2Allowed: false },
    });
    expect(reply.attributes?.http2WasUsed).toBe(false);
    await reply.bytes();
    expect(server.accepted).toBe(1);
  });

  it('negotiates what it is told, and later requests use it', async () => {
    const server = await serve();
    const manager = managed();
    const applicationProtocols = ['h2', 'http/1.1'];
    await manager.connectToHostEncrypted('127.0.0.1', server.port, { applicationProtocols });
    await server.whenOpen(1);
    const reply = await manager.get(server.url('/bytes/1'));
    expect(reply.attributes).toMatchObject({ http2WasUsed: true, connection: { reused: false } });
    await reply.bytes();
    expect(server.accepted).toBe(1);
  });

  it('works in clear, also where the peer is known to speak HTTP/2', async () => {
    const [plain, direct] = [
      await serve({ tls: undefined, http2: undefined }),
      await serve({ tls: undefined }),
    ];
    const manager = managed();
    const attributes = { http2Direct: true };
    await manager.connectToHost('127.0.0.1', plain.port);
    await manager.connectToHost('127.0.0.1', direct.port, { attributes });
    await (await manager.get(plain.url('/bytes/1'))).bytes();
    const reply = await manager.get(direct.url('/bytes/1'), { attributes });
    expect(reply.attributes?.http2WasUsed).toBe(true);
    await reply.bytes();
    expect([plain.accepted, direct.accepted]).toEqual([1, 1]);
  });

  it('refuses what is no host, no port, and no protocol that it speaks', async () => {
    const manager = managed();
    for (const refused of [
      manager.connectToHost('a/b'),
      manager.connectToHost('me@host'),
      manager.connectToHost(''),
      manager.connectToHost('host', 70_000),
      manager.connectToHostEncrypted('host', 443, { applicationProtocols: ['spdy/3'] }),
      manager.connectToHostEncrypted('host', 443, { applicationProtocols: [] }),
    ])
      await expect(refused).rejects.toMatchObject({ code: 'protocol-invalid-operation' });
  });

  it('says why it cannot', async () => {
    const server = await serve();
    await server.close();
    await expect(managed().connectToHostEncrypted('127.0.0.1', server.port)).rejects.toMatchObject({
      code: 'connection-refused',
    });
  });
});
