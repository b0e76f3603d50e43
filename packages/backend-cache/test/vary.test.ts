import { describe, expect, it } from 'vitest';

import { World } from './fixtures/origin.ts';

type Fields = Readonly<Record<string, string>>;

/** The outcome of asking with other fields for what was chosen by some. */
async function outcome(
  vary: string | readonly string[],
  first: Fields,
  second: Fields,
): Promise<unknown> {
  const world = new World();
  world.script = () => ({ headers: { vary, 'cache-control': 'max-age=60' } });
  await world.get('/a', { headers: first });
  return (await world.get('/a', { headers: second })).outcome;
}

describe('a reply that varies', () => {
  it.each<[string | readonly string[], Fields, Fields]>([
    ['foo', { foo: '1' }, { foo: '1' }],
    ['Foo', { foo: '1', other: '2' }, { FOO: '1', other: '3' }],
    ['foo, bar', { foo: '1' }, { foo: '1' }],
    [['foo', 'bar'], { foo: '1', bar: '2' }, { bar: '2', foo: '1' }],
    ['foo', { foo: '1,2' }, { foo: '1 , 2' }],
    ['accept-language', { 'accept-language': 'EN' }, { 'accept-language': 'en' }],
    ['cookie', { cookie: 'a=b' }, { cookie: 'a=b' }],
    [', ,', { foo: '1' }, { foo: '2' }],
  ])('by %j is served when all of that is alike', async (vary, first, second) => {
    expect(await outcome(vary, first, second)).toBe('hit');
  });

  it.each<[string | readonly string[], Fields, Fields]>([
    ['foo', { foo: '1' }, { foo: '2' }],
    ['foo', { foo: '1' }, {}],
    ['foo', {}, { foo: '1' }],
    ['foo', {}, { foo: '' }],
    ['foo, bar', { foo: '1', bar: '2' }, { foo: '1', bar: '3' }],
    [['foo', 'bar'], { foo: '1', bar: '2' }, { foo: '1' }],
    ['foo', { foo: '"a, b"' }, { foo: '"a,b"' }],
    ['foo', { foo: 'A' }, { foo: 'a' }],
    ['cookie', { cookie: 'a=b' }, { cookie: 'a=c' }],
    ['*', { foo: '1' }, { foo: '1' }],
    [', *', {}, {}],
    ['foo, *', {}, {}],
    [['', '*'], {}, {}],
  ])('by %j is not served otherwise', async (vary, first, second) => {
    expect(await outcome(vary, first, second)).toBe('miss');
  });

  it('is, if it is coded, for those who take that coding', async () => {
    const world = new World();
    const headers = { 'cache-control': 'max-age=60', 'content-encoding': 'gzip', etag: '"e"' };
    world.script = (_, count) => (count === 0 ? { headers } : { headers: { etag: '"f"' } });
    const gzip = { 'accept-encoding': 'gzip' };
    await world.get('/a', { headers: gzip });
    expect((await world.get('/a', { headers: gzip })).outcome).toBe('hit');
    const identity = { 'accept-encoding': 'identity', range: 'bytes=0-1' };
    expect((await world.get('/a', { headers: identity })).outcome).toBe('miss');
  });

  it('is kept beside others of the same URL', async () => {
    const world = new World();
    world.script = ({ headers }) => ({
      headers: { vary: 'foo', 'cache-control': 'max-age=60' },
      body: String(headers.find(([name]) => name === 'foo')?.[1]),
    });
    for (const foo of ['1', '2', '3']) await world.get('/a', { headers: { foo } });
    for (const foo of ['1', '2', '3'])
      expect(await world.get('/a', { headers: { foo } })).toMatchObject({
        outcome: 'hit',
        body: foo,
      });
    expect(world.requests).toHaveLength(3);
  });

  it('gives way to what came later for the same request', async () => {
    const world = new World();
    world.script = (_, count) => ({
      headers: { 'cache-control': 'max-age=60', ...(count === 0 && { vary: 'foo' }) },
      body: String(count),
    });
    const reload = { cacheLoadControl: 'always-network' } as const;
    await world.get('/a', { headers: { foo: '1' } });
    await world.get('/a', { headers: { foo: '1' }, attributes: reload });
    expect((await world.get('/a', { headers: { foo: '1' } })).body).toBe('1');
    expect(await world.cache.find('http://origin.test/a')).toHaveLength(1);
  });

  it('is not kept in endless variants', async () => {
    const world = new World();
    world.script = () => ({ headers: { vary: 'foo', 'cache-control': 'max-age=60' } });
    for (let index = 0; index < 100; index += 1) {
      world.now += 1;
      await world.get('/a', { headers: { foo: String(index) } });
    }
    expect(await world.cache.find('http://origin.test/a')).toHaveLength(32);
    expect((await world.get('/a', { headers: { foo: '99' } })).outcome).toBe('hit');
  });
});

describe('the key', () => {
  it('is the URL with its query, and without its fragment', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'max-age=60' } });
    await world.get('/a?b=1#c');
    expect((await world.get('/a?b=1#d')).outcome).toBe('hit');
    expect((await world.get('/a?b=2')).outcome).toBe('miss');
    expect((await world.get('/a')).outcome).toBe('miss');
    expect((await world.get('https://origin.test/a?b=1')).outcome).toBe('miss');
  });
});
