import { describe, expect, it } from 'vitest';

import { date, World } from './fixtures/origin.ts';

type Fields = Readonly<Record<string, string | readonly string[]>>;

/** The outcome of asking again after so many seconds. */
async function again(
  headers: Fields,
  seconds: number,
  options: { shared?: boolean; status?: number } = {},
) {
  const world = new World({ shared: options.shared });
  world.script = () => ({ status: options.status, headers });
  await world.get('/a');
  world.now += seconds * 1000;
  return (await world.get('/a')).outcome;
}

describe('how long a reply is fresh', () => {
  const fresh: readonly (readonly [string, Fields, number])[] = [
    ['max-age', { 'cache-control': 'max-age=10' }, 9],
    ['max-age in capitals', { 'cache-control': 'MaX-aGe=10' }, 9],
    ['a quoted max-age', { 'cache-control': 'max-age="10"' }, 9],
    ['leading zeros', { 'cache-control': 'max-age=00010' }, 9],
    ['an unknown directive beside it', { 'cache-control': 'foobar, max-age=10' }, 9],
    ['a directive with a quoted comma', { 'cache-control': 'x="a, no-store", max-age=10' }, 9],
    ['more seconds than anybody counts', { 'cache-control': 'max-age=99999999999' }, 1e8],
    ['max-age against a past Expires', { 'cache-control': 'max-age=10', expires: date(-99) }, 9],
    ['max-age against an invalid Expires', { 'cache-control': 'max-age=10', expires: '0' }, 9],
    ['Expires by the Date', { expires: date(10), date: date() }, 9],
    ['Expires without a Date', { expires: date(10) }, 9],
    ['an Expires in whatever case', { expires: 'WED, 25 NOV 2026 12:00:10 gmt' }, 9],
    ['an Expires of RFC 850', { expires: 'Friday, 18-Aug-50 02:01:18 GMT', date: date() }, 9],
    ['the same Expires twice', { expires: [date(10), date(10)] }, 9],
    ['an Age below', { 'cache-control': 'max-age=10', age: '5' }, 4],
    ['an Age that is no number', { 'cache-control': 'max-age=10', age: 'old' }, 9],
    ['a negative Age', { 'cache-control': 'max-age=10', age: '-5' }, 9],
    [
      'an Age of several, the first of which counts',
      { 'cache-control': 'max-age=10', age: '0, 99' },
      9,
    ],
    [
      'a tenth of the time since the last change',
      { 'last-modified': date(-1000), date: date() },
      99,
    ],
    ['public and a last change', { 'cache-control': 'public', 'last-modified': date(-100) }, 9],
    ['private, for one user', { 'cache-control': 'private, max-age=10' }, 9],
    ['s-maxage, which is not for one user', { 'cache-control': 's-maxage=1, max-age=10' }, 9],
    ['must-revalidate', { 'cache-control': 'max-age=10, must-revalidate' }, 9],
    ['no-cache of a field', { 'cache-control': 'max-age=10, no-cache="x"' }, 9],
    [
      'no-store that is heeded by nobody who understands',
      { 'cache-control': 'no-store, must-understand, max-age=10' },
      9,
    ],
  ];
  it.each(fresh)('is said by %s', async (_, headers, seconds) => {
    expect(await again(headers, seconds)).toBe('hit');
  });

  const stale: readonly (readonly [string, Fields, number])[] = [
    ['max-age, when it is over', { 'cache-control': 'max-age=10' }, 10],
    ['max-age=0', { 'cache-control': 'max-age=0' }, 0],
    ['a negative max-age', { 'cache-control': 'max-age=-10' }, 0],
    ['a max-age that begins with a letter', { 'cache-control': 'max-age=a10' }, 0],
    ['a max-age that ends with a letter', { 'cache-control': 'max-age=10a' }, 0],
    ['a max-age with a fraction', { 'cache-control': 'max-age=10.0' }, 0],
    ['a max-age in single quotes', { 'cache-control': "max-age='10'" }, 0],
    ['a blank before the equals sign', { 'cache-control': 'max-age =10' }, 0],
    ['a blank after the equals sign', { 'cache-control': 'max-age= 10' }, 0],
    ['the smaller of two in one line', { 'cache-control': 'max-age=100, max-age=1' }, 2],
    ['the smaller of two in two lines', { 'cache-control': ['max-age=1', 'max-age=100'] }, 2],
    ['what is not quoted', { 'cache-control': 'x="max-age=100", max-age=1' }, 2],
    ['max-age=0 against a future Expires', { 'cache-control': 'max-age=0', expires: date(99) }, 0],
    ['a past Expires', { expires: date(-1), date: date() }, 0],
    ['an invalid Expires', { expires: '0', 'last-modified': date(-1e6) }, 0],
    ['two Expires that differ', { expires: [date(10), date(20)] }, 0],
    ['an Age beyond', { 'cache-control': 'max-age=10', age: '10' }, 0],
    ['an Age of several', { 'cache-control': 'max-age=10', age: '99, 0' }, 0],
    ['a Date long ago', { 'cache-control': 'max-age=10', date: date(-20) }, 0],
    ['no-cache', { 'cache-control': 'max-age=10, no-cache' }, 0],
    ['no-cache without quotes around its field', { 'cache-control': 'max-age=10, no-cache=x' }, 0],
    ['a last change in the future', { 'last-modified': date(10), date: date() }, 0],
    ['nothing', {}, 0],
    ['what has a stray quotation mark', { 'cache-control': 'max-age=10, no-store"' }, 0],
    ['what is quoted as a name', { 'cache-control': '"no-store", max-age=10' }, 0],
    ['what is quoted and does not end', { 'cache-control': 'x="y, max-age=10' }, 0],
    ['a guess of more than a week', { 'last-modified': date(-1e9), date: date() }, 604_801],
  ];
  it.each(stale)('is not longer than %s', async (_, headers, seconds) => {
    expect(await again(headers, seconds)).toBe('miss');
  });

  it.each(['no-store', 'No-StOrE', 'x="y, no-store', 'no-store=1', 'max-age=10, no-store'])(
    'does not matter with %s',
    async (control) => {
      expect(await again({ 'cache-control': control, expires: date(99) }, 0)).toBe('miss');
    },
  );

  it('counts the time that the reply took', async () => {
    const world = new World();
    let arrive = (): void => undefined;
    const after = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    world.script = [{ headers: { 'cache-control': 'max-age=10' }, after }, {}];
    const first = world.get('/a');
    world.now += 8000;
    arrive();
    await first;
    expect((await world.get('/a')).age).toBe(8);
    world.now += 2000;
    expect((await world.get('/a')).outcome).toBe('miss');
  });

  it('does not grow when the clock is set back', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'max-age=10', age: '9' } });
    await world.get('/a');
    world.now -= 3_600_000;
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', age: 9 });
    world.now += 3_601_000;
    expect((await world.get('/a')).outcome).toBe('miss');
  });

  it.each([200, 203, 300, 301, 308, 404, 405, 410, 414, 501])(
    'is guessed for %i',
    async (status) => {
      expect(await again({ 'last-modified': date(-1000) }, 50, { status })).toBe('hit');
    },
  );
  it.each([201, 202, 302, 303, 307, 400, 403, 500, 502, 503, 504, 599])(
    'is not guessed for %i',
    async (status) => {
      expect(await again({ 'last-modified': date(-1000) }, 0, { status })).toBe('miss');
    },
  );
  it.each([203, 299, 302, 303, 307, 400, 404, 499, 500, 503, 599])(
    'may be said for %i',
    async (status) => {
      expect(await again({ 'cache-control': 'max-age=9' }, 5, { status })).toBe('hit');
    },
  );
  it.each([304, 407, 412, 416, 425, 428, 429, 431, 511])('is not heeded for %i', async (status) => {
    expect(await again({ 'cache-control': 'max-age=9' }, 0, { status })).toBe('miss');
  });
  it('is not heeded by who must understand a status and does not', async () => {
    const headers = { 'cache-control': 'must-understand, max-age=9' };
    expect(await again(headers, 0, { status: 299 })).toBe('miss');
    expect(await again(headers, 0, { status: 404 })).toBe('hit');
  });
});

