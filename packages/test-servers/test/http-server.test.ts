import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  request as sendRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import * as zlib from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  httpServer,
  patternBytes,
  patternHash,
  patternText,
  type HttpServer,
} from '../src/index.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await httpServer({
    routes: { own: ({ reply, parts }) => void reply.end(`own ${parts.join(',')}`) },
  });
});
afterAll(async () => {
  await server.close();
});

interface Got {
  readonly message: IncomingMessage;
  readonly body: Buffer;
}
async function get(path: string, options: RequestOptions = {}, body?: string): Promise<Got> {
  const request = sendRequest(server.url(path), { agent: false, ...options });
  request.end(body);
  const message = await answerTo(request);
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return { message, body: Buffer.concat(chunks) };
}
async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
}
function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('the ready routes', () => {
  it('serve bytes that both sides can compute', async () => {
    const { message, body } = await get('/bytes/1000003?seed=7');
    expect(message.headers['content-length']).toBe('1000003');
    expect(sha256(body)).toBe(patternHash(1_000_003, 7));
  });

  it('serve no body to HEAD', async () => {
    const { message, body } = await get('/bytes/1000', { method: 'HEAD' });
    expect(message.headers['content-length']).toBe('1000');
    expect(body).toHaveLength(0);
  });

  it.each([
    ['bytes=10-19', '10-19/100', patternBytes(10, 0, 10)],
    ['bytes=95-', '95-99/100', patternBytes(5, 0, 95)],
    ['bytes=-3', '97-99/100', patternBytes(3, 0, 97)],
    ['bytes=90-900', '90-99/100', patternBytes(10, 0, 90)],
  ])('serve the range %s', async (range, contentRange, expected) => {
    const { message, body } = await get('/bytes/100', { headers: { range } });
    expect(message.statusCode).toBe(206);
    expect(message.headers['content-range']).toBe(`bytes ${contentRange}`);
    expect(body.equals(expected)).toBe(true);
  });

  it('serve all of it when If-Range names another validator', async () => {
    const headers = { range: 'bytes=10-19', 'if-range': '"other"' };
    expect((await get('/bytes/100', { headers })).message.statusCode).toBe(200);
    const same = { range: 'bytes=10-19', 'if-range': '"100-0"' };
    expect((await get('/bytes/100', { headers: same })).message.statusCode).toBe(206);
  });

  it('refuse a range beyond the end', async () => {
    const { message } = await get('/bytes/100', { headers: { range: 'bytes=100-' } });
    expect(message.statusCode).toBe(416);
    expect(message.headers['content-range']).toBe('bytes */100');
  });

  it('serve chunks without a length', async () => {
    const { message, body } = await get('/chunked/50000/777');
    expect(message.headers['transfer-encoding']).toBe('chunked');
    expect(sha256(body)).toBe(patternHash(50_000));
  });

  it.each([
    ['gzip', (bytes: Buffer) => zlib.gunzipSync(bytes)],
    ['deflate', (bytes: Buffer) => zlib.inflateSync(bytes)],
    ['raw-deflate', (bytes: Buffer) => zlib.inflateRawSync(bytes)],
    ['br', (bytes: Buffer) => zlib.brotliDecompressSync(bytes)],
    ['zstd', (bytes: Buffer) => zlib.zstdDecompressSync(bytes)],
  ])('serve text in %s', async (coding, decode) => {
    const { message, body } = await get(`/encoded/${coding}/30000`);
    expect(message.headers['content-encoding']).toBe(coding.replace('raw-', ''));
    expect(body.length).toBeLessThan(20_000);
    expect(decode(body).equals(patternText(30_000))).toBe(true);
  });

  it('redirect hop by hop with the status that was asked for', async () => {
    const first = await get('/redirect/2?status=307&to=/own');
    expect(first.message.statusCode).toBe(307);
    const second = await get(first.message.headers.location ?? '');
    expect(second.message.headers.location).toBe('/own');
  });

  it('let in who has the password', async () => {
    const refused = await get('/basic-auth/me/secret');
    expect(refused.message.statusCode).toBe(401);
    expect(refused.message.headers['www-authenticate']).toBe('Basic realm="test", charset="UTF-8"');
    const { body } = await get('/basic-auth/me/secret', { auth: 'me:secret' });
    expect(body.toString()).toBe('hello me');
  });

  it('echo what they were sent', async () => {
    const options = { method: 'PUT', headers: { 'X-Mixed-Case': 'yes' } };
    const { body } = await get('/echo?q=1', options, 'some body');
    const echo: unknown = JSON.parse(body.toString());
    expect(echo).toMatchObject({
      method: 'PUT',
      target: '/echo?q=1',
      length: 9,
      sha256: sha256(Buffer.from('some body')),
      rawHeaders: expect.arrayContaining(['X-Mixed-Case', 'yes']) as unknown,
    });
  });

  it('serve slowly', async () => {
    expect((await get('/slow/3/1')).body.equals(patternBytes(30))).toBe(true);
  });

  it('serve trailers', async () => {
    const { message, body } = await get('/trailers');
    expect(body.toString()).toBe('with trailers');
    expect(message.trailers).toEqual({ 'x-checksum': '17', 'x-late': 'yes' });
  });

  it.each([100, 102, 103])('send %i before the final head', async (status) => {
    const seen: number[] = [];
    const request = sendRequest(server.url(`/informational/${status}/2`), { agent: false });
    request.on('information', ({ statusCode }: { statusCode: number }) => seen.push(statusCode));
    request.end();
    const message = await answerTo(request);
    message.resume();
    await once(message, 'end');
    expect(seen).toEqual([status, status]);
    expect(message.statusCode).toBe(200);
  });

  it('send many headers', async () => {
    const { message } = await get('/headers/50/20');
    expect(message.headers['x-field-49']).toBe('v'.repeat(20));
  });

  it('end by closing the connection', async () => {
    const { message, body } = await get('/close/1000');
    expect(message.headers['transfer-encoding']).toBeUndefined();
    expect(message.headers['content-length']).toBeUndefined();
    expect(body.equals(patternBytes(1000))).toBe(true);
  });

  it('answer with any status and reason', async () => {
    const { message } = await get('/status/418/Short%20and%20stout');
    expect(message.statusCode).toBe(418);
    expect(message.statusMessage).toBe('Short and stout');
    expect((await get('/status/204')).body).toHaveLength(0);
  });

  it('stand beside own ones', async () => {
    expect((await get('/own/a/b')).body.toString()).toBe('own a,b');
    expect((await get('/no-such')).message.statusCode).toBe(404);
  });
});

describe('an HTTP server', () => {
  it('counts connections and requests, and closes what stalls', async () => {
    const own = await httpServer();
    const request = sendRequest(own.url('/stall'), { agent: false });
    const failed = once(request, 'response').catch((error: unknown) => error);
    request.end();
    expect(await own.request(0)).toMatchObject({ method: 'GET', target: '/stall', connection: 0 });
    expect(own.accepted).toBe(1);
    expect(own.open).toBe(1);
    await own.close();
    await own.close();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
    expect(own.open).toBe(0);
  });
});

describe('the pattern', () => {
  it('is the same from any offset', () => {
    const all = patternBytes(5000, 3);
    for (const from of [0, 1, 2, 3, 4, 5, 1023, 4990]) {
      expect(Buffer.from(patternBytes(10, 3, from)).equals(all.subarray(from, from + 10))).toBe(
        true,
      );
    }
  });

  it('differs by seed and does not repeat', () => {
    expect(patternHash(1000, 1)).not.toBe(patternHash(1000, 2));
    expect(zlib.gzipSync(patternBytes(200_000)).length).toBeGreaterThan(199_000);
  });
});
