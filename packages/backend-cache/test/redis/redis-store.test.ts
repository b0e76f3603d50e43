import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe } from 'vitest';

import type { CacheStore, StoredEntry } from '../../src/index.ts';
import { redisStore } from '../../src/redis/index.ts';
import { testStore } from '../../src/store-conformance/vitest.ts';
import { redisProgram, RedisServer } from './redis-server.ts';

describe.skipIf(redisProgram === undefined)('with a real server,', () => {
  let server: RedisServer;
  let client: ReturnType<typeof plainClient>;
  const prefixes = new WeakMap<CacheStore, string>();
  let count = 0;

  beforeAll(async () => {
    server = await RedisServer.start();
    client = plainClient(server.url);
    await client.connect();
  });
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
    const [name = ''] = await client.keys(`${prefixes.get(store)}*:${id}`);
    await client.hSet(name, '1', Buffer.alloc(137_856));
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
});

function plainClient(url: string): ReturnType<typeof createClient<{}, {}, {}, 2, {}>> {
  return createClient({ url, RESP: 2 });
}
