import { describe, expect, it } from 'vitest';

import { World } from './fixtures/origin.ts';

const url = 'ftp://origin.test/a';

async function stored(validator: string | undefined = 'v1'): Promise<World> {
  const world = new World();
  world.script = [{ validator, body: 'hello' }];
  await world.get(url);
  return world;
}

describe('a protocol without freshness', () => {
  it('is served from the store when a head has the same validator', async () => {
    const world = await stored();
    world.script = () => ({ validator: 'v1' });
    world.now += 5000;
    const got = await world.get(url);
    expect(got).toMatchObject({ outcome: 'revalidated', body: 'hello', age: 0 });
    expect(world.requests.map(({ operation }) => operation)).toEqual(['get', 'head']);
    expect(got.reply.status).toBeUndefined();
    expect(got.headers.has('age')).toBe(false);
  });

  it('is asked anew when the validator is another', async () => {
    const world = await stored();
    world.script = () => ({ validator: 'v2', body: 'new' });
    expect(await world.get(url)).toMatchObject({ outcome: 'miss', body: 'new' });
    expect(await world.cache.find(url)).toHaveLength(1);
  });

  it('is asked anew when there is no head to be had', async () => {
    const world = await stored();
    world.script = ({ operation }) =>
      operation === 'head' ? { fails: 'content-not-found' } : { validator: 'v1', body: 'again' };
    expect(await world.get(url)).toMatchObject({ outcome: 'miss', body: 'again' });
  });

  it('is not stored without a validator, nor in part, nor when it failed', async () => {
    const world = new World();
    world.script = [
      {},
      { validator: 'v', error: { code: 'content-not-found', message: '550' } },
      { validator: 'v', headers: { 'content-range': 'bytes 0-3/9' }, body: '0123' },
    ];
    for (let count = 0; count < 3; count += 1) await world.get(url);
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
  });

  it('is served unasked only to those who want that', async () => {
    const world = await stored();
    const attributes = { cacheLoadControl: 'prefer-cache' } as const;
    expect(await world.get(url, { attributes })).toMatchObject({ outcome: 'stale', body: 'hello' });
    const only = { cacheLoadControl: 'always-cache' } as const;
    expect((await world.get(url, { attributes: only })).body).toBe('hello');
    expect(world.requests).toHaveLength(1);
    const network = { cacheLoadControl: 'always-network' } as const;
    world.script = () => ({ validator: 'v1', body: 'again' });
    expect(await world.get(url, { attributes: network })).toMatchObject({
      outcome: 'miss',
      body: 'again',
    });
    expect(world.sent(1)).toEqual({});
  });

  it('gives parts of what is stored', async () => {
    const world = await stored();
    world.script = () => ({ validator: 'v1' });
    const got = await world.get(url, {
      attributes: { range: { from: 1, to: 2, validator: 'v1' } },
    });
    expect(got).toMatchObject({ body: 'el', outcome: 'revalidated' });
    expect(got.reply.range).toEqual({ from: 1, to: 2, total: 5 });
    expect(got.headers.has('content-range')).toBe(false);
  });

  it('passes by with credentials', async () => {
    const world = new World();
    world.script = () => ({ validator: 'v' });
    expect((await world.get('ftp://me@origin.test/a')).outcome).toBe('bypass');
    const originAttributes = { credentials: { user: 'me' } };
    expect((await world.get(url, { originAttributes })).outcome).toBe('bypass');
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
  });
});