describe('what is served from the store', () => {
  it('has an Age, its own Date, and all else as it came', async () => {
    const world = new World();
    const headers = { 'cache-control': 'max-age=100', date: date(-3), age: '7', 'x-other': 'y' };
    world.script = [{ headers, body: 'hello' }];
    expect((await world.get('/a')).headers.get('age')).toBe('7');
    world.now += 2500;
    const hit = await world.get('/a');
    expect(hit).toMatchObject({
      outcome: 'hit',
      source: 'cache',
      age: 9,
      status: 200,
      body: 'hello',
    });
    expect(Object.fromEntries(hit.headers)).toEqual({ ...headers, age: '9' });
    expect(hit.reply.length).toBe(5);
  });

  it('has no fields of the connection, nor those that it names', async () => {
    const world = new World();
    const headers = {
      'cache-control': 'max-age=100',
      connection: 'a, keep-alive',
      'keep-alive': 'timeout=1',
      'proxy-authenticate': 'x',
      upgrade: 'h3',
      a: '1',
      b: '2',
    };
    world.script = [{ headers }];
    await world.get('/a');
    const served = [...(await world.get('/a')).headers.keys()];
    expect(served).toEqual(['cache-control', 'b', 'date', 'age']);
  });

  it('has not what no-cache names, until its origin confirms it', async () => {
    const world = new World();
    const headers = {
      'cache-control': 'max-age=10, no-cache="a, B"',
      a: '1',
      b: '2',
      c: '3',
      etag: '"e"',
    };
    world.script = (_, count) =>
      count === 0 ? { headers } : { status: 304, headers: { etag: '"e"' } };
    await world.get('/a');
    const names = [...(await world.get('/a')).headers.keys()];
    expect(names).toEqual(['cache-control', 'c', 'etag', 'date', 'age']);
  });

  it('has a date, also when it came without one', async () => {
    const world = new World();
    world.now += 999;
    world.script = () => ({ headers: { 'cache-control': 'max-age=1' } });
    await world.get('/a');
    world.now += 900;
    const got = await world.get('/a');
    expect([got.outcome, got.headers.get('date')]).toEqual(['hit', date()]);
  });

  it('has its trailers', async () => {
    const world = new World();
    world.script = [{ headers: { 'cache-control': 'max-age=9' }, trailers: [['x-sum', '1']] }];
    await world.get('/a');
    const { reply } = await world.get('/a');
    expect(reply.attributes?.cache?.outcome).toBe('hit');
    expect(reply.trailers()).toEqual([['x-sum', '1']]);
  });

  it('is a redirect to where it led, with the fragment of whoever asks', async () => {
    const world = new World();
    world.script = [{ status: 301, headers: { location: '/b', 'cache-control': 'max-age=9' } }];
    await (await world.ask('/a#one')).close();
    const second = await world.ask('/a#two');
    expect(world.requests).toHaveLength(1);
    expect(second.redirect).toEqual({
      url: new URL('http://origin.test/b#two'),
      keepOperation: true,
    });
    await second.close();
  });

  it('is a failure where the peer answered with one', async () => {
    const world = new World();
    world.script = [{ status: 404, headers: { 'cache-control': 'max-age=9' }, body: 'none' }];
    await world.get('/a');
    const { reply, outcome, body } = await world.get('/a');
    expect([outcome, body, reply.error?.code]).toEqual(['hit', 'none', 'unknown-content']);
  });
});
