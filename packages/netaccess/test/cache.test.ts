import { createServer, type IncomingMessage, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createManager, memoryStore, type CacheOutcome } from '../src/index.ts';

let server: Server;
let base: string;
let requests: IncomingMessage[] = [];

/** Answers by the path: what comes after the slash is the Cache-Control. */
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    const [, kind = '', control = ''] = (request.url ?? '').split('/');
    response.setHeader('cache-control', decodeURIComponent(control));
    response.setHeader('etag', '"e"');
    if (kind === 'redirect') {
      response.writeHead(301, { location: '/text/no-store' }).end('over there');
    } else if (kind === 'etag' && request.headers['if-none-match'] === '"e"') {
      response.writeHead(304).end();
    } else if (kind === 'coded') {
      response.setHeader('vary', 'accept-encoding');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('decoded'));
    } else {
      response.end(`reply ${requests.length}`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
});

describe('a manager with a cache', () => {
  it('asks once for what is fresh, and says where it came from', async () => {
    await using manager = createManager({ cache: memoryStore() });
    const outcomes: (CacheOutcome | undefined)[] = [];
    for (let count = 0; count < 3; count += 1) {
      const reply = await manager.get(`${base}/text/max-age=60`);
      expect(await reply.text()).toBe('reply 1');
      outcomes.push(reply.attributes?.cache?.outcome);
    }
    expect(outcomes).toEqual(['miss', 'hit', 'hit']);
  });

  it('stores coded bytes, and gives decoded ones each time', async () => {
    await using manager = createManager({ cache: memoryStore() });
    for (let count = 0; count < 2; count += 1)
      expect(await (await manager.get(`${base}/coded/max-age=60`)).text()).toBe('decoded');
    expect(requests).toHaveLength(1);
  });

  it('judges every redirect afresh, and keeps those that may be kept', async () => {
    await using manager = createManager({ cache: memoryStore() });
    for (let count = 0; count < 3; count += 1)
      await (await manager.get(`${base}/redirect/max-age=60#x`)).bytes();
    expect(requests.map(({ url }) => url)).toEqual([
      '/redirect/max-age=60',
      '/text/no-store',
      '/text/no-store',
      '/text/no-store',
    ]);
  });

  it('looks up, counts, removes and clears', async () => {
    await using manager = createManager({ cache: memoryStore() });
    const { cache } = manager;
    for (const path of ['/text/max-age=60', '/etag/max-age=60'])
      await (await manager.get(base + path)).bytes();
    const found = await cache?.find(`${base}/text/max-age=60#fragment`);
    expect(found?.map(({ head }) => head.url)).toEqual([`${base}/text/max-age=60`]);
    expect(await cache?.stats()).toMatchObject({ entries: 2 });
    expect(await cache?.remove(`${base}/text/max-age=60`)).toBe(1);
    await cache?.clear();
    expect(await cache?.stats()).toMatchObject({ entries: 0 });
  });

  it('keeps what one manager stored for the next, in a partition of its own', async () => {
    const store = memoryStore();
    for (const partition of ['me', 'me', 'you']) {
      await using manager = createManager({ cache: { store, partition } });
      await (await manager.get(`${base}/text/max-age=60`)).bytes();
    }
    expect(requests).toHaveLength(2);
  });

  it('is a shared one if it is told so', async () => {
    await using manager = createManager({ cache: { store: memoryStore(), shared: true } });
    for (let count = 0; count < 2; count += 1)
      await (await manager.get(`${base}/text/private,max-age=60`)).bytes();
    expect(requests).toHaveLength(2);
    expect(manager.cache?.shared).toBe(true);
  });

  it('leaves local targets alone, even offline', async () => {
    await using manager = createManager({ cache: memoryStore() });
    const attributes = { cacheLoadControl: 'always-cache' } as const;
    const reply = await manager.get('data:,here', { attributes });
    expect(await reply.text()).toBe('here');
    expect(reply.attributes?.cache).toBeUndefined();
  });
});

describe('a manager without a cache', () => {
  it('gives nothing to those who take only what is stored', async () => {
    await using manager = createManager();
    const attributes = { cacheLoadControl: 'always-cache' } as const;
    await expect(manager.get(`${base}/text/x`, { attributes })).rejects.toMatchObject({
      code: 'content-not-found',
    });
    const init = { cache: 'only-if-cached', mode: 'same-origin' } as const;
    await expect(manager.fetch(`${base}/text/x`, init)).rejects.toThrow(TypeError);
    expect(manager.cache).toBeUndefined();
    expect(requests).toHaveLength(0);
  });
});

describe('the cache modes of fetch', () => {
  /** What is read, and what reached the server, of one fetch after a reply was stored. */
  async function fetched(path: string, init: RequestInit) {
    await using manager = createManager({ cache: memoryStore() });
    await (await manager.fetch(base + path)).text();
    const response = await manager.fetch(base + path, init);
    const body = await response.text();
    const again = await (await manager.fetch(base + path)).text();
    return { body, again, status: response.status, sent: requests[1]?.headers };
  }
  const only = { cache: 'only-if-cached', mode: 'same-origin' } as const;

  it.each<[string, string, RequestInit, string, string]>([
    ['serves what is fresh', '/text/max-age=60', {}, 'reply 1', 'reply 1'],
    ['asks for what is stale', '/text/max-age=0', {}, 'reply 2', 'reply 3'],
    [
      'no-store neither looks nor stores',
      '/text/max-age=60',
      { cache: 'no-store' },
      'reply 2',
      'reply 1',
    ],
    [
      'reload does not look, and stores',
      '/text/max-age=60',
      { cache: 'reload' },
      'reply 2',
      'reply 2',
    ],
    [
      'no-cache asks about what is fresh',
      '/text/max-age=60',
      { cache: 'no-cache' },
      'reply 2',
      'reply 2',
    ],
    [
      'force-cache serves what is stale',
      '/text/max-age=0',
      { cache: 'force-cache' },
      'reply 1',
      'reply 2',
    ],
    ['only-if-cached serves what is stale', '/text/max-age=0', only, 'reply 1', 'reply 2'],
  ])('%s', async (_, path, init, body, again) => {
    expect(await fetched(path, init)).toMatchObject({ body, again });
  });

  it('no-cache is answered by a 304 to the cache, which nobody else sees', async () => {
    const got = await fetched('/etag/max-age=60', { cache: 'no-cache' });
    expect(got).toMatchObject({ status: 200, body: 'reply 1' });
    expect(got.sent).toMatchObject({ 'cache-control': 'max-age=0', 'if-none-match': '"e"' });
  });

  it('a condition of the caller’s own makes it no-store', async () => {
    const got = await fetched('/etag/max-age=60', { headers: { 'if-none-match': '"e"' } });
    expect(got).toMatchObject({ status: 304, again: 'reply 1' });
    expect(got.sent).toMatchObject({ 'cache-control': 'no-cache', pragma: 'no-cache' });
  });

  it('only-if-cached fails where nothing is stored', async () => {
    await using manager = createManager({ cache: memoryStore() });
    await expect(manager.fetch(`${base}/text/x`, only)).rejects.toThrow(TypeError);
    expect(requests).toHaveLength(0);
  });

  it('is shared by credentials: "omit"', async () => {
    const got = await fetched('/text/max-age=60', { credentials: 'omit' });
    expect(got.body).toBe('reply 1');
  });
});
