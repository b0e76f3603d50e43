import { createHash } from 'node:crypto';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';

import { beforeAll, describe, expect, it } from 'vitest';

import { readRecycled } from '../../src/node/recycled-read.ts';
import { readBytes, secured, secureServer } from '../fixtures/secure-server.ts';

const sent = Buffer.from(
  Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 9)) & 0xff),
);
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** As if this Node had no `useUserBuffer`: for this file, which runs in a process of its own. */
function hidePrivateStep(): void {
  const socket = connect({ socket: connectPlain(1, '127.0.0.1').on('error', () => undefined) });
  socket.on('error', () => undefined);
  const handle: unknown = Reflect.get(socket, '_handle');
  if (!(handle instanceof Object)) throw new Error('no handle');
  Object.defineProperty(Object.getPrototypeOf(handle), 'useUserBuffer', { value: undefined });
  expect(
    readRecycled(socket, { buffer: () => new Uint8Array(1), callback: () => true }),
  ).toBeUndefined();
  socket.destroy();
}

describe('a channel on a Node without the private step', () => {
  beforeAll(hidePrivateStep);

  it('reads everything in order, and keeps a lent view', async () => {
    const { port } = await secureServer({}, (socket) => void socket.end(sent));
    const channel = await secured(port);
    const view = await channel.readPointer();
    const before = hashOf(view);
    for (let count = 0; count < 20; count += 1) {
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(hashOf(view)).toBe(before);
    expect(hashOf(await readBytes(channel))).toBe(hashOf(sent));
    expect(await channel.wasCutOff()).toBe(false);
  });

  it('is idle and used again', async () => {
    const { port } = await secureServer(
      {},
      (socket) => void socket.on('data', (chunk) => socket.write(chunk)),
    );
    const channel = await secured(port);
    for (let count = 0; count < 3; count += 1) {
      void channel.write(sent.subarray(0, 50_000));
      expect(hashOf(await readBytes(channel, 50_000))).toBe(hashOf(sent.subarray(0, 50_000)));
      channel.setIdle(true);
      expect(channel.open).toBe(true);
      channel.setIdle(false);
    }
  });

  it('becomes a stream from which nothing is missing', async () => {
    const { port } = await secureServer({}, (socket) => void socket.end(sent));
    const channel = await secured(port);
    const chunks = [Buffer.from((await channel.readPointer()).subarray(0, 10))];
    channel.advanceReadPointer(10);
    for (let count = 0; count < 20; count += 1) {
      await new Promise((resolve) => void setImmediate(resolve));
    }
    for await (const chunk of channel.toDuplex()) chunks.push(Buffer.from(chunk as Uint8Array));
    expect(hashOf(Buffer.concat(chunks))).toBe(hashOf(sent));
  });
});
