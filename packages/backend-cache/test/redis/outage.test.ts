import { spawnSync } from 'node:child_process';

import { createClient } from '@redis/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { CacheStore, EntryReader, StoredEntry, StoredHead } from '../../src/index.ts';
import { redisStore } from '../../src/redis/index.ts';
import { redisProgram, RedisServer } from './redis-server.ts';

const head: StoredHead = { url: 'a:', headers: [], vary: [], requestedAt: 1, receivedAt: 2 };
const piece = 262_144;
const commandMilliseconds = 800;
const large = new Uint8Array(8 * piece).map((_, index) => index * 31 + (index >> 8));

let server: RedisServer;
let stores: CacheStore[] = [];

function open(options: Partial<Parameters<typeof redisStore>[0]> = {}): CacheStore {
  const store = redisStore({ url: server.url, shared: true, commandMilliseconds, ...options });
  stores.push(store);
  return store;
}

async function put(
  store: CacheStore,
  key: string,
  bytes: Uint8Array,
  own: Partial<StoredHead> = {},
): Promise<StoredEntry> {
  const writer = await store.write({ key, head, replaces: [] });
  await writer?.write(bytes);
  const entry = await writer?.commit({ ...head, ...own });
  if (entry === undefined) throw new Error('nothing was stored');
  return entry;
}

async function reader(store: CacheStore, entry: StoredEntry): Promise<EntryReader> {
  const opened = await store.open(entry);
  if (opened === undefined) throw new Error('the entry is gone');
  return opened;
}

async function rest(from: EntryReader): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let view = await from.readPointer(); view.length > 0; view = await from.readPointer()) {
    pieces.push(view.slice());
    from.advanceReadPointer(view.length);
  }
  return Buffer.concat(pieces);
}

