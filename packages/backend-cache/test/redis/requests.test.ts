import type { Reply } from '@netaccess/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { CacheStore } from '../../src/index.ts';
import { redisStore } from '../../src/redis/index.ts';
import { World, type Answer } from '../fixtures/origin.ts';
import { redisProgram, RedisServer } from './redis-server.ts';

const body = 'The quick brown fox jumps over the lazy dog. '.repeat(60_000);
const headers = { etag: '"1"', 'cache-control': 'max-age=600' };
const whole: Answer = { headers, body, length: body.length };
/** The limit of a command; what is much quicker did not wait for it. */
const commandMilliseconds = 400;

/** Reads a reply to its end, and lets something happen in the middle. */
async function read(reply: Reply, inTheMiddle: () => unknown): Promise<string> {
  const pieces: Buffer[] = [];
  let total = 0;
  let happened = false;
  for await (const view of reply.views()) {
    pieces.push(Buffer.from(view));
    total += view.length;
    if (happened || total < body.length / 3) continue;
    happened = true;
    await inTheMiddle();
  }
  expect(happened).toBe(true);
  return Buffer.concat(pieces).toString();
}

/** Asks until the server is connected, and the reply is stored. */
async function stored(world: World, url: string): Promise<void> {
  while ((await world.get(url)).outcome !== 'hit') {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.skipIf(redisProgram === undefined)('a request with Redis', { timeout: 30_000 }, () => {
  let server: RedisServer;
  let store: CacheStore;
  let world: World;
  beforeEach(async () => {
    server = await RedisServer.start();
    store = redisStore({ url: server.url, shared: true, commandMilliseconds });
    world = new World({ store });
    world.script = () => whole;
    await stored(world, '/');
  });
  afterEach(async () => {
    await world.manager.close();
    await store.close();
    await server.stop();
  });

  it('goes on from the peer when the server dies in the middle of a stored body', async () => {
    const asked = world.requests.length;
    const reply = await world.ask('/');
    expect(reply.attributes?.cache?.outcome).toBe('hit');
    expect((await read(reply, () => server.kill())) === body).toBe(true);
    expect(world.requests).toHaveLength(asked + 1);
  });

  it('goes on from the peer when the server falls silent in the middle of a stored body', async () => {
    const reply = await world.ask('/');
    expect((await read(reply, () => server.suspend())) === body).toBe(true);
  });

  it('is not harmed when the server dies in the middle of storing', async () => {
    const views = Array.from({ length: 60 }, () => body.slice(0, body.length / 60));
    world.script = () => ({ headers, views });
    const reply = await world.ask('/other');
    expect((await read(reply, () => server.kill())) === body).toBe(true);
    await server.start();
    await stored(world, '/other');
  });

  it('waits for a silent server once at most, and is a miss', async () => {
    server.suspend();
    expect((await world.get('/')).outcome).toBe('miss');
    const start = performance.now();
    for (let request = 0; request < 5; request++) {
      expect((await world.get('/')).outcome).toBe('miss');
    }
    expect(performance.now() - start).toBeLessThan(5 * commandMilliseconds);
  });
});
