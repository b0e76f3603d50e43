import { httpServer, type Echo, type HttpServer } from '@netaccess/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Fetch } from '../../src/fetch/fetch.ts';
import { createManager, type NetworkAccessManager } from '../../src/manager.ts';

/** Every case runs with the platform's `fetch` and with the manager's: what it sees must be the same. */
interface Case {
  readonly name: string;
  /** Gives what the case is about, in a form that can be compared; `base` ends in a slash. */
  run(fetch: Fetch, base: string): Promise<unknown>;
}

let server: HttpServer;
let manager: NetworkAccessManager;

beforeAll(async () => {
  server = await httpServer({
    routes: {
      cookies: ({ reply }) => {
        reply.writeHead(200, [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['X-Twice', '1'],
          ['X-Twice', '2'],
        ]);
        reply.end('cookies');
      },
      bom: ({ reply }) => void reply.end(Buffer.from('\u{feff}text with a mark')),
      json: ({ reply }) => void reply.setHeader('content-type', 'application/json').end('{"a":1}'),
      form: ({ reply }) =>
        void reply.setHeader('content-type', 'application/x-www-form-urlencoded').end('a=1&b=2'),
      nowhere: ({ reply }) => void reply.writeHead(302).end('moved, and nobody says where'),
      unparsable: ({ reply }) => void reply.writeHead(302, { location: 'http://[' }).end(),
      broken: ({ reply }) => {
        reply.writeHead(200, { 'content-length': 10 });
        reply.write('12345', () => reply.destroy());
      },
      image: ({ reply }) => void reply.setHeader('content-type', 'Image/PNG; a=b').end('png'),
    },
  });
  manager = createManager();
});
afterAll(async () => {
  await manager.close();
  await server.close();
});

/** What a caller sees of a response before reading it. */
async function head(promise: Promise<Response>) {
  const response = await promise;
  const { status, statusText, ok, type, url, redirected, bodyUsed, body } = response;
  const isResponse = response instanceof Response;
  const tag = Object.prototype.toString.call(response);
  return {
    status,
    statusText,
    ok,
    type,
    url,
    redirected,
    bodyUsed,
    hasBody: body !== null,
    isResponse,
    tag,
  };
}

async function text(promise: Promise<Response>): Promise<string> {
  return (await promise).text();
}

/** The class of what is thrown; the words are not compared. */
async function thrown(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return error instanceof Error || error instanceof DOMException
      ? `${error.constructor.name} ${error.name}`
      : String(error);
  }
  return 'nothing';
}

/** What the server saw, without what is each one's own. */
async function seen(promise: Promise<Response>) {
  const { method, target, length, sha256, rawHeaders } = (await (await promise).json()) as Echo;
  const own = new Set(['host', 'user-agent', 'accept-encoding', 'connection', 'sec-fetch-mode']);
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1];
    // The standard wants it of POST and PUT, the platform sends it with more.
    const nothing = name === 'content-length' && value === '0';
    if (!own.has(name) && !nothing) headers.push(`${name}: ${value}`);
  }
  return { method, target, length, sha256, headers: headers.toSorted() };
}

function streamOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
}

/** The same server by another name, and so another origin. */
function localhost(base: string): string {
  return base.replace('127.0.0.1', 'localhost');
}

const bodied: RequestInit = { body: 'other' };
const half = (init: object): RequestInit => ({ duplex: 'half', ...init }) as RequestInit;