/** Asks until there is an answer. */
async function answered<T>(ask: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A store that is connected. */
async function ready(options?: Parameters<typeof open>[0]): Promise<CacheStore> {
  const store = open(options);
  await answered(() => store.find('nothing'));
  return store;
}

/** A connection of the test's own. What becomes of it when the server ends is nobody's business. */
async function plainClient(
  url: string,
): Promise<ReturnType<typeof createClient<{}, {}, {}, 3, {}>>> {
  const client = createClient({ url, RESP: 3 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function milliseconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  try {
    await work();
  } catch {
    return performance.now() - start;
  }
  return performance.now() - start;
}

describe.skipIf(redisProgram === undefined)('a Redis store', { timeout: 30_000 }, () => {
  beforeEach(async () => {
    stores = [];
    server = await RedisServer.start();
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await server.stop();
  });

  it('fails at once where there is no server, and works when there is one', async () => {
    await server.kill();
    const store = open();
    // The first one may also wait in vain for the package that connects.
    await expect(store.find('key')).rejects.toMatchObject({ temporary: true });
    expect(await milliseconds(() => store.find('key'))).toBeLessThan(commandMilliseconds / 2);
    await expect(put(store, 'key', large)).rejects.toMatchObject({ temporary: true });
    await server.start();
    await answered(() => put(store, 'key', large));
    expect(await store.find('key')).toHaveLength(1);
  });

  it('fails in words when the server dies in the middle of a read, and works again afterwards', async () => {
    const store = await ready();
    const from = await reader(store, await put(store, 'key', large));
    from.advanceReadPointer((await from.readPointer()).length);
    await server.kill();
    await expect(rest(from)).rejects.toMatchObject({ temporary: true, message: /Redis/ });
    await from.close();
    await server.start();
    expect(await answered(() => store.find('key'))).toEqual([]);
    const entry = await put(store, 'key', large);
    expect((await rest(await reader(store, entry))).equals(large)).toBe(true);
  });

  it('leaves nothing to be found when the server dies in the middle of a write', async () => {
    const store = await ready();
    const writer = await store.write({ key: 'key', head, replaces: [] });
    const follower = writer?.follow();
    await writer?.write(large);
    await server.kill();
    await expect(async () => await writer?.write(large)).rejects.toThrow(/Redis/);
    await expect(async () => await writer?.commit(head)).rejects.toThrow(/Redis/);
    await expect(async () => await follower?.readPointer()).rejects.toThrow(/Redis/);
    await server.start();
    expect(await answered(() => store.find('key'))).toEqual([]);
  });

  it('does not commit a body of which the server has lost the beginning', async () => {
    const store = await ready();
    const writer = await store.write({ key: 'key', head, replaces: [] });
    await writer?.write(large);
    await server.kill();
    await server.start();
    await answered(() => store.find('key'));
    await writer?.write(large);
    await expect(async () => await writer?.commit(head)).rejects.toThrow(/dropped pieces/);
    expect(await store.find('key')).toEqual([]);
  });

  it('lets one request wait for a silent server, and no other one until it answers', async () => {
    const store = await ready();
    const entry = await put(store, 'key', large);
    server.suspend();
    await expect(store.find('key')).rejects.toMatchObject({ code: 'timeout', temporary: true });
    for (let request = 0; request < 20; request++) {
      expect(await milliseconds(() => store.find('key'))).toBeLessThan(commandMilliseconds / 2);
      await expect(store.open(entry)).rejects.toMatchObject({ code: 'service-unavailable' });
    }
    server.resume();
    expect(await answered(() => store.find('key'))).toHaveLength(1);
    expect((await rest(await reader(store, entry))).equals(large)).toBe(true);
  });

  it('never finds again what was removed while the server was silent', async () => {
    const store = await ready();
    await put(store, 'key', large);
    server.suspend();
    await expect(store.remove('key')).rejects.toMatchObject({ code: 'timeout' });
    await expect(store.remove('key')).rejects.toMatchObject({ code: 'service-unavailable' });
    server.resume();
    expect(await answered(() => store.find('key'))).toEqual([]);
  });

  it('finds nothing of old when more was to be removed meanwhile than it remembers', async () => {
    const store = await ready();
    await put(store, 'key', large);
    server.suspend();
    for (let index = 0; index <= 10_000; index++) {
      await expect(store.remove(`key ${index}`)).rejects.toThrow(/Redis/);
    }
    server.resume();
    expect(await answered(() => store.find('key'))).toEqual([]);
    await put(store, 'key', large);
    expect(await store.find('key')).toHaveLength(1);
  });

  it('takes an entry whose body the server has evicted for none', async () => {
    const [store, client] = [await ready(), await plainClient(server.url)];
    const entry = await put(store, 'key', large);
    for (const name of await client.keys('*}:*')) await client.del(name);
    expect(await store.find('key')).toHaveLength(1);
    expect(await store.open(entry)).toBeUndefined();
    expect(await store.find('key')).toEqual([]);
    client.destroy();
  });

  it('rejects a read whose later piece is gone, instead of ending early', async () => {
    const [store, client] = [await ready(), await plainClient(server.url)];
    const entry = await put(store, 'key', large);
    for (const name of await client.keys('*}:*')) await client.hDel(name, '5');
    await expect(rest(await reader(store, entry))).rejects.toThrow('piece 5 of the stored body');
    client.destroy();
  });

  it('gives everything an end, which the server keeps', async () => {
    const [store, client] = [await ready(), await plainClient(server.url)];
    const uselessAt = Date.now() + 50_000;
    await put(store, 'short', large, { uselessAt });
    await put(store, 'long', large);
    const writer = await store.write({ key: 'unfinished', head, replaces: [] });
    await writer?.write(large);
    await store.remove('never');
    const left = await Promise.all((await client.keys('*')).map((name) => client.pTTL(name)));
    expect(left).toHaveLength(5);
    expect(left.every((each) => each > 0)).toBe(true);
    expect(left.filter((each) => each <= 50_000)).toHaveLength(2);
    client.destroy();
  });

  it('bounds the variants of one key', async () => {
    const store = await ready();
    for (let index = 0; index < 110; index++) {
      await put(store, 'key', new Uint8Array(10), { validator: String(index) });
    }
    const found = await store.find('key');
    expect(found).toHaveLength(100);
    expect(found.at(-1)?.head.validator).toBe('10');
  });

  it('serves whole entries from a server that evicts all the time', async () => {
    await server.stop();
    server = await RedisServer.start('--maxmemory', '8mb', '--maxmemory-policy', 'allkeys-random');
    const store = await ready({ commandMilliseconds: 2000 });
    let [served, gone] = [0, 0];
    for (let index = 0; index < 60; index++) {
      const bytes = large.subarray(0, piece + index * 1000);
      try {
        await put(store, `key ${index}`, bytes, { validator: String(bytes.length) });
      } catch {
        gone += 1;
      }
      for (const entry of await store.find(`key ${(index * 7) % (index + 1)}`)) {
        const opened = await store.open(entry);
        if (opened === undefined) gone += 1;
        const outcome = opened && (await rest(opened).catch(() => undefined));
        if (outcome === undefined) continue;
        expect(outcome.equals(large.subarray(0, Number(entry.head.validator)))).toBe(true);
        served += 1;
      }
    }
    expect(served).toBeGreaterThan(0);
    expect(gone).toBeGreaterThan(0);
  });

  it('is one cache for a fleet', async () => {
    const fleet = [await ready(), await ready(), await ready()];
    await put(await ready(), 'key', large);
    for (const store of fleet) {
      const [entry] = await store.find('key');
      expect(entry && (await rest(await reader(store, entry))).equals(large)).toBe(true);
    }
    await fleet[0]?.remove('key');
    for (const store of fleet) expect(await store.find('key')).toEqual([]);
  });

  it('keeps a body that is read past the grace of a removal', async () => {
    const [store, client] = [await ready(), await plainClient(server.url)];
    const from = await reader(store, await put(store, 'key', large));
    await store.remove('key');
    const [name = ''] = await client.keys('*}:*');
    expect(await client.pTTL(name)).toBeGreaterThan(60_000);
    expect((await rest(from)).equals(large)).toBe(true);
    await from.close();
    client.destroy();
  });

  it('is private to its partition', async () => {
    const [one, other] = [
      await ready({ shared: false, partition: 'a' }),
      await ready({ shared: false, partition: 'a:b' }),
    ];
    await put(one, 'key', large);
    expect(await other.find('key')).toEqual([]);
    const shared = await ready();
    expect(await shared.find('key')).toEqual([]);
    await shared.clear();
    await other.clear();
    expect(await one.find('key')).toHaveLength(1);
    expect([one.shared, other.shared, shared.shared]).toEqual([false, false, true]);
  });

  it('works on a connection that is not ready yet as if there was none, and closes none but its own', async () => {
    const client = createClient({ url: server.url });
    const store = open({ url: undefined, client });
    await expect(store.find('key')).rejects.toThrow('Redis is not connected');
    await client.connect();
    await put(store, 'key', large);
    await store.close();
    expect(await client.ping()).toBe('PONG');
    client.destroy();
  });

  it.each(['there', 'gone'])(
    'does not keep the process alive when the server is %s',
    async (state) => {
      if (state === 'gone') await server.kill();
      const program = `
      import { redisStore } from ${JSON.stringify(import.meta.resolve('../../src/redis/index.ts'))};
      const store = redisStore({ url: '${server.url}', shared: true, commandMilliseconds: 9000 });
      try { console.log((await store.find('key')).length); } catch (error) { console.log(error.temporary); }`;
      const { stdout, status } = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', program],
        {
          encoding: 'utf8',
          timeout: 20_000,
        },
      );
      expect(stdout.trim()).toBe(state === 'gone' ? 'true' : '0');
      expect(status).toBe(0);
    },
  );
});

describe('what a Redis store is made with', () => {
  it('must say whose entries it holds', () => {
    const words = /must be told whose entries it holds: either shared: true, .* or partition/;
    const url = 'redis://127.0.0.1:1';
    expect(() => redisStore({ url })).toThrow(words);
    expect(() => redisStore({ url, partition: '' })).toThrow(words);
    expect(() => redisStore({ url, shared: true, partition: 'a' })).toThrow(words);
  });

  it('must say where the server is, once', () => {
    const words = 'either a client or a url';
    expect(() => redisStore({ shared: true })).toThrow(words);
  });
});
