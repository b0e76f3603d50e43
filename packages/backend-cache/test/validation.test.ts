import { describe, expect, it } from 'vitest';

import { codeOf, date, World, type Answer } from './fixtures/origin.ts';

/** A stale reply with these fields, and what the origin says when it is asked again. */
async function stale(
  headers: Record<string, string>,
  ...answers: readonly Answer[]
): Promise<World> {
  const world = new World();
  world.script = [{ headers: { 'cache-control': 'max-age=1', ...headers } }, ...answers];
  await world.get('/a');
  world.now += 5000;
  return world;
}

const notModified: Answer = {
  status: 304,
  headers: { etag: '"e"', 'cache-control': 'max-age=60' },
};

describe('a stale reply', () => {
  it('is asked about by its entity tag and its last change, and served when it still holds', async () => {
    const world = await stale({ etag: '"e"', 'last-modified': date(-99) }, notModified);
    expect(await world.get('/a')).toMatchObject({
      outcome: 'revalidated',
      body: 'body 1',
      age: 0,
      status: 200,
    });
    expect(world.sent(1)).toMatchObject({ 'if-none-match': '"e"', 'if-modified-since': date(-99) });
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', body: 'body 1' });
    expect(world.requests).toHaveLength(2);
  });

  it('is asked about by a weak tag as it came', async () => {
    const world = await stale({ etag: 'W/"e"' }, { status: 304, headers: { etag: 'W/"e"' } });
    expect((await world.get('/a')).outcome).toBe('revalidated');
    expect(world.sent(1)['if-none-match']).toBe('W/"e"');
  });

  it('is not asked about by what is no tag or no date', async () => {
    const world = await stale({ etag: 'e", "*', 'last-modified': 'yesterday' }, {});
    expect((await world.get('/a')).outcome).toBe('miss');
    expect(world.sent(1)).toEqual({});
  });

  it('makes room for another', async () => {
    const fields = { etag: '"f"', 'cache-control': 'max-age=60' };
    const world = await stale({ etag: '"e"' }, { headers: fields, body: 'new' });
    expect(await world.get('/a')).toMatchObject({ outcome: 'miss', body: 'new' });
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', body: 'new' });
    expect(await world.cache.find('http://origin.test/a')).toHaveLength(1);
  });

  it('takes the fields of the 304, but for those that tell of its bytes', async () => {
    const world = await stale(
      { etag: '"e"', a: '1', b: '2', 'content-length': '6', 'content-encoding': 'x' },
      {
        status: 304,
        headers: {
          etag: '"e"',
          a: '3',
          'content-length': '0',
          'content-encoding': 'y',
          connection: 'close',
          'content-type': 'text/plain',
          'cache-control': 'max-age=60',
        },
      },
    );
    const fields = {
      etag: '"e"',
      a: '3',
      b: '2',
      'content-length': '6',
      'content-encoding': 'x',
      'content-type': 'text/plain',
      'cache-control': 'max-age=60',
      date: date(5),
      age: '0',
    };
    expect(Object.fromEntries((await world.get('/a')).headers)).toEqual(fields);
    expect(Object.fromEntries((await world.get('/a')).headers)).toEqual(fields);
  });

  it('is asked for anew when the 304 is about something else', async () => {
    const world = await stale(
      { etag: '"e"' },
      { status: 304, headers: { etag: '"other"' } },
      { body: 'new' },
    );
    expect(await world.get('/a')).toMatchObject({ outcome: 'miss', body: 'new' });
    expect(world.sent(2)).toEqual({});
  });

  it('is served by a 304 without a validator when only one was asked about', async () => {
    const world = await stale({ etag: '"e"' }, { status: 304 });
    expect((await world.get('/a')).outcome).toBe('revalidated');
  });

  it('goes when its origin says that it is not to be stored', async () => {
    const world = await stale(
      { etag: '"e"' },
      { status: 304, headers: { etag: '"e"', 'cache-control': 'no-store' } },
      {},
    );
    expect((await world.get('/a')).outcome).toBe('revalidated');
    const asked = { attributes: { cacheLoadControl: 'prefer-cache' } } as const;
    expect((await world.get('/a', asked)).outcome).toBe('miss');
  });
});