const cases: Case[] = [
  { name: 'a text', run: (fetch, base) => text(fetch(`${base}encoded/gzip/500`)) },
  ...['gzip', 'deflate', 'br'].map((coding) => ({
    name: `a body in ${coding}`,
    run: async (fetch: Fetch, base: string) =>
      (await (await fetch(`${base}encoded/${coding}/70000`)).arrayBuffer()).byteLength,
  })),
  { name: 'the head of a response', run: (fetch, base) => head(fetch(`${base}bytes/10`)) },
  {
    name: 'the head of a URL with a fragment',
    run: (fetch, base) => head(fetch(`${base}bytes/10#part`)),
  },
  { name: 'a URL object', run: (fetch, base) => head(fetch(new URL(`${base}bytes/10`))) },
  ...[200, 201, 204, 205, 304, 400, 401, 403, 404, 418, 500, 503, 599].map((code) => ({
    name: `status ${code}`,
    run: async (fetch: Fetch, base: string) => {
      const response = await fetch(`${base}status/${code}/Some%20words`);
      return [await head(Promise.resolve(response)), await response.text()];
    },
  })),
  {
    name: 'a HEAD',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`, { method: 'HEAD' });
      return [
        await head(Promise.resolve(response)),
        response.headers.get('content-length'),
        await response.text(),
      ];
    },
  },
  {
    name: 'headers',
    run: async (fetch, base) => {
      const { headers } = await fetch(`${base}cookies`);
      return [
        headers.get('x-twice'),
        headers.getSetCookie(),
        headers.has('X-TWICE'),
        headers instanceof Headers,
      ];
    },
  },
  ...(['set', 'append', 'delete'] as const).map((change) => ({
    name: `headers that cannot be changed by ${change}`,
    run: async (fetch: Fetch, base: string) => {
      const { headers } = await fetch(`${base}cookies`);
      const tried = await thrown(() => headers[change]('x-twice', '3'));
      return [tried, headers.get('x-twice')];
    },
  })),
  { name: 'json()', run: async (fetch, base) => (await fetch(`${base}json`)).json() },
  {
    name: 'json() of a text',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`);
      return thrown(() => response.json());
    },
  },
  { name: 'a byte order mark', run: (fetch, base) => text(fetch(`${base}bom`)) },
  {
    name: 'blob()',
    run: async (fetch, base) => {
      const blob = await (await fetch(`${base}image`)).blob();
      return [blob.type, blob.size, await blob.text()];
    },
  },
  {
    name: 'formData()',
    run: async (fetch, base) => [...(await (await fetch(`${base}form`)).formData())],
  },
  { name: 'bytes()', run: async (fetch, base) => (await fetch(`${base}bytes/1000`)).bytes() },
  {
    name: 'a second reading',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`);
      await response.text();
      return [
        response.bodyUsed,
        await thrown(() => response.text()),
        await thrown(() => response.clone()),
      ];
    },
  },
  {
    name: 'a second reading of nothing',
    run: async (fetch, base) => {
      const response = await fetch(`${base}status/204`);
      return [await response.text(), await response.text(), response.bodyUsed];
    },
  },
  {
    name: 'a body that was read from its stream',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`);
      const chunks = [];
      for await (const chunk of response.body ?? []) chunks.push(chunk);
      return [
        Buffer.concat(chunks).toString('hex'),
        response.bodyUsed,
        await thrown(() => response.text()),
      ];
    },
  },
  {
    name: 'a stream that is the same each time',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`);
      const { body } = response;
      return [body === response.body, response.bodyUsed, await response.text(), response.bodyUsed];
    },
  },
  {
    name: 'a body behind a reader',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`);
      const reader = response.body?.getReader();
      const refused = await thrown(() => response.text());
      reader?.releaseLock();
      return [refused, await response.text()];
    },
  },
  {
    name: 'bytes read into the caller’s memory',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`);
      const reader = response.body?.getReader({ mode: 'byob' });
      const first = await reader?.read(new Uint8Array(4));
      return [first?.done, first?.value];
    },
  },
  {
    name: 'a clone',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/1000`);
      const twin = response.clone();
      const read = await Promise.all([response.arrayBuffer(), twin.arrayBuffer()]);
      return [
        await head(Promise.resolve(twin)),
        read.map(({ byteLength }) => byteLength),
        twin.headers.get('etag'),
      ];
    },
  },
  {
    name: 'a response made of a response',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`);
      const made = new Response(response.body, response);
      return [made.status, made.headers.get('etag'), await made.text(), response.bodyUsed];
    },
  },
  {
    name: 'a body that breaks off',
    run: async (fetch, base) => {
      const response = await fetch(`${base}broken`);
      return thrown(() => response.text());
    },
  },
  {
    name: 'a stream that breaks off',
    run: async (fetch, base) => {
      const response = await fetch(`${base}broken`);
      return thrown(async () => {
        for await (const chunk of response.body ?? []) expect(chunk.byteLength).toBeGreaterThan(0);
      });
    },
  },

  ...[301, 302, 303, 307, 308].flatMap((status) =>
    ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'].map((method) => ({
      name: `a redirect with ${status} of ${method}`,
      run: async (fetch: Fetch, base: string) => {
        const body =
          method === 'POST' || method === 'PUT' || method === 'PATCH' ? 'body' : undefined;
        const response = await fetch(`${base}redirect/2?status=${status}`, {
          method,
          body: body ?? null,
        });
        const headed = await head(Promise.resolve(response));
        return method === 'HEAD' ? headed : [headed, await seen(Promise.resolve(response))];
      },
    })),
  ),
  {
    name: 'a redirect to another origin',
    run: async (fetch, base) => {
      const headers = { authorization: 'Bearer x', cookie: 'a=b', 'x-kept': '1' };
      const response = await fetch(`${base}redirect/1?to=${localhost(base)}echo`, { headers });
      return [await head(Promise.resolve(response)), await seen(Promise.resolve(response))];
    },
  },
  {
    name: 'a redirect to another origin and back',
    run: (fetch, base) =>
      head(
        fetch(
          `${base}redirect/1?to=${encodeURIComponent(`${localhost(base)}redirect/1?to=${base}echo`)}`,
        ),
      ),
  },
  {
    name: 'a redirect whose fragment is inherited',
    run: (fetch, base) => head(fetch(`${base}redirect/1?to=/echo#x`)),
  },
  {
    name: 'a redirect that is not to be followed',
    run: async (fetch, base) => {
      const response = await fetch(`${base}redirect/1`, { redirect: 'manual' });
      return [await head(Promise.resolve(response)), response.headers.get('location')];
    },
  },
  {
    name: 'a redirect that is an error',
    run: (fetch, base) => thrown(() => fetch(`${base}redirect/1`, { redirect: 'error' })),
  },
  {
    name: 'no redirect where one is an error',
    run: (fetch, base) => head(fetch(`${base}echo`, { redirect: 'error' })),
  },
  { name: 'twenty redirects', run: (fetch, base) => head(fetch(`${base}redirect/20`)) },
  { name: 'twenty-one redirects', run: (fetch, base) => thrown(() => fetch(`${base}redirect/21`)) },
  { name: 'a redirect to nowhere', run: (fetch, base) => head(fetch(`${base}nowhere`)) },
  { name: 'a redirect to no URL', run: (fetch, base) => thrown(() => fetch(`${base}unparsable`)) },
  {
    name: 'a redirect to another scheme',
    run: (fetch, base) => thrown(() => fetch(`${base}redirect/1?to=data:,x`)),
  },
  {
    name: 'a redirect to a blocked port',
    run: (fetch, base) => thrown(() => fetch(`${base}redirect/1?to=http://127.0.0.1:25/`)),
  },
  {
    name: 'a redirect with a body that can be read once',
    run: (fetch, base) =>
      thrown(() =>
        fetch(`${base}redirect/1?status=307`, half({ method: 'POST', body: streamOf('x') })),
      ),
  },
  {
    name: 'a redirect that drops a body that can be read once',
    run: (fetch, base) =>
      seen(fetch(`${base}redirect/1?status=303`, half({ method: 'POST', body: streamOf('x') }))),
  },

  ...['get', 'Head', 'post', 'put', 'delete', 'options', 'PATCH', 'PROPFIND'].map((method) => ({
    name: `the method ${method}`,
    run: async (fetch: Fetch, base: string) => {
      const response = await fetch(`${base}echo`, { method });
      return method === 'Head' ? response.status : seen(Promise.resolve(response));
    },
  })),
  ...['CONNECT', 'TRACE', 'track', 'a b', 'ü', ''].map((method) => ({
    name: `the method ${JSON.stringify(method)}`,
    run: (fetch: Fetch, base: string) => thrown(() => fetch(`${base}echo`, { method })),
  })),
  {
    name: 'headers of a request',
    run: (fetch, base) =>
      seen(
        fetch(`${base}echo`, {
          headers: {
            'X-A': '1',
            Accept: 'text/x',
            'Accept-Language': 'de',
            Referer: 'http://r/',
            Cookie: 'a=b',
          },
        }),
      ),
  },
  {
    name: 'a Host of the caller’s',
    run: async (fetch, base) => {
      const response = await fetch(`${base}echo`, { headers: { Host: 'other.test' } });
      const { rawHeaders } = (await response.json()) as Echo;
      return rawHeaders.filter((_, index) => /^host$/i.test(rawHeaders[index - 1] ?? ''));
    },
  },
  {
    name: 'headers as pairs, two of a name',
    run: (fetch, base) =>
      seen(
        fetch(`${base}echo`, {
          headers: [
            ['x-a', '1'],
            ['X-A', '2'],
          ],
        }),
      ),
  },
  ...[{ 'a b': 'c' }, { a: 'b\r\nc: d' }, { a: 'b\0' }, { a: '→' }].map((headers) => ({
    name: `the headers ${JSON.stringify(headers)}`,
    run: (fetch: Fetch, base: string) => thrown(() => fetch(`${base}echo`, { headers })),
  })),
  {
    name: 'a content-length of a caller without a body',
    run: (fetch, base) => seen(fetch(`${base}echo`, { headers: { 'content-length': '5' } })),
  },
  {
    name: 'a content-length that is not the body’s',
    run: (fetch, base) =>
      thrown(() =>
        fetch(`${base}echo`, { method: 'POST', body: 'abc', headers: { 'content-length': '5' } }),
      ),
  },
  {
    name: 'a range',
    run: async (fetch, base) => {
      const response = await fetch(`${base}bytes/10`, { headers: { range: 'bytes=2-4' } });
      return [
        await head(Promise.resolve(response)),
        response.headers.get('content-range'),
        await response.bytes(),
      ];
    },
  },

  ...Object.entries<() => BodyInit | number | null>({
    'a text': () => 'é',
    'an empty text': () => '',
    bytes: () => new Uint8Array([1, 2, 3]),
    'an ArrayBuffer': () => new Uint8Array([1, 2, 3]).buffer,
    'a DataView': () => new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1),
    'a blob': () => new Blob(['b'], { type: 'text/x' }),
    'a query': () => new URLSearchParams({ a: 'b c' }),
    'a number': () => 5,
    nothing: () => null,
  }).map(([name, body]) => ({
    name: `a body of ${name}`,
    run: (fetch: Fetch, base: string) =>
      seen(fetch(`${base}echo`, { method: 'POST', body: body() as BodyInit })),
  })),
  {
    name: 'a body of a stream',
    run: (fetch, base) =>
      seen(fetch(`${base}echo`, half({ method: 'POST', body: streamOf('a', 'b') }))),
  },
  {
    name: 'a body of a stream without "half"',
    run: (fetch, base) =>
      thrown(() => fetch(`${base}echo`, { method: 'POST', body: streamOf('a') })),
  },
  {
    name: 'a body of a locked stream',
    run: (fetch, base) => {
      const stream = streamOf('a');
      stream.getReader();
      return thrown(() => fetch(`${base}echo`, half({ method: 'POST', body: stream })));
    },
  },
  {
    name: 'a body of a stream that breaks',
    run: (fetch, base) => {
      const stream = new ReadableStream({
        start: (controller) => controller.error(new RangeError('broken')),
      });
      return thrown(() => fetch(`${base}echo`, half({ method: 'POST', body: stream })));
    },
  },
  {
    name: 'a body with a type of the caller’s',
    run: (fetch, base) =>
      seen(
        fetch(`${base}echo`, {
          method: 'POST',
          body: 'x',
          headers: { 'Content-Type': 'text/html' },
        }),
      ),
  },
  {
    name: 'a body of a GET',
    run: (fetch, base) => thrown(() => fetch(`${base}echo`, bodied)),
  },
  {
    name: 'a body of a HEAD',
    run: (fetch, base) => thrown(() => fetch(`${base}echo`, { method: 'HEAD', ...bodied })),
  },

  {
    name: 'a Request',
    run: (fetch, base) => seen(fetch(new Request(`${base}echo`, { headers: { 'x-a': '1' } }))),
  },
  {
    name: 'a Request with a body',
    run: (fetch, base) => seen(fetch(new Request(`${base}echo`, { method: 'PUT', body: 'body' }))),
  },
  {
    name: 'a Request with a streamed body',
    // A short one goes with its length here.
    run: async (fetch, base) => {
      const request = new Request(`${base}echo`, half({ method: 'PUT', body: streamOf('a', 'b') }));
      const { method, length, sha256 } = await seen(fetch(request));
      return [method, length, sha256];
    },
  },
  {
    name: 'a Request whose body is replaced',
    run: async (fetch, base) => {
      const request = new Request(`${base}echo`, { method: 'PUT', body: 'body' });
      const answer = await seen(fetch(request, bodied));
      return [answer, request.bodyUsed];
    },
  },
  {
    name: 'a Request whose body was used',
    run: async (fetch, base) => {
      const request = new Request(`${base}echo`, { method: 'PUT', body: 'body' });
      await request.text();
      return thrown(() => fetch(request));
    },
  },
  {
    name: 'a Request with a body that uses it up',
    run: async (fetch, base) => {
      const request = new Request(`${base}echo`, { method: 'PUT', body: 'body' });
      await fetch(request);
      return request.bodyUsed;
    },
  },
  {
    name: 'a Request with options over it',
    run: (fetch, base) =>
      seen(
        fetch(new Request(`${base}echo`, { method: 'PUT', headers: { 'x-a': '1' } }), {
          method: 'DELETE',
          headers: { 'x-b': '2' },
        }),
      ),
  },

  {
    name: 'a signal that was aborted before',
    run: (fetch, base) => thrown(() => fetch(`${base}echo`, { signal: AbortSignal.abort() })),
  },
  {
    name: 'a signal with a reason of its own',
    run: (fetch, base) =>
      thrown(() => fetch(`${base}stall`, { signal: AbortSignal.abort(new RangeError('mine')) })),
  },
  {
    name: 'a stream that nobody wants because of an aborted signal',
    run: async (fetch, base) => {
      const said: unknown[] = [];
      const body = new ReadableStream({ cancel: (reason) => void said.push(reason) });
      const signal = AbortSignal.abort('late');
      const outcome = await thrown(() =>
        fetch(`${base}echo`, half({ method: 'POST', body, signal })),
      );
      return [outcome, said];
    },
  },
  {
    name: 'a Request with a stream that nobody wants because of an aborted signal',
    run: async (fetch, base) => {
      const said: unknown[] = [];
      const body = new ReadableStream({
        cancel(reason) {
          said.push(reason);
          throw new Error('nobody hears this');
        },
      });
      const request = new Request(`${base}echo`, half({ method: 'POST', body }));
      const outcome = await thrown(() => fetch(request, { signal: AbortSignal.abort('late') }));
      return [outcome, said];
    },
  },
  {
    name: 'a signal that is aborted before the answer',
    run: (fetch, base) => {
      const controller = new AbortController();
      const sent = thrown(() => fetch(`${base}stall`, { signal: controller.signal }));
      setTimeout(() => controller.abort(), 20);
      return sent;
    },
  },
  {
    name: 'a signal of a Request',
    run: (fetch, base) => {
      const controller = new AbortController();
      const sent = thrown(() => fetch(new Request(`${base}stall`, { signal: controller.signal })));
      setTimeout(() => controller.abort('word'), 20);
      return sent;
    },
  },
  {
    name: 'a signal that is taken away from a Request',
    run: (fetch, base) =>
      head(fetch(new Request(`${base}echo`, { signal: AbortSignal.abort() }), { signal: null })),
  },
  {
    name: 'a timeout',
    run: (fetch, base) => thrown(() => fetch(`${base}stall`, { signal: AbortSignal.timeout(20) })),
  },
  {
    name: 'a signal that is aborted while the body comes',
    run: async (fetch, base) => {
      const controller = new AbortController();
      const response = await fetch(`${base}stall/5`, { signal: controller.signal });
      const reading = thrown(() => response.text());
      controller.abort();
      return [await reading, response.bodyUsed];
    },
  },
  {
    name: 'a signal that is aborted while the stream is read',
    run: async (fetch, base) => {
      const controller = new AbortController();
      const response = await fetch(`${base}stall/5`, { signal: controller.signal });
      const reader = response.body?.getReader();
      await reader?.read();
      const reading = thrown(() => reader?.read());
      controller.abort(new RangeError('mine'));
      return reading;
    },
  },
  {
    name: 'a signal that is aborted when all was read',
    run: async (fetch, base) => {
      const controller = new AbortController();
      const response = await fetch(`${base}bytes/5`, { signal: controller.signal });
      const read = await response.text();
      controller.abort();
      return read;
    },
  },
  {
    name: 'a signal that is none',
    run: (fetch, base) => thrown(() => fetch(`${base}echo`, { signal: {} as AbortSignal })),
  },

  ...['default', 'no-store', 'reload', 'no-cache', 'force-cache'].map((cache) => ({
    name: `the cache mode ${cache}`,
    run: (fetch: Fetch, base: string) =>
      seen(fetch(`${base}echo`, { cache: cache as RequestCache })),
  })),
  {
    name: 'the cache mode only-if-cached',
    run: (fetch, base) => thrown(() => fetch(`${base}echo`, { cache: 'only-if-cached' })),
  },
  ...[
    ['redirect', 'odd'],
    ['cache', 'odd'],
    ['credentials', 'odd'],
    ['mode', 'navigate'],
    ['window', 'odd'],
    ['referrer', 'http://['],
  ].map(([key, value]) => ({
    name: `${key}: ${value}`,
    run: (fetch: Fetch, base: string) => thrown(() => fetch(`${base}echo`, { [key ?? '']: value })),
  })),
  ...['omit', 'same-origin', 'include'].map((credentials) => ({
    name: `credentials: ${credentials}`,
    run: (fetch: Fetch, base: string) =>
      head(fetch(`${base}basic-auth/ann/1`, { credentials: credentials as RequestCredentials })),
  })),
  {
    name: 'a referrer',
    run: (fetch, base) => seen(fetch(`${base}echo`, { referrer: `${base}from` })),
  },
  { name: 'no referrer', run: (fetch, base) => seen(fetch(`${base}echo`, { referrer: '' })) },
  { name: 'keepalive', run: (fetch, base) => head(fetch(`${base}echo`, { keepalive: true })) },

  {
    name: 'the right integrity',
    run: async (fetch, base) => {
      const bytes = await (await fetch(`${base}bytes/10`)).bytes();
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('base64');
      const response = await fetch(`${base}bytes/10`, { integrity: `sha256-${digest}` });
      return [await head(Promise.resolve(response)), await response.text()];
    },
  },
  ...['sha256-AAAA', 'sha512-AAAA sha256-AAAA'].map((integrity) => ({
    name: `the wrong integrity ${integrity}`,
    run: (fetch: Fetch, base: string) => thrown(() => fetch(`${base}bytes/10`, { integrity })),
  })),
  {
    name: 'an integrity that nobody knows',
    run: (fetch, base) => head(fetch(`${base}bytes/10`, { integrity: 'md5-AAAA odd' })),
  },

  ...[
    '',
    '/path',
    'http://[',
    'odd',
    'odd:path',
    'http://ann:1@127.0.0.1/',
    'http://127.0.0.1:25/',
    'http://127.0.0.1:1/',
  ].map((url) => ({
    name: `the URL ${JSON.stringify(url)}`,
    run: (fetch: Fetch) => thrown(() => fetch(url)),
  })),
  { name: 'no URL at all', run: (fetch) => thrown(() => fetch(undefined as unknown as string)) },
  ...[
    'data:,x',
    'data:text/plain;charset=utf-8,%C3%A9',
    'data:;base64,AQID',
    'data:text/x,a#b',
  ].flatMap((url) =>
    ['GET', 'HEAD', 'POST'].map((method) => ({
      name: `${method} ${url}`,
      run: async (fetch: Fetch) => {
        const response = await fetch(url, { method });
        return [
          await head(Promise.resolve(response)),
          response.headers.get('content-type'),
          await response.text(),
        ];
      },
    })),
  ),
  { name: 'a data URL that is none', run: (fetch) => thrown(() => fetch('data:nothing')) },
];

describe('fetch does the same as the platform’s', () => {
  it.each(cases)('$name', async ({ run }) => {
    const base = server.url('/').href;
    const [ours, theirs] = await Promise.all([
      run(manager.fetch, base),
      run(globalThis.fetch, base),
    ]);
    expect(ours).toEqual(theirs);
  });
});
