import { createClient } from '@redis/client';
import { afterAll, describe, it } from 'vitest';

import type { CacheStore, StoredEntry } from '../../src/index.ts';
import { redisStore } from '../../src/redis/index.ts';
import { testStore } from '../../src/store-conformance/vitest.ts';
import { redisProgram, RedisServer } from './redis-server.ts';

if (redisProgram === undefined) {
  describe('a Redis store', () => {
    it.skip('is tried where there is a redis-server', () => undefined);
  });
} else {
  await tryStores();
}

async function tryStores(): Promise<void> {
  const server = await RedisServer.start();
  const client = await createClient({ url: server.url, RESP: 2 }).connect();
  const prefixes = new WeakMap<CacheStore, string>();
  let count = 0;
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  const open = (prefix = `test-${count++}:`): CacheStore => {
    const store = redisStore({ client, shared: true, prefix });
    prefixes.set(store, prefix);
    return store;
  };
  const again = (store: CacheStore): CacheStore => open(prefixes.get(store));
  const damage = async (store: CacheStore, { id }: StoredEntry): Promise<void> => {
    for await (const [name] of client.scanIterator({ MATCH: `${prefixes.get(store)}*:${id}` })) {
      if (name === undefined) continue;
      await client.hSet(name, '1', Buffer.alloc(137_856));
    }
  };
  testStore('a Redis store on the connection of the caller, which speaks RESP2,', {
    open: () => open(),
    reopen: again,
    beside: again,
    damage,
  });

  testStore('a private Redis store with a connection of its own', {
    open: () => redisStore({ url: server.url, partition: `user ${count++}` }),
  });
}