describe('an answer that is not stored', () => {
  it('shows that what is stored is not what the origin has any more', async () => {
    const world = new World();
    const first = { headers: { 'cache-control': 'max-age=1, stale-while-revalidate=60' } };
    world.script = (_, count) =>
      count === 0 ? first : { headers: { 'cache-control': 'no-store' }, body: 'new' };
    await world.get('/a');
    world.now += 5000;
    expect((await world.get('/a')).outcome).toBe('stale');
    await expect.poll(() => world.requests.length).toBe(2);
    expect(await world.get('/a')).toMatchObject({ outcome: 'miss', body: 'new' });
    expect(await world.cache.stats()).toMatchObject({ entries: 0 });
  });

  it('that nobody wants to be stored shows nothing of the kind', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'max-age=60' } });
    await world.get('/a');
    const attributes = { cacheLoadControl: 'always-network', cacheSaveControl: false } as const;
    expect((await world.get('/a', { attributes })).body).toBe('body 2');
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', body: 'body 1' });
  });

  it.each([401, 429, 500, 503])('with the status %i shows nothing of the kind', async (status) => {
    const world = new World();
    const headers = { 'cache-control': 'max-age=1' };
    world.script = (_, count) => (count === 0 ? { headers } : { status });
    await world.get('/a');
    world.now += 5000;
    await world.get('/a');
    const asked = { attributes: { cacheLoadControl: 'prefer-cache' } } as const;
    expect((await world.get('/a', asked)).outcome).toBe('stale');
  });
});

describe('several variants', () => {
  it('are all asked about, and the one that holds is served', async () => {
    const world = new World();
    const vary = { vary: 'accept', 'cache-control': 'max-age=60' };
    world.script = [
      { headers: { ...vary, etag: '"1"' }, body: 'one' },
      { headers: { ...vary, etag: '"2"' }, body: 'two' },
      { status: 304, headers: { ...vary, etag: '"1"' } },
    ];
    await world.get('/a', { headers: { accept: 'a' } });
    await world.get('/a', { headers: { accept: 'b' } });
    const third = await world.get('/a', { headers: { accept: 'c' } });
    expect(third).toMatchObject({ outcome: 'revalidated', body: 'one' });
    expect(world.sent(2)['if-none-match']).toBe('"2", "1"');
  });

  it('of other users are not asked about', async () => {
    const world = new World();
    world.script = () => ({ headers: { etag: '"1"', 'cache-control': 'max-age=60' } });
    await world.get('/a', { headers: { authorization: 'one' } });
    const second = await world.get('/a', { headers: { authorization: 'two' } });
    expect(second.outcome).toBe('miss');
    expect(world.sent(1)['if-none-match']).toBeUndefined();
    expect((await world.get('/a')).outcome).toBe('miss');
    expect((await world.get('/a', { headers: { authorization: 'one' } })).outcome).toBe('hit');
  });
});

describe('a condition of the caller', () => {
  const fresh = {
    etag: '"e"',
    'last-modified': date(-99),
    date: date(),
    'cache-control': 'max-age=60',
  };

  it.each([
    ['its tag', { 'if-none-match': '"e"' }],
    ['its tag among others', { 'if-none-match': '"x", W/"e" , "y"' }],
    ['any', { 'if-none-match': '*' }],
    ['its tag, whatever the date', { 'if-none-match': '"e"', 'if-modified-since': date(-999) }],
    ['its date', { 'if-modified-since': date(-99) }],
    ['a later date', { 'if-modified-since': date(-9) }],
  ])('is answered when what is stored has %s', async (_, headers) => {
    const world = new World();
    world.script = [{ headers: fresh }];
    await world.get('/a');
    const got = await world.get('/a', { headers });
    expect(got).toMatchObject({ status: 304, outcome: 'hit', body: '' });
    expect(got.headers.get('etag')).toBe('"e"');
    expect(got.headers.has('age')).toBe(true);
  });

  it.each([
    ['another tag', { 'if-none-match': '"x"' }],
    ['another tag, whatever the date', { 'if-none-match': '"x"', 'if-modified-since': date() }],
    ['an earlier date', { 'if-modified-since': date(-100) }],
    ['no date', { 'if-modified-since': 'now' }],
  ])('is answered with all of it for %s', async (_, headers) => {
    const world = new World();
    world.script = [{ headers: fresh }];
    await world.get('/a');
    expect(await world.get('/a', { headers })).toMatchObject({
      status: 200,
      body: 'body 1',
      outcome: 'hit',
    });
  });

  it('goes to the origin as it is when what is stored is stale, and its answer freshens it', async () => {
    const world = await stale({ etag: '"e"' }, notModified);
    const got = await world.get('/a', { headers: { 'if-none-match': '"e"' } });
    expect(got).toMatchObject({ status: 304, source: 'network' });
    expect(world.sent(1)).toEqual({ 'if-none-match': '"e"' });
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', body: 'body 1' });
  });

  it.each(['if-match', 'if-unmodified-since'])('by %s is the origin’s to judge', async (name) => {
    const world = new World();
    world.script = () => ({ headers: fresh });
    await world.get('/a');
    expect((await world.get('/a', { headers: { [name]: '"e"' } })).outcome).toBe('bypass');
  });
});

