import { describe, expect, it } from 'vitest';

import { World, type Asked } from './fixtures/origin.ts';

/** A reply that is fresh for a minute, asked for again with these fields after so many seconds. */
async function asked(request: Asked, seconds: number, control = 'max-age=60'): Promise<unknown> {
  const world = new World();
  world.script = () => ({ headers: { 'cache-control': control } });
  await world.get('/a');
  world.now += seconds * 1000;
  try {
    return (await world.get('/a', request)).outcome;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

const control = (value: string): Asked => ({ headers: { 'cache-control': value } });

describe('what a request says', () => {
  it.each<[string, number, string]>([
    ['no-cache', 0, 'miss'],
    ['max-age=0', 0, 'miss'],
    ['max-age=5', 5, 'hit'],
    ['max-age=5', 6, 'miss'],
    ['max-age=x', 1, 'miss'],
    ['min-fresh=10', 50, 'hit'],
    ['min-fresh=10', 51, 'miss'],
    ['min-fresh=x', 1, 'miss'],
    ['max-stale', 1e6, 'stale'],
    ['max-stale=10', 70, 'stale'],
    ['max-stale=10', 71, 'miss'],
    ['max-stale=x', 61, 'miss'],
    ['no-store', 0, 'bypass'],
    ['no-transform', 0, 'hit'],
    ['only-if-cached', 0, 'hit'],
    ['only-if-cached', 60, 'content-not-found'],
    ['only-if-cached, max-stale', 60, 'stale'],
  ])('in Cache-Control: %s is heeded after %i s: %s', async (value, seconds, outcome) => {
    expect(await asked(control(value), seconds)).toBe(outcome);
  });

  it('in Pragma counts where there is no Cache-Control', async () => {
    expect(await asked({ headers: { pragma: 'no-cache' } }, 0)).toBe('miss');
    expect(await asked({ headers: { pragma: 'no-cache', 'cache-control': 'x' } }, 0)).toBe('hit');
  });

  it('by no-store keeps the reply from being stored', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'max-age=60' } });
    await world.get('/a', control('no-store'));
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
  });

  it('by max-stale is no reason to serve what must be revalidated', async () => {
    expect(await asked(control('max-stale'), 61, 'max-age=60, must-revalidate')).toBe('miss');
  });
});

describe('the load control', () => {
  const controls = ['always-network', 'prefer-network', 'prefer-cache', 'always-cache'] as const;
  const rows: readonly (readonly [string, string, number, readonly string[]])[] = [
    ['a fresh reply', 'max-age=60', 0, ['miss', 'hit', 'hit', 'hit']],
    ['a stale reply', 'max-age=60', 60, ['miss', 'miss', 'stale', 'stale']],
    ['one that is stale at once', 'max-age=0', 0, ['miss', 'miss', 'stale', 'stale']],
    [
      'a reply with no-cache',
      'no-cache, max-age=60',
      0,
      ['miss', 'miss', 'miss', 'content-not-found'],
    ],
    [
      'a fresh one with must-revalidate',
      'must-revalidate, max-age=60',
      0,
      ['miss', 'hit', 'hit', 'hit'],
    ],
    [
      'a stale one with must-revalidate',
      'must-revalidate, max-age=60',
      60,
      ['miss', 'miss', 'miss', 'content-not-found'],
    ],
    ['what is not stored', 'no-store', 0, ['miss', 'miss', 'miss', 'content-not-found']],
  ];
  it.each(rows)('decides about %s', async (_, header, seconds, outcomes) => {
    const came: unknown[] = [];
    for (const cacheLoadControl of controls)
      came.push(await asked({ attributes: { cacheLoadControl } }, seconds, header));
    expect(came).toEqual(outcomes);
  });

  it('always-network tells the caches on the way, and stores', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'max-age=60' } });
    await world.get('/a', { attributes: { cacheLoadControl: 'always-network' } });
    expect(world.sent(0)).toEqual({ 'cache-control': 'no-cache', pragma: 'no-cache' });
    expect((await world.get('/a')).outcome).toBe('hit');
  });

  it('always-cache never reaches the network, whatever is asked', async () => {
    const world = new World();
    const attributes = { cacheLoadControl: 'always-cache' } as const;
    for (const operation of ['get', 'head', 'post', 'put', 'delete'] as const)
      await expect(world.get('/a', { operation, attributes })).rejects.toMatchObject({
        code: 'content-not-found',
      });
    await expect(world.get('http://u:p@origin.test/', { attributes })).rejects.toMatchObject({
      code: 'content-not-found',
    });
    await expect(world.get('ftp://origin.test/', { attributes })).rejects.toMatchObject({
      code: 'content-not-found',
    });
    expect(world.requests).toHaveLength(0);
  });

  it('cacheSaveControl keeps a reply out, and serves what is there', async () => {
    const world = new World();
    const attributes = { cacheSaveControl: false };
    world.script = () => ({ headers: { 'cache-control': 'max-age=60' } });
    await world.get('/a', { attributes });
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
    await world.get('/a');
    expect((await world.get('/a', { attributes })).outcome).toBe('hit');
  });

  it('cacheConfirm asks about what is fresh, unless it is immutable', async () => {
    const attributes = { cacheConfirm: true };
    expect(await asked({ attributes }, 0)).toBe('miss');
    expect(await asked({ attributes }, 0, 'max-age=60, immutable')).toBe('hit');
    expect(await asked({ attributes }, 60, 'max-age=60, immutable')).toBe('miss');
    expect(await asked(control('no-cache'), 0, 'max-age=60, immutable')).toBe('miss');
  });
});

describe('what passes the cache by', () => {
  it.each<[string, string, Asked]>([
    ['a login in the URL', 'http://me:secret@origin.test/a', {}],
    ['another way to the origin', '/a', { originAttributes: { unixSocket: '/run/x' } }],
    ['several ranges', '/a', { headers: { range: 'bytes=0-1,3-4' } }],
  ])('is a request with %s', async (_, url, request) => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'max-age=60' } });
    expect((await world.get(url, request)).outcome).toBe('bypass');
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
  });

  it('is what came from an unverified peer, from this machine, or asks who is there', async () => {
    const world = new World();
    world.script = [{ headers: { 'cache-control': 'max-age=60' }, secured: 'unverified' }];
    await world.get('https://origin.test/a');
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
  });

  it('keeps credentials out of keys and heads', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'max-age=60', vary: 'cookie' } });
    await world.get('/a', { headers: { authorization: 'Bearer secret-1', cookie: 'id=secret-2' } });
    const [entry] = await world.cache.find('http://origin.test/a');
    expect(JSON.stringify(entry?.head)).not.toContain('secret');
    expect(entry?.head.vary.map(([name]) => name)).toEqual(['cookie', 'authorization']);
  });
});
