import { describe, expect, it } from 'vitest';

import { cachePolicy, memoryStore, type CacheStore } from '../src/index.ts';
import { date, World } from './fixtures/origin.ts';

type Fields = Readonly<Record<string, string | readonly string[]>>;

async function again(
  headers: Fields,
  options: { seconds?: number; first?: Record<string, string> } = {},
) {
  const world = new World({ shared: true });
  world.script = () => ({ headers });
  await world.get('/a', { headers: options.first });
  world.now += (options.seconds ?? 0) * 1000;
  return (await world.get('/a')).outcome;
}

describe('a shared cache', () => {
  it.each<[string, Fields, number]>([
    ['s-maxage', { 'cache-control': 's-maxage=10' }, 9],
    ['s-maxage before max-age', { 'cache-control': 'max-age=1, s-maxage=10' }, 9],
    ['private of a field', { 'cache-control': 'max-age=10, private="x"' }, 9],
    ['a targeted max-age', { 'cdn-cache-control': 'max-age=10' }, 9],
    ['a targeted max-age of ages', { 'cdn-cache-control': 'max-age=99999999999' }, 9],
    [
      'a targeted max-age before a short one',
      { 'cache-control': 'max-age=1', 'cdn-cache-control': 'max-age=10' },
      9,
    ],
    [
      'a targeted max-age before no-store',
      { 'cache-control': 'no-store', 'cdn-cache-control': 'max-age=10' },
      9,
    ],
    [
      'a targeted max-age before Expires',
      { expires: date(-9), 'cdn-cache-control': 'max-age=10' },
      9,
    ],
    ['an extension beside it', { 'cdn-cache-control': 'foo;a=1, bar=(a b), max-age=10;x' }, 9],
    [
      'what is not targeted, if the targeted field is empty',
      { 'cache-control': 'max-age=10', 'cdn-cache-control': '' },
      9,
    ],
    [
      'what is not targeted, if the targeted field is no dictionary',
      { 'cache-control': 'max-age=10', 'cdn-cache-control': 'max-age=1, &&' },
      9,
    ],
  ])('reuses %s', async (_, headers, seconds) => {
    expect(await again(headers, { seconds })).toBe('hit');
  });

  it.each<[string, Fields, number]>([
    ['private', { 'cache-control': 'private, max-age=10' }, 0],
    ['private with a bare field', { 'cache-control': 'private=x, max-age=10' }, 0],
    ['s-maxage when it is over', { 'cache-control': 's-maxage=1, max-age=10' }, 1],
    ['s-maxage=0 and a guess', { 'cache-control': 's-maxage=0', 'last-modified': date(-1e5) }, 0],
    [
      'a targeted max-age when it is over',
      { 'cache-control': 'max-age=10', 'cdn-cache-control': 'max-age=1' },
      1,
    ],
    ['a targeted max-age=0', { 'cdn-cache-control': 'max-age=0', expires: date(99) }, 0],
    ['a targeted private', { 'cache-control': 'max-age=10', 'cdn-cache-control': 'private' }, 0],
    ['a targeted no-store', { 'cache-control': 'max-age=10', 'cdn-cache-control': 'no-store' }, 0],
    ['a targeted no-cache', { 'cache-control': 'max-age=10', 'cdn-cache-control': 'no-cache' }, 0],
    ['a targeted Age', { 'cdn-cache-control': 'max-age=10', age: '10' }, 0],
    [
      'a targeted max-age that is a string',
      { 'cache-control': 'no-store', 'cdn-cache-control': 'max-age="10"' },
      0,
    ],
    [
      'an invalid targeted field',
      { 'cache-control': 'no-store', 'cdn-cache-control': 'max-age=10, &' },
      0,
    ],
    [
      'a blank in a targeted field',
      { 'cache-control': 'max-age=1', 'cdn-cache-control': 'max-age =10' },
      1,
    ],
  ])('does not reuse %s', async (_, headers, seconds) => {
    expect(await again(headers, { seconds })).toBe('miss');
  });

  it('keeps what is targeted from those that are not', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cdn-cache-control': 'max-age=10' } });
    await world.get('/a');
    expect((await world.get('/a')).outcome).toBe('miss');
  });

  it.each(['max-age=10', 'max-age=10, private'])(
    'keeps no reply to credentials with %s',
    async (control) => {
      expect(await again({ 'cache-control': control }, { first: { authorization: 'x' } })).toBe(
        'miss',
      );
    },
  );

  it.each(['max-age=10, public', 'max-age=10, must-revalidate', 's-maxage=10'])(
    'keeps a reply to credentials with %s for all',
    async (control) => {
      expect(await again({ 'cache-control': control }, { first: { authorization: 'x' } })).toBe(
        'hit',
      );
    },
  );

  it('does not keep the fields that are private', async () => {
    const world = new World({ shared: true });
    world.script = [
      { headers: { 'cache-control': 'max-age=10, private="set-cookie, x"', x: '1', y: '2' } },
    ];
    await world.get('/a');
    expect([...(await world.get('/a')).headers.keys()]).toEqual([
      'cache-control',
      'y',
      'date',
      'age',
    ]);
  });

  it.each(['proxy-revalidate, max-age=1', 's-maxage=1'])(
    'serves nothing stale against %s',
    async (control) => {
      const world = new World({ shared: true });
      world.script = () => ({ headers: { 'cache-control': control } });
      await world.get('/a');
      world.now += 5000;
      expect(
        (await world.get('/a', { attributes: { cacheLoadControl: 'prefer-cache' } })).outcome,
      ).toBe('miss');
    },
  );

  it('has targeted fields of its own by option', async () => {
    const world = new World({
      shared: true,
      targetedFields: ['My-Cache-Control', 'CDN-Cache-Control'],
    });
    world.script = () => ({
      headers: { 'cdn-cache-control': 'max-age=0', 'my-cache-control': 'max-age=10' },
    });
    await world.get('/a');
    expect((await world.get('/a')).outcome).toBe('hit');
  });
});