describe('what may be served stale', () => {
  it('is, while it is revalidated in the background', async () => {
    const world = new World();
    const headers = { 'cache-control': 'max-age=1, stale-while-revalidate=10', etag: '"e"' };
    world.script = (_, count) => (count === 0 ? { headers } : { headers, body: 'new' });
    await world.get('/a');
    world.now += 5000;
    const [first, second] = await Promise.all([world.get('/a'), world.get('/a')]);
    expect([first, second]).toMatchObject([
      { outcome: 'stale', body: 'body 1', age: 5 },
      { outcome: 'stale', body: 'body 1' },
    ]);
    expect(world.requests).toHaveLength(2);
    await expect.poll(async () => (await world.get('/a')).body).toBe('new');
    expect(world.requests).toHaveLength(2);
    world.now += 12_000;
    expect((await world.get('/a')).outcome).toBe('miss');
  });

  it.each<Answer>([{ status: 500 }, { status: 503 }, { fails: 'connection-refused' }])(
    'is, when the origin fails with %o and stale-if-error allows it',
    async (answer) => {
      const world = new World();
      const headers = { 'cache-control': 'max-age=1, stale-if-error=10' };
      world.script = (_, count) => (count === 0 ? { headers } : answer);
      await world.get('/a');
      world.now += 5000;
      expect(await world.get('/a')).toMatchObject({ outcome: 'stale', body: 'body 1', age: 5 });
      world.now += 7000;
      const last = await codeOf(world.get('/a'));
      expect(last).toBe(answer.fails ?? 'no failure');
      expect(world.requests).toHaveLength(3);
    },
  );

  it.each([{ operation: 'head' }, { headers: { range: 'bytes=0-1', 'if-range': '"e"' } }] as const)(
    'is, for %o too, and all of it is asked for in the background',
    async (asked) => {
      const world = new World();
      const headers = { 'cache-control': 'max-age=1, stale-while-revalidate=60', etag: '"e"' };
      world.script = () => ({ headers });
      await world.get('/a');
      world.now += 5000;
      expect((await world.get('/a', asked)).outcome).toBe('stale');
      await expect.poll(() => world.requests.length).toBe(2);
      expect(world.requests[1]?.operation).toBe('get');
      expect(world.sent(1)).toEqual({ 'if-none-match': '"e"' });
      await expect.poll(async () => (await world.get('/a')).outcome).toBe('hit');
      expect((await world.get('/a')).body).toBe('body 2');
    },
  );

  it.each(['must-revalidate', 'no-cache'])('is not, against %s', async (control) => {
    const world = new World();
    const headers = {
      'cache-control': `max-age=1, ${control}, stale-if-error=99, stale-while-revalidate=99`,
    };
    world.script = (_, count) => (count === 0 ? { headers } : { fails: 'connection-refused' });
    await world.get('/a');
    world.now += 5000;
    await expect(world.get('/a')).rejects.toMatchObject({ code: 'connection-refused' });
    const asked = { attributes: { cacheLoadControl: 'always-cache' } } as const;
    await expect(world.get('/a', asked)).rejects.toMatchObject({ code: 'content-not-found' });
  });
});
