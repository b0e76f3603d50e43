import { describe, expect, it } from 'vitest';

import { World } from './fixtures/origin.ts';

const fresh = { 'cache-control': 'max-age=60' };

/** How often the origin is asked for /b after this, once it was stored. */
async function askedAgain(
  asked: object,
  headers: Record<string, string>,
  status = 200,
): Promise<boolean> {
  const world = new World();
  world.script = (_, count) => (count === 1 ? { status, headers } : { headers: fresh });
  await world.get('/b');
  await world.get('/a', asked);
  return (await world.get('/b')).outcome === 'miss';
}

describe('a request that may change something', () => {
  it.each([
    { operation: 'post' },
    { operation: 'put' },
    { operation: 'delete' },
    { verb: 'PATCH' },
    { verb: 'M-SEARCH' },
  ] as const)('takes with it what is stored: %o', async (asked) => {
    const world = new World();
    world.script = () => ({ headers: fresh });
    await world.get('/a');
    await world.get('/a#x', asked);
    expect((await world.get('/a')).outcome).toBe('miss');
  });

  it.each([{ verb: 'OPTIONS' }, { verb: 'TRACE' }, { verb: 'PROPFIND' }])(
    'is not %o',
    async (asked) => {
      const world = new World();
      world.script = () => ({ headers: fresh });
      await world.get('/a');
      await world.get('/a', asked);
      expect((await world.get('/a')).outcome).toBe('hit');
    },
  );

  it('takes nothing with it when it fails', async () => {
    const world = new World();
    world.script = (_, count) => ({ status: count === 1 ? 500 : 200, headers: fresh });
    await world.get('/a');
    await world.get('/a', { operation: 'post' });
    expect((await world.get('/a')).outcome).toBe('hit');
  });

  it('takes with it what Location and Content-Location name, of the same origin', async () => {
    const post = { operation: 'post' };
    expect(await askedAgain(post, { location: '/b' })).toBe(true);
    expect(await askedAgain(post, { 'content-location': 'http://origin.test/b#x' })).toBe(true);
    expect(await askedAgain(post, { location: '/b' }, 404)).toBe(false);
    expect(await askedAgain(post, { location: '//[' })).toBe(false);
    expect(await askedAgain({}, { location: '/b' })).toBe(false);
  });

  it('takes nothing of another origin with it', async () => {
    const world = new World();
    world.script = () => ({ headers: { ...fresh, location: 'http://victim.test/b' } });
    await world.get('http://victim.test/b');
    await world.get('/a', { operation: 'post' });
    expect((await world.get('http://victim.test/b')).outcome).toBe('hit');
  });

  it('keeps what was asked for before from being stored after', async () => {
    const world = new World();
    let release = (): void => undefined;
    const held = new Promise<string>((resolve) => {
      release = () => resolve('old');
    });
    world.script = (_, count) =>
      count === 0 ? { headers: fresh, views: [held] } : { headers: fresh };
    const first = world.get('/a');
    await world.get('/a', { operation: 'put' });
    release();
    expect((await first).body).toBe('old');
    expect((await world.get('/a')).outcome).toBe('miss');
  });

  it('works for ftp alike', async () => {
    const world = new World();
    world.script = () => ({ validator: 'v' });
    await world.get('ftp://origin.test/a');
    await world.get('ftp://origin.test/a', { operation: 'put' });
    expect(await world.cache.find('ftp://origin.test/a')).toHaveLength(0);
  });
});

describe('a request for a head', () => {
  it('is served from a stored reply to GET', async () => {
    const world = new World();
    world.script = [{ headers: fresh, body: 'hello' }];
    await world.get('/a');
    const got = await world.get('/a', { operation: 'head' });
    expect(got).toMatchObject({ outcome: 'hit', status: 200, body: '' });
    expect(world.requests).toHaveLength(1);
  });

  it('freshens what is stored', async () => {
    const world = new World();
    world.script = [
      { headers: { ...fresh, etag: '"e"', a: '1', b: '2' } },
      { headers: { ...fresh, etag: '"e"', a: '3' } },
    ];
    await world.get('/a');
    world.now += 99_000;
    await world.get('/a', { operation: 'head' });
    const got = await world.get('/a');
    expect(got).toMatchObject({ outcome: 'hit', body: 'body 1' });
    expect([got.headers.get('a'), got.headers.get('b')]).toEqual(['3', '2']);
  });

  it.each([
    { etag: '"f"' },
    { 'content-length': '99' },
    { 'last-modified': 'Tue, 24 Nov 2026 12:00:00 GMT' },
  ])('shows by %o that what is stored no longer holds', async (headers) => {
    const world = new World();
    const stored = {
      'cache-control': 'max-age=60',
      etag: '"e"',
      'last-modified': 'Mon, 23 Nov 2026 12:00:00 GMT',
    };
    world.script = (_, count) => ({ headers: count === 1 ? { ...fresh, ...headers } : stored });
    await world.get('/a');
    world.now += 99_000;
    await world.get('/a', { operation: 'head' });
    expect(await world.cache.find('http://origin.test/a')).toHaveLength(0);
  });

  it('stores nothing', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh });
    await world.get('/a', { operation: 'head' });
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
  });
});
