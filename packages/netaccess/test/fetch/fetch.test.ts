import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

import { NetworkError, type BackendFactory, type ReplyHead } from '@netaccess/core';
import {
  certificates,
  httpServer,
  patternBytes,
  type Echo,
  type HttpServer,
} from '@netaccess/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fetch } from '../../src/index.ts';
import { createManager, type NetworkAccessManager } from '../../src/manager.ts';

let folder: string;
let server: HttpServer;
let manager: NetworkAccessManager;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'netaccess-fetch-'));
  server = await httpServer();
  manager = createManager();
});
afterAll(async () => {
  await manager.close();
  await server.close();
  await rm(folder, { recursive: true });
});

async function thrown(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('nothing was thrown');
}

function codeOf(error: Error): string | undefined {
  return NetworkError.is(error.cause) ? error.cause.code : undefined;
}

/** A scheme of our own, whose answers have this head and these bytes. */
function answering(head: Partial<ReplyHead>, bytes = ''): BackendFactory {
  return {
    contract: 1,
    name: 'own',
    schemes: ['own'],
    features: { targetTypes: ['local'] },
    create({ url }) {
      const left = [new TextEncoder().encode(bytes)];
      return {
        open: () => ({ url, headers: [], ...head }),
        read(into) {
          const view = left.shift() ?? new Uint8Array(0);
          into.set(view);
          return view.byteLength;
        },
        close: async () => {},
      };
    },
  };
}

