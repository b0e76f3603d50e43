import type { AddressInfo } from 'node:net';
import { createServer as createPlainServer } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';

import { certificates, proxyServer } from '@netaccess/test-servers';
import { createManager, type ManagerOptions } from 'netaccess';
import { describe, expect, it, onTestFinished } from 'vitest';

const { ca, expired, localhost } = certificates();
const trust = { ca: ca.cert };

async function serve(options: TlsOptions = {}): Promise<string> {
  const server = createServer(
    { cert: localhost.cert, key: localhost.key, ...options },
    (socket) => {
      socket.on('error', () => undefined).resume();
    },
  );
  server.on('tlsClientError', () => undefined);
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

function manager(options: ManagerOptions = {}): ReturnType<typeof createManager> {
  const made = createManager({ tls: trust, ...options });
  onTestFinished(() => made.close());
  return made;
}

describe('manager.inspectTls', () => {
  it('tells facts, chain and alerts of a good peer', async () => {
    const found = await manager().inspectTls(await serve());
    expect(found.failure).toBeUndefined();
    expect(found.tls).toMatchObject({ protocol: 'TLSv1.3', errors: [] });
    expect(Buffer.from(found.chain[0] ?? []).equals(localhost.certificate.raw)).toBe(true);
    expect(found.alerts).toMatchObject([{ direction: 'sent', name: 'close_notify' }]);
  });

  it('tells chain, errors and the alert of one that is refused, and calls the caller besides', async () => {
    const { cert, key } = expired;
    const sent: number[] = [];
    const tls = {
      ...trust,
      onAlertSent: ({ number }: { number: number }) => void sent.push(number),
    };
    const found = await manager({ tls }).inspectTls(await serve({ cert, key }));
    expect(found.failure?.code).toBe('tls-handshake-failed');
    expect(found.errors).toMatchObject([{ code: 'certificate-expired', depth: 0 }]);
    expect(found.chain).toHaveLength(2);
    expect(found.alerts).toMatchObject([{ direction: 'sent', name: 'certificate_expired' }]);
    expect(sent).toEqual([45]);
  });

  it('continues where the caller says so', async () => {
    const { cert, key } = expired;
    const tls = { onHandshakeInterrupted: () => true };
    const found = await manager().inspectTls(await serve({ cert, key }), { tls });
    expect(found.failure).toBeUndefined();
    expect(found.tls?.errors).toMatchObject([{ code: 'certificate-expired' }]);
  });

  it('goes through the manager’s proxy', async () => {
    const proxy = await proxyServer({ kind: 'http' });
    onTestFinished(() => proxy.close());
    const found = await manager({ proxy: proxy.url() }).inspectTls(await serve());
    expect(found.failure).toBeUndefined();
    expect(found.proxy?.host).toBe(new URL(proxy.url()).host);
  });

  it('tells why where there is no TLS, or nobody', async () => {
    const server = createPlainServer((socket) => void socket.resume().end('220 hello\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const plain = await manager().inspectTls(`https://localhost:${port}`);
    expect(plain.failure?.message).toContain('does not speak TLS');
    await new Promise((resolve) => server.close(resolve));
    const nobody = await manager().inspectTls(`https://localhost:${port}`);
    expect(nobody.failure?.code).toBe('connection-refused');
  });

  it('rejects a URL without a host or a port', async () => {
    for (const url of ['data:,x', 'ftp://localhost', 'file:///etc']) {
      await expect(manager().inspectTls(url)).rejects.toMatchObject({
        code: 'protocol-invalid-operation',
      });
    }
  });
});
