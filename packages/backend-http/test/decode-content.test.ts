import * as zlib from 'node:zlib';

import {
  NetworkAccessManager,
  Registry,
  type HeaderEntry,
  type Policy,
  type Reply,
  type Request,
} from '@netaccess/core';
import {
  dribble,
  end,
  httpServer,
  patternText,
  receiveUntil,
  repeat,
  scriptedServer,
  send,
  stall,
  type HttpServer,
  type ScriptedServer,
  type Step,
} from '@netaccess/test-servers';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import { decodeContent, http, type DecodeContentOptions } from '../src/index.ts';

const asked = 'gzip, deflate, br, zstd';

function managerOf(
  options?: DecodeContentOptions,
  ...inner: readonly Policy[]
): NetworkAccessManager {
  const manager = new NetworkAccessManager({
    registry: new Registry({ factories: [http()] }),
    policies: [decodeContent(options), ...inner],
    resources: { connector: tcpConnector() },
  });
  onTestFinished(() => manager.close());
  return manager;
}
async function served(): Promise<HttpServer> {
  const server = await httpServer();
  onTestFinished(() => server.close());
  return server;
}
async function scripted(...steps: readonly Step[]): Promise<ScriptedServer> {
  const server = await scriptedServer(steps);
  onTestFinished(() => server.close());
  return server;
}
function requestFor(url: URL, request: Partial<Request> = {}): Request {
  return { operation: 'get', url, headers: [], attributes: {}, originAttributes: {}, ...request };
}
/** A 200 of HTTP/1.1 with these fields and this body. */
function answer(
  fields: readonly string[],
  body: Uint8Array = new Uint8Array(0),
  length = body.length,
): Buffer {
  const head = ['HTTP/1.1 200 OK', ...fields, `Content-Length: ${length}`, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}
function field(headers: Iterable<HeaderEntry>, name: string): string | undefined {
  return [...headers].find(([other]) => other.toLowerCase() === name)?.[1];
}

describe('what decodeContent asks for', () => {
  async function acceptEncoding(request: Partial<Request>): Promise<string | undefined> {
    const server = await served();
    const reply = await managerOf().send(requestFor(server.url('/echo'), request));
    await reply.close();
    const seen = server.requests[0]?.headers['accept-encoding'];
    return Array.isArray(seen) ? seen.join() : seen;
  }

  it('is every coding', async () => {
    expect(await acceptEncoding({})).toBe(asked);
  });

  it('is what the caller asks for', async () => {
    expect(await acceptEncoding({ headers: [['ACCEPT-encoding', 'foo']] })).toBe('foo');
  });

  it('is identity for a range, however that is wanted', async () => {
    expect(await acceptEncoding({ attributes: { range: { from: 1 } } })).toBe('identity');
    expect(await acceptEncoding({ headers: [['Range', 'bytes=1-']] })).toBe('identity');
  });

  it('is not in the request that the reply names', async () => {
    const server = await served();
    const request = requestFor(server.url('/bytes/1'));
    const reply = await managerOf().send(request);
    expect(reply.request).toBe(request);
    expect(request.headers).toEqual([]);
    await reply.close();
  });
});

describe('what decodeContent undoes', () => {
  it.each(['gzip', 'deflate', 'raw-deflate', 'br', 'zstd'])('is %s', async (coding) => {
    const server = await served();
    const reply = await managerOf().send(
      requestFor(server.url(`/encoded/${coding}/300000?seed=3`)),
    );
    const token = coding.replace('raw-', '');
    expect(reply.length).toBeUndefined();
    expect(field(reply.headers, 'content-encoding')).toBe(token);
    expect(field(reply.headers, 'content-length')).toBeUndefined();
    expect(reply.attributes?.decoded).toEqual([token]);
    expect(reply.attributes?.originalContentLength).toBeGreaterThan(100_000);
    expect(reply.attributes?.originalContentLength).toBeLessThan(200_000);
    expect(reply.attributes?.backend?.name).toBe('@netaccess/backend-http');
    expect((await reply.bytes()).length).toBe(300_000);
  });

  it('is every byte of it, in any way of reading', async () => {
    const server = await served();
    const manager = managerOf();
    const plain = Buffer.from(patternText(300_000));
    const url = server.url('/encoded/gzip/300000');
    const get = (): Promise<Reply> => manager.send(requestFor(url));
    expect(plain.equals(await (await get()).bytes())).toBe(true);
    const views: Buffer[] = [];
    for await (const view of (await get()).views()) views.push(Buffer.from(view));
    expect(Buffer.concat(views).equals(plain)).toBe(true);
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await get()).body) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(plain)).toBe(true);
    expect(await new Response((await get()).toReadableStream()).text()).toBe(plain.toString());
    const reply = await get();
    const into = new Uint8Array(1000);
    let read = 0;
    for (let count = 1; count > 0; read += count) count = await reply.readInto(into);
    expect(read).toBe(plain.length);
    expect(server.accepted).toBe(1);
  });

  it('is one coding over another, across fields and with identity among them', async () => {
    const plain = patternText(5000);
    const body = zlib.brotliCompressSync(zlib.gzipSync(plain));
    const fields = ['Content-Encoding: X-GZip, identity,', 'Content-Encoding: BR'];
    const server = await scripted(receiveUntil(), dribble(answer(fields, body), 50));
    const reply = await managerOf().send(requestFor(server.url()));
    expect(reply.attributes?.decoded).toEqual(['br', 'gzip']);
    expect(Buffer.from(await reply.bytes()).equals(plain)).toBe(true);
  });

  it('is a failure’s body too', async () => {
    const body = zlib.gzipSync('no such thing');
    const bytes = answer(['Content-Encoding: gzip'], body).toString('latin1');
    const server = await scripted(receiveUntil(), send(bytes.replace('200 OK', '404 Not Found')));
    const reply = await managerOf().send(requestFor(server.url()));
    expect(reply.error?.code).toBe('content-not-found');
    expect(await reply.text()).toBe('no such thing');
  });

  it('is a reply to a request for a range that is not in parts', async () => {
    const server = await scripted(
      receiveUntil(),
      send(answer(['Content-Encoding: gzip'], zlib.gzipSync('all of it'))),
    );
    const attributes = { range: { from: 3 } };
    const reply = await managerOf().send(requestFor(server.url(), { attributes }));
    expect(await reply.text()).toBe('all of it');
  });

  it('keeps the trailers', async () => {
    const body = zlib.gzipSync('x').toString('latin1');
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\nX-Late: yes\r\n\r\n`;
    const server = await scripted(receiveUntil(), send(head + chunks));
    const reply = await managerOf().send(requestFor(server.url()));
    expect(await reply.text()).toBe('x');
    expect(reply.trailers()).toEqual([['X-Late', 'yes']]);
  });
});

describe('what decodeContent leaves alone', () => {
  async function untouched(
    fields: readonly string[],
    request: Partial<Request> = {},
    status = '200 OK',
  ): Promise<Reply> {
    const bytes = answer(fields, Buffer.from('as it is'))
      .toString('latin1')
      .replace('200 OK', status);
    const server = await scripted(repeat(2, receiveUntil(), send(bytes)));
    const reply = await managerOf().send(requestFor(server.url(), request));
    expect(reply.attributes?.decoded).toBeUndefined();
    expect(field(reply.headers, 'content-length')).toBe('8');
    return reply;
  }

  it.each([
    ['no coding', []],
    ['identity', ['Content-Encoding: identity']],
    ['an unknown coding', ['Content-Encoding: compress']],
    ['an unknown coding among others', ['Content-Encoding: gzip, foo, br']],
  ])('is a body with %s', async (_, fields) => {
    const reply = await untouched(fields);
    expect(reply.length).toBe(8);
    expect(await reply.text()).toBe('as it is');
  });

  it('is a reply to a request that says itself what it accepts', async () => {
    const reply = await untouched(['Content-Encoding: gzip'], {
      headers: [['Accept-Encoding', 'gzip']],
    });
    expect(await reply.text()).toBe('as it is');
  });

  it('is a part of an encoded body', async () => {
    const fields = ['Content-Encoding: gzip', 'Content-Range: bytes 1-8/9'];
    const attributes = { range: { from: 1 } };
    const reply = await untouched(fields, { attributes }, '206 Partial Content');
    expect(reply.range).toMatchObject({ from: 1 });
    expect(await reply.text()).toBe('as it is');
  });

  it('is a reply to HEAD', async () => {
    const server = await served();
    const url = server.url('/encoded/gzip/1000');
    const reply = await managerOf().send(requestFor(url, { operation: 'head' }));
    expect(field(reply.headers, 'content-length')).toMatch(/^\d+$/);
    expect(reply.attributes?.decoded).toBeUndefined();
    expect(await reply.bytes()).toHaveLength(0);
  });

  it.each(['204 No Content', '304 Not Modified'])('is %s', async (status) => {
    const server = await scripted(
      receiveUntil(),
      send(`HTTP/1.1 ${status}\r\nContent-Encoding: gzip\r\n\r\n`),
    );
    const reply = await managerOf().send(requestFor(server.url()));
    expect(reply.attributes?.decoded).toBeUndefined();
    expect(await reply.bytes()).toHaveLength(0);
  });

  it('is an empty body, whether its length is known or not', async () => {
    const known = await scripted(receiveUntil(), send(answer(['Content-Encoding: gzip'])));
    const unknown = await scripted(
      receiveUntil(),
      send('HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n'),
      end(),
    );
    for (const server of [known, unknown]) {
      const reply = await managerOf().send(requestFor(server.url()));
      expect(await reply.bytes()).toHaveLength(0);
    }
  });
});

describe('a body that cannot be decoded', () => {
  async function failure(bytes: Buffer | string, options?: DecodeContentOptions): Promise<unknown> {
    const server = await scripted(receiveUntil(), send(bytes), end());
    const url = server.url('/x');
    try {
      const reply = await managerOf(options).send(requestFor(url));
      return await reply.bytes();
    } catch (error) {
      await server.whenOpen(0);
      return error;
    }
  }

  it('is unknown content when it is corrupt, and names the coding and the URL', async () => {
    const body = zlib.gzipSync(patternText(1000));
    body.fill(0, 100, 120);
    expect(await failure(answer(['Content-Encoding: gzip'], body))).toMatchObject({
      name: 'NetworkError',
      code: 'unknown-content',
      url: { pathname: '/x' },
      message: expect.stringMatching(/^the body cannot be decoded from gzip: /) as unknown,
    });
  });

  it('is unknown content when it is complete but its content is not', async () => {
    const body = zlib.brotliCompressSync(patternText(1000)).subarray(0, -5);
    expect(await failure(answer(['Content-Encoding: br'], body))).toMatchObject({
      code: 'unknown-content',
    });
  });

  it('is a broken transfer when the transfer broke', async () => {
    const body = zlib.gzipSync(patternText(1000));
    const bytes = answer(['Content-Encoding: gzip'], body.subarray(0, -5), body.length);
    expect(await failure(bytes)).toMatchObject({ code: 'remote-host-closed' });
    const beyond = answer(['Content-Encoding: gzip'], body, body.length + 1);
    expect(await failure(beyond)).toMatchObject({ code: 'remote-host-closed' });
  });

  it('has too many codings', async () => {
    const five = answer(
      [`Content-Encoding: ${'gzip,'.repeat(5)}`],
      [1, 2, 3, 4, 5].reduce((body) => zlib.gzipSync(body), Buffer.from('deep')),
    );
    expect(Buffer.from((await failure(five)) as Uint8Array).toString()).toBe('deep');
    const six = answer([`Content-Encoding: ${'gzip,'.repeat(6)}`], Buffer.from('x'));
    expect(await failure(six)).toMatchObject({
      code: 'unknown-content',
      message: 'the reply names more than 5 content codings',
    });
  });
});

describe('the guard against bombs', () => {
  const zeros = 12_000_000;
  const bomb = answer(['Content-Encoding: gzip'], zlib.gzipSync(new Uint8Array(zeros)));
  async function read(
    options?: DecodeContentOptions,
    attributes: Request['attributes'] = {},
  ): Promise<unknown> {
    const server = await scripted(receiveUntil(), send(bomb));
    const reply = await managerOf(options).send(requestFor(server.url(), { attributes }));
    return reply.bytes().then(
      ({ length }) => length,
      (error: unknown) => error,
    );
  }

  it('stops a bomb at 10 MiB, and names its option', async () => {
    const error = await read();
    expect(error).toMatchObject({ code: 'unknown-content' });
    expect(String(error)).toMatch(
      /bytes became 1050\d{4}, more than 40 times as many; expansionThresholdBytes/,
    );
  });

  it('can be told another threshold, or none', async () => {
    expect(await read({ expansionThresholdBytes: zeros })).toBe(zeros);
    expect(await read({ expansionThresholdBytes: -1 })).toBe(zeros);
    expect(String(await read({ expansionThresholdBytes: 0 }))).toMatch(/bytes became 528\d{3},/);
  });

  it('can be told so by the request', async () => {
    expect(await read({}, { expansionThresholdBytes: -1 })).toBe(zeros);
    expect(
      await read({ expansionThresholdBytes: -1 }, { expansionThresholdBytes: 1000 }),
    ).toMatchObject({ code: 'unknown-content' });
  });

  it('lets honest bodies grow', async () => {
    const server = await served();
    const manager = managerOf({ expansionThresholdBytes: 0 });
    const reply = await manager.send(requestFor(server.url('/encoded/zstd/300000')));
    expect(await reply.bytes()).toHaveLength(300_000);
  });
});

describe('a decoded reply that is left', () => {
  it('closes its connection when it is left early', async () => {
    const body = zlib.gzipSync(patternText(3_000_000));
    const server = await scripted(
      receiveUntil(),
      send(answer(['Content-Encoding: gzip'], body)),
      stall(),
    );
    const reply = await managerOf().send(requestFor(server.url()));
    for await (const view of reply.views()) {
      expect(view.length).toBeGreaterThan(0);
      break;
    }
    await server.whenOpen(0);
  });

  it('fails when it is aborted in the middle, and leaves nothing open', async () => {
    const body = zlib.gzipSync(patternText(3_000_000));
    const bytes = answer(['Content-Encoding: gzip'], body.subarray(0, 500_000), body.length);
    const server = await scripted(receiveUntil(), send(bytes), stall());
    const abort = new AbortController();
    const reply = await managerOf().send(requestFor(server.url(), { signal: abort.signal }));
    const chunks = reply.body[Symbol.asyncIterator]();
    await chunks.next();
    const rest = (async () => {
      for (let step = await chunks.next(); step.done !== true; step = await chunks.next());
    })();
    abort.abort();
    await expect(rest).rejects.toMatchObject({ code: 'operation-canceled' });
    await server.whenOpen(0);
  });

  it('lends what has come before the rest does', async () => {
    const plain = patternText(1000);
    const gzip = zlib.createGzip();
    const chunks: Buffer[] = [];
    gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
    gzip.write(plain);
    await new Promise<void>((resolve) => {
      gzip.flush(() => {
        resolve();
      });
    });
    const flushed = Buffer.concat(chunks);
    const bytes = answer(['Content-Encoding: gzip'], flushed, flushed.length + 10);
    const server = await scripted(receiveUntil(), send(bytes), stall());
    const reply = await managerOf().send(requestFor(server.url()));
    const got: Buffer[] = [];
    for await (const chunk of reply.body) {
      got.push(Buffer.from(chunk));
      if (Buffer.concat(got).length === plain.length) break;
    }
    expect(Buffer.concat(got).equals(plain)).toBe(true);
  });
});
