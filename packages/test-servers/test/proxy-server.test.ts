import { once } from 'node:events';
import { request as sendRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  end,
  httpServer,
  type HttpServer,
  type ProxyServer,
  type ProxyServerOptions,
  proxyServer,
  receiveUntil,
  scriptedServer,
  send,
  type ScriptedServer,
} from '../src/index.ts';

let origin: HttpServer;
let echoing: ScriptedServer;
beforeAll(async () => {
  origin = await httpServer();
  echoing = await scriptedServer([receiveUntil('\n'), send('pong\n'), end()]);
});
afterAll(async () => {
  await origin.close();
  await echoing.close();
});

const open: ProxyServer[] = [];
afterEach(async () => {
  for (const proxy of open.splice(0)) await proxy.close();
});
async function start(options: ProxyServerOptions): Promise<ProxyServer> {
  const proxy = await proxyServer(options);
  open.push(proxy);
  return proxy;
}

/** What came until the socket ended, as hexadecimal or text. */
async function converse(proxy: ProxyServer, ...writes: (string | Buffer)[]): Promise<Buffer> {
  const socket: Socket = connect(proxy.port, proxy.host);
  await once(socket, 'connect');
  for (const bytes of writes) socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
function named(host: string, port: number): Buffer {
  const name = Buffer.from(host);
  return Buffer.concat([
    Buffer.of(5, 1, 0, 3, name.length),
    name,
    Buffer.of(port >> 8, port & 255),
  ]);
}

describe('an HTTP proxy', () => {
  it('tunnels and counts', async () => {
    const proxy = await start({ kind: 'http' });
    const target = `127.0.0.1:${echoing.port}`;
    const got = await converse(
      proxy,
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`,
      'ping\n',
    );
    expect(got.toString()).toBe('HTTP/1.1 200 Connection Established\r\n\r\npong\n');
    expect(proxy.traffic.passed).toEqual([{ how: 'tunnel', target, user: undefined }]);
    expect(proxy.traffic).toMatchObject({ bytesOut: 5, bytesIn: 5, refused: 0 });
  });

  it('forwards the absolute form, without what was for itself', async () => {
    const proxy = await start({
      kind: 'http',
      users: { me: 'pw' },
      hosts: { 'inside.test': '127.0.0.1' },
    });
    const request = sendRequest({
      host: proxy.host,
      port: proxy.port,
      agent: false,
      method: 'POST',
      path: `http://inside.test:${origin.port}/echo?q`,
      headers: { 'proxy-authorization': basic('me', 'pw'), 'x-mine': '1' },
    });
    request.end('body');
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject);
    });
    let text = '';
    for await (const chunk of message as AsyncIterable<Buffer>) text += chunk.toString();
    expect(JSON.parse(text)).toMatchObject({ method: 'POST', target: '/echo?q', length: 4 });
    expect(text).toContain('x-mine');
    expect(text).not.toContain('proxy-authorization');
    const target = `inside.test:${origin.port}`;
    expect(proxy.traffic.passed).toEqual([{ how: 'forward', target, user: 'me' }]);
  });

  it('refuses who has no password, on both ways', async () => {
    const proxy = await start({ kind: 'http', users: { me: 'pw' } });
    const refused = await converse(
      proxy,
      `CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${basic('me', 'no')}\r\n\r\n`,
    );
    expect(refused.toString()).toMatch(
      /^HTTP\/1.1 407 .*\r\nProxy-Authenticate: Basic realm="proxy"/,
    );
    const forward = await converse(
      proxy,
      'GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(forward.toString()).toMatch(/^HTTP\/1.1 407 /);
    expect(proxy.traffic).toMatchObject({ refused: 2, passed: [] });
  });

  it('says so when a target cannot be reached', async () => {
    const proxy = await start({ kind: 'http' });
    const got = await converse(proxy, 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(got.toString()).toMatch(/^HTTP\/1.1 502 /);
    expect(proxy.traffic.refused).toBe(1);
  });
});

describe('a SOCKS5 proxy', () => {
  it('tunnels by name, and resolves the name itself', async () => {
    const proxy = await start({ kind: 'socks5', hosts: { 'inside.test': '127.0.0.1' } });
    expect(proxy.url().href).toBe(`socks5://127.0.0.1:${proxy.port}/`);
    const got = await converse(
      proxy,
      Buffer.of(5, 1, 0),
      named('inside.test', echoing.port),
      'ping\n',
    );
    expect(got.toString('latin1')).toBe('\x05\x00\x05\x00\x00\x01\0\0\0\0\0\0pong\n');
    const target = `inside.test:${echoing.port}`;
    expect(proxy.traffic.passed).toEqual([{ how: 'socks5', target, user: undefined }]);
  });

  it('tunnels by address, split at every byte', async () => {
    const proxy = await start({ kind: 'socks5' });
    const port = echoing.port;
    const all = Buffer.of(5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255, 0x70, 0x0a);
    const got = await converse(proxy, ...Array.from(all, (byte) => Buffer.of(byte)));
    expect(got.subarray(12).toString()).toBe('pong\n');
  });

  it('asks for user and password', async () => {
    const proxy = await start({ kind: 'socks5', users: { me: 'pw' } });
    const good = Buffer.from('\x01\x02me\x02pw', 'latin1');
    const got = await converse(
      proxy,
      Buffer.of(5, 2, 0, 2),
      good,
      named('127.0.0.1', echoing.port),
      '\n',
    );
    expect(got.subarray(0, 6)).toEqual(Buffer.of(5, 2, 1, 0, 5, 0));
    expect(proxy.traffic.passed[0]?.user).toBe('me');
    const bad = await converse(
      proxy,
      Buffer.of(5, 1, 2),
      Buffer.from('\x01\x02me\x02no', 'latin1'),
    );
    expect(bad).toEqual(Buffer.of(5, 2, 1, 1));
    const none = await converse(proxy, Buffer.of(5, 1, 0));
    expect(none).toEqual(Buffer.of(5, 0xff));
    expect(proxy.traffic.refused).toBe(2);
  });

  it('says why a target cannot be reached', async () => {
    const proxy = await start({ kind: 'socks5' });
    const got = await converse(proxy, Buffer.of(5, 1, 0), named('127.0.0.1', 1));
    expect(got.subarray(2, 4)).toEqual(Buffer.of(5, 5));
  });
});