async function count({ cache }: World): Promise<number> {
  let entries = 0;
  for await (const entry of cache.entries()) entries += entry.head.url === '' ? 0 : 1;
  return entries;
}

describe('a store that many see', () => {
  const store = (): CacheStore => Object.assign(memoryStore(), { shared: true });

  it('makes a shared cache', async () => {
    const world = new World({ store: store() });
    world.script = () => ({ headers: { 'cache-control': 'private, max-age=10' } });
    await world.get('/a');
    expect((await world.get('/a')).outcome).toBe('miss');
  });

  it('has nothing private of another’s for a shared cache', async () => {
    const one = memoryStore();
    const [mine, ours] = [new World({ store: one }), new World({ store: one, shared: true })];
    for (const world of [mine, ours])
      world.script = () => ({ headers: { 'cache-control': 'private, max-age=10' } });
    await mine.get('/a');
    expect((await ours.get('/a')).outcome).toBe('miss');
  });

  it('is nobody’s private cache by mistake', () => {
    expect(() => cachePolicy(store(), { shared: false })).toThrow('needs a partition');
  });

  it('is a private one in a partition, which no other sees', async () => {
    const one = store();
    const [me, you] = ['me', 'you'].map((partition) => new World({ store: one, partition }));
    if (me === undefined || you === undefined) throw new Error('two worlds');
    for (const world of [me, you])
      world.script = () => ({ headers: { 'cache-control': 'private, max-age=10' } });
    await me.get('/a');
    expect((await me.get('/a')).outcome).toBe('hit');
    expect((await you.get('/a')).outcome).toBe('miss');
    await you.cache.clear();
    expect(await count(you)).toBe(0);
    expect(await count(me)).toBe(1);
    expect(await me.cache.remove('http://origin.test/a')).toBe(1);
  });
});