describe('fetch of other schemes', () => {
  it('reads files, whose success is a 200', async () => {
    const url = pathToFileURL(path.join(folder, 'file.txt'));
    await writeFile(url, 'content');
    const response = await manager.fetch(url);
    expect(response).toBeInstanceOf(Response);
    expect(response).toMatchObject({ status: 200, ok: true, url: url.href, redirected: false });
    expect(response.headers.get('content-length')).toBe('7');
    expect(Date.parse(response.headers.get('last-modified') ?? '')).not.toBeNaN();
    expect(await response.text()).toBe('content');
  });
  it('writes files', async () => {
    const url = pathToFileURL(path.join(folder, 'written.txt'));
    const response = await manager.fetch(url, { method: 'PUT', body: 'written' });
    expect(response.ok).toBe(true);
    expect(await (await manager.fetch(url)).text()).toBe('written');
  });
  it('rejects what is no HTTP answer, and says why in the cause', async () => {
    const error = await thrown(manager.fetch(pathToFileURL(path.join(folder, 'none'))));
    expect(error).toBeInstanceOf(TypeError);
    expect(codeOf(error)).toBe('content-not-found');
  });
  it('rejects a failing answer of another protocol than HTTP', async () => {
    const head = {
      status: { code: 550, reason: 'No' },
      error: { code: 'content-not-found', message: 'No such file' },
    } as const;
    await using own = createManager({ backends: [answering(head)] });
    const error = await thrown(own.fetch('own://host/'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('No such file');
    expect(codeOf(error)).toBe('content-not-found');
  });
  it('does not take another protocol’s numbers for a status', async () => {
    await using own = createManager({
      backends: [answering({ status: { code: 226, reason: 'Done' } }, 'x')],
    });
    const response = await own.fetch('own://host/');
    expect(response).toMatchObject({ status: 200, statusText: 'OK' });
    expect(await response.text()).toBe('x');
  });
  it('rejects schemes that nobody serves', async () => {
    const error = await thrown(manager.fetch('gopher://host/'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('gopher');
    expect(codeOf(error)).toBe('protocol-unknown');
  });
});

describe('fetch that fails', () => {
  it('says in the cause what happened to the connection', async () => {
    const gone = await httpServer();
    await gone.close();
    const error = await thrown(manager.fetch(gone.url('/')));
    expect(error).toBeInstanceOf(TypeError);
    expect(codeOf(error)).toBe('connection-refused');
    expect(error.message).toContain(String(gone.port));
  });
  it('never shows a password', async () => {
    const error = await thrown(manager.fetch('http://ann:secret@127.0.0.1/'));
    expect(error).toBeInstanceOf(TypeError);
    expect(inspect(error)).not.toContain('secret');
  });
  it('refuses to go from https to http, which the standard would follow', async () => {
    const { localhost, ca } = certificates();
    const to = server.url('/echo').href;
    const secure = await httpServer({
      tls: localhost,
      routes: { down: ({ reply }) => void reply.writeHead(302, { location: to }).end() },
    });
    await using trusting = createManager({ tls: { ca: [ca.cert] } });
    const error = await thrown(trusting.fetch(secure.url('/down')));
    expect(codeOf(error)).toBe('insecure-redirect');
    await secure.close();
  });
  it('rejects a body that does not have its integrity, and leaves no connection in use', async () => {
    const checked = await httpServer();
    await using fresh = createManager();
    const error = await thrown(
      fetchOf(fresh)(checked.url('/bytes/10'), { integrity: 'sha384-AAAA' }),
    );
    expect(codeOf(error)).toBe('unknown-content');
    await fresh.clearConnections();
    await checked.whenOpen(0);
    await checked.close();
  });
  it('cancels a body that it will not send any more', async () => {
    let canceled = false;
    const body = new ReadableStream({
      cancel() {
        canceled = true;
      },
    });
    const controller = new AbortController();
    const init = { method: 'POST', body, duplex: 'half', signal: controller.signal };
    const sent = thrown(manager.fetch(server.url('/echo'), init));
    await server.request(server.requests.length);
    controller.abort();
    expect((await sent).name).toBe('AbortError');
    await new Promise(setImmediate);
    expect(canceled).toBe(true);
  });
});

function fetchOf(given: NetworkAccessManager): NetworkAccessManager['fetch'] {
  return given.fetch;
}

describe('the body of a response', () => {
  it('is read no faster than it is wanted', async () => {
    const response = await manager.fetch(server.url('/bytes/20000000'));
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(first?.value?.byteLength).toBeLessThan(2_000_000);
    await reader?.cancel();
  });
  it('comes whole, however long it is', async () => {
    const response = await manager.fetch(server.url('/bytes/3000000'));
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(Buffer.compare(bytes, patternBytes(3_000_000, 0))).toBe(0);
  });
  it('comes whole through its stream', async () => {
    const response = await manager.fetch(server.url('/chunked/3000000'));
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) chunks.push(chunk);
    expect(Buffer.compare(Buffer.concat(chunks), patternBytes(3_000_000, 0))).toBe(0);
  });
  it('closes the exchange when its stream is canceled', async () => {
    const stalling = await httpServer();
    await using fresh = createManager();
    const response = await fresh.fetch(stalling.url('/stall/5'));
    await stalling.whenOpen(1);
    await response.body?.cancel();
    await stalling.whenOpen(0);
    expect(stalling.accepted).toBe(1);
    await stalling.close();
  });
  it('of a clone keeps the other from nothing', async () => {
    const response = await manager.fetch(server.url('/bytes/100000'));
    const twin = response.clone().clone();
    // Settles only when both are canceled.
    void response.body?.cancel();
    expect((await twin.arrayBuffer()).byteLength).toBe(100_000);
  });
  it('is bytes that nobody else holds', async () => {
    const response = await manager.fetch(server.url('/bytes/10'));
    const buffer = await response.arrayBuffer();
    expect(buffer.byteLength).toBe(10);
  });
});

async function readBy(response: Response, way: string): Promise<unknown> {
  const method: unknown = Reflect.get(response, way);
  if (typeof method !== 'function') throw new Error(`there is no ${way}`);
  const value: unknown = await Reflect.apply(method, response, []);
  if (value instanceof ReadableStream) {
    const parts: unknown[] = [];
    for await (const part of value) parts.push(part);
    return parts;
  }
  if (value instanceof FormData) return [...value];
  return value instanceof Blob ? [value.type, await value.text()] : value;
}

describe('a response', () => {
  it('shows itself as the platform’s does', async () => {
    const response = await manager.fetch('data:text/plain,x');
    expect(inspect(response)).toMatch(/status: 200/);
    expect(Object.prototype.toString.call(response)).toBe('[object Response]');
    expect(response.constructor).toBe(Response);
  });
  it('has every way of reading that the platform has', async () => {
    const ways = Object.entries(Object.getOwnPropertyDescriptors(Response.prototype))
      .filter(
        ([name, { value }]) =>
          typeof value === 'function' && name !== 'constructor' && name !== 'clone',
      )
      .map(([name]) => name);
    expect(ways).toEqual(
      expect.arrayContaining(['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData']),
    );
    for (const way of ways) {
      const type = way === 'formData' ? 'application/x-www-form-urlencoded' : 'text/plain';
      const ours = await readBy(await manager.fetch(`data:${type},123`), way);
      expect([way, ours]).toEqual([
        way,
        await readBy(await globalThis.fetch(`data:${type},123`), way),
      ]);
    }
  });
});

describe('credentials', () => {
  const target = '/basic-auth/ann/1';

  it('are the manager’s to give', async () => {
    await using asking = createManager({ credentials: () => ({ user: 'ann', password: '1' }) });
    expect(await (await asking.fetch(server.url(target))).text()).toBe('hello ann');
    expect((await asking.fetch(server.url(target), { credentials: 'omit' })).status).toBe(401);
  });
});

describe('many at once', () => {
  it('do not mix', async () => {
    const lengths = Array.from({ length: 100 }, (_, index) => index * 37);
    const read = lengths.map(async (length) => {
      const response = await manager.fetch(server.url(`/bytes/${length}`));
      return (await response.bytes()).byteLength;
    });
    expect(await Promise.all(read)).toEqual(lengths);
  });
});

describe('the fetch of the package', () => {
  it('needs no manager', async () => {
    expect(await (await fetch('data:,x')).text()).toBe('x');
    const echo = (await (await fetch(server.url('/echo'))).json()) as Echo;
    expect(echo.method).toBe('GET');
  });
});
