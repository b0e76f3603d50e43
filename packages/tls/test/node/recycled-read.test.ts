import { connect as connectPlain } from 'node:net';
import { connect, TLSSocket } from 'node:tls';

import { describe, expect, it, onTestFinished } from 'vitest';

import { recordBuffers } from '../../src/node/record-buffers.ts';
import { RecordReader } from '../../src/node/record-reader.ts';
import { readRecycled } from '../../src/node/recycled-read.ts';
import { ca, secureServer } from '../fixtures/secure-server.ts';

async function socketTo(port: number): Promise<TLSSocket> {
  const plain = connectPlain(port, '127.0.0.1');
  await new Promise((resolve) => plain.once('connect', resolve));
  const socket = connect({ socket: plain, ca: [...ca], servername: 'localhost' });
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe(`the private step on Node ${process.versions.node}`, () => {
  it('is heeded: records land in the buffer, and no "data" comes', async () => {
    const { port } = await secureServer({}, (socket) => void socket.end('recycled'));
    const socket = await socketTo(port);
    const memory = new Uint8Array(100);
    const seen: string[] = [];
    const replace = readRecycled(socket, {
      buffer: () => memory,
      callback: (count, buffer) => {
        expect(buffer).toBe(memory);
        seen.push(Buffer.from(memory.subarray(0, count)).toString());
        return true;
      },
    });
    expect(replace).toBeTypeOf('function');
    socket.on('data', () => seen.push('data'));
    await new Promise((resolve) => socket.once('end', resolve));
    expect(seen).toEqual(['recycled']);
  });

  it('changes the buffer of the next record when asked', async () => {
    const { port } = await secureServer(
      {},
      (socket) => void socket.once('data', () => socket.end('moved')),
    );
    const socket = await socketTo(port);
    const [first, second] = [new Uint8Array(100), new Uint8Array(100)];
    const replace = readRecycled(socket, { buffer: () => first, callback: () => true });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    replace?.(second);
    socket.write('go');
    await new Promise((resolve) => socket.once('end', resolve));
    expect(Buffer.from(second.subarray(0, 5)).toString()).toBe('moved');
    expect(first.every((byte) => byte === 0)).toBe(true);
  });

  it('is left out, and nothing is changed, where a socket is built otherwise', () => {
    const strange = Object.assign(Object.create(TLSSocket.prototype), {}) as TLSSocket;
    const onread = { buffer: () => new Uint8Array(1), callback: () => true };
    expect(readRecycled(strange, onread)).toBeUndefined();
  });
});

describe('without the private step', () => {
  it('a reader takes what "data" brings, and stops the socket when nobody reads', async () => {
    const sent = Buffer.alloc(3_000_000, 'abcdefg');
    const { port } = await secureServer({}, (socket) => void socket.end(sent));
    const socket = await socketTo(port);
    const reader = new RecordReader(recordBuffers);
    reader.attach({ resume: () => void socket.resume(), pause: () => void socket.pause() });
    socket.on('data', (chunk: Buffer) => reader.take(chunk));
    socket.on('end', () => reader.end());
    const chunks: Buffer[] = [];
    let paused = 0;
    for (;;) {
      if (socket.isPaused()) paused += 1;
      const view = await reader.readPointer();
      if (view.length === 0) break;
      chunks.push(Buffer.from(view));
      reader.advanceReadPointer(view.length);
      if (chunks.length % 10 === 0) await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    expect(paused).toBeGreaterThan(0);
    expect(recordBuffers.lent).toBe(0);
  });
});
