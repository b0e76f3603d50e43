import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import {
  certificates,
  dribble,
  end,
  expectBytes,
  receive,
  receiveEnd,
  receiveUntil,
  repeat,
  reset,
  type Script,
  scriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
  send,
  stall,
  stopReadingUntil,
  waitFor,
} from '../src/index.ts';

const open: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
async function start(script: Script, options?: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await scriptedServer(script, options);
  open.push(server);
  return server;
}
async function reach(server: ScriptedServer): Promise<Socket> {
  const socket = connect(server.port, server.host);
  await once(socket, 'connect');
  return socket;
}
async function everything(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

describe('a scripted server', () => {
  it('waits for a head, answers, and ends', async () => {
    const server = await start([receiveUntil(), send('HTTP/1.1 200 OK\r\n\r\nbody'), end()]);
    const socket = await reach(server);
    socket.write('GET / HTTP/1.1\r\n');
    socket.write('\r\nmore');
    expect(await everything(socket)).toBe('HTTP/1.1 200 OK\r\n\r\nbody');
    const peer = await server.connection(0);
    await peer.played;
    await peer.closed;
    expect(peer.text).toBe('GET / HTTP/1.1\r\n\r\nmore');
    expect(peer.failure).toBeUndefined();
    expect(server.accepted).toBe(1);
    await server.whenOpen(0);
  });

  it('plays another script for each connection', async () => {
    const server = await start((index) => [send(`number ${index}`), end()]);
    const first = await reach(server);
    expect(await everything(first)).toBe('number 0');
    expect(await everything(await reach(server))).toBe('number 1');
  });

  it('fails its script at unexpected bytes', async () => {
    const server = await start([expectBytes('HELLO'), send('never')]);
    (await reach(server)).end('GOODBYE');
    const peer = await server.connection(0);
    await peer.played;
    expect(peer.failure?.message).toBe('expected "HELLO", got "GOODB"');
    await peer.closed;
  });

  it('fails its script when the other side ends too early', async () => {
    const server = await start([receive(10)]);
    (await reach(server)).end('12345');
    const peer = await server.connection(0);
    await peer.played;
    expect(peer.failure?.message).toContain('ended while the script waited for 10 bytes');
  });

  it('dribbles so that every byte arrives by itself', async () => {
    const server = await start([dribble('dribbled'), end()]);
    const socket = await reach(server);
    const sizes: number[] = [];
    socket.on('data', (chunk: Buffer) => sizes.push(chunk.length));
    await once(socket, 'end');
    expect(sizes.reduce((sum, size) => sum + size)).toBe(8);
    expect(sizes.length).toBeGreaterThan(1);
    socket.destroy();
  });

  it('resets', async () => {
    const server = await start([receive(1), reset()]);
    const socket = await reach(server);
    socket.write('x');
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('repeats until the other side leaves', async () => {
    const server = await start([repeat(Infinity, receiveUntil('\n'), send('.'))]);
    const socket = await reach(server);
    socket.end('a\nb\nc\n');
    expect(await everything(socket)).toBe('...');
  });

  it('stalls, and ends after the other side', async () => {
    const server = await start([stall()]);
    const socket = await reach(server);
    socket.end('anybody?');
    expect(await everything(socket)).toBe('');
    expect((await server.connection(0)).text).toBe('anybody?');
  });

  it('reads on after the end of its own bytes', async () => {
    const server = await start([end(), receiveEnd()]);
    const socket = connect({ port: server.port, host: server.host, allowHalfOpen: true });
    socket.resume();
    await once(socket, 'end');
    socket.end('late');
    const peer = await server.connection(0);
    await peer.closed;
    expect(peer.text).toBe('late');
  });

  it('waits for the test', async () => {
    let go: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => (go = resolve));
    const server = await start([stopReadingUntil(gone), waitFor(gone), send('gone'), end()]);
    const socket = await reach(server);
    socket.write('x');
    const peer = await server.connection(0);
    expect(peer.socket.isPaused()).toBe(true);
    go?.();
    expect(await everything(socket)).toBe('gone');
    expect(peer.text).toBe('x');
  });

  it('speaks TLS', async () => {
    const { localhost, ca } = certificates();
    const server = await start([receive(2), send('secret'), end()], { tls: localhost });
    expect(server.url('/x').protocol).toBe('https:');
    const socket = connectTls({ port: server.port, host: server.host, ca: [ca.cert] });
    socket.write('hi');
    expect(await everything(socket)).toBe('secret');
  });

  it('remembers failed handshakes', async () => {
    const server = await start([], { tls: certificates().localhost });
    const socket = connectTls({ port: server.port, host: server.host });
    const [error] = await once(socket, 'error');
    expect(error).toBeInstanceOf(Error);
    await server.whenOpen(0);
    expect(server.failedHandshakes).toHaveLength(1);
    expect(server.connections).toHaveLength(0);
  });

  it('leaves nothing open when it is closed', async () => {
    const server = await start([stall()]);
    const sockets = [await reach(server), await reach(server)];
    await server.connection(1);
    const closed = sockets.map((socket) =>
      once(
        socket.resume().on('error', () => undefined),
        'close',
      ),
    );
    expect(server.open).toBe(2);
    await server.close();
    expect(server.open).toBe(0);
    await Promise.all(closed);
  });
});
