import {
  connect,
  createServer as createPlainServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createSecureServer } from 'node:tls';

import { certificates } from '@netaccess/test-servers';
import { createManager, NetworkError } from 'netaccess';
import { afterEach, describe, expect, it } from 'vitest';

const servers: { close(): unknown }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return address.port;
}

/** A server whose body has no length: it ends when the connection does. */
function untilClose(): Promise<number> {
  const { key, cert } = certificates().localhost;
  const server = createSecureServer({ key, cert }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nas much as there is'));
  });
  return portOf(server);
}

const CLOSE_NOTIFY_RECORD_BYTES = 64;

/** Somebody in the middle who passes everything on but the short last record, and ends the connection instead. */
function cutting(port: number): Promise<number> {
  const server = createPlainServer((near: Socket) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far);
    far.on('error', () => undefined);
    near.on('error', () => undefined);
    let held: Buffer = Buffer.alloc(0);
    far.on('data', (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      while (held.length > CLOSE_NOTIFY_RECORD_BYTES || !isShortLast(held)) {
        const length = recordLength(held);
        if (length === undefined || length > held.length) return;
        near.write(held.subarray(0, length));
        held = held.subarray(length);
      }
    });
    far.on('end', () => near.end());
  });
  return portOf(server);
}

function recordLength(bytes: Buffer): number | undefined {
  return bytes.length < 5 ? undefined : 5 + bytes.readUInt16BE(3);
}

/** A record of application data so short that it can only be the alert that ends the connection. */
function isShortLast(bytes: Buffer): boolean {
  return bytes.length >= 5 && bytes[0] === 23 && bytes.readUInt16BE(3) < 24;
}

describe('a body that ends with its connection, over TLS', () => {
  it('is whole when the peer said that it ends', async () => {
    const port = await untilClose();
    const manager = createManager({ tls: { ca: certificates().ca.cert } });
    const reply = await manager.get(`https://localhost:${port}/`);
    expect(await reply.text()).toBe('as much as there is');
    await manager.close();
  });

  it('is an error when the connection was cut off', async () => {
    const port = await cutting(await untilClose());
    const manager = createManager({ tls: { ca: certificates().ca.cert } });
    const reply = await manager.get(`https://localhost:${port}/`);
    const failure: unknown = await reply.text().catch((error: unknown) => error);
    expect(NetworkError.is(failure) && failure.code).toBe('remote-host-closed');
    expect(String(failure)).toContain('cut off');
    await manager.close();
  });
});
