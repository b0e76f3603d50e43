import { describe, expect, it } from 'vitest';

import { World, type Answer } from './fixtures/origin.ts';

const fresh = { 'cache-control': 'max-age=60', etag: '"e"' };
const digits = '0123456789';

/** An answer with a part of the ten digits. */
function part(from: number, to: number, headers: Record<string, string> = fresh): Answer {
  const range = { 'content-range': `bytes ${from}-${to}/10` };
  return { status: 206, headers: { ...headers, ...range }, body: digits.slice(from, to + 1) };
}

const whole: Answer = { headers: fresh, body: digits };
const range = (value: string): { headers: Record<string, string> } => ({
  headers: { range: `bytes=${value}` },
});

describe('a part of a complete stored reply', () => {
  it.each([
    ['0-1', '01'],
    ['3-', '3456789'],
    ['-2', '89'],
    ['-99', digits],
    ['8-99', '89'],
  ])('is served for bytes=%s', async (asked, body) => {
    const world = new World();
    world.script = [whole];
    await world.get('/a');
    const got = await world.get('/a', range(asked));
    expect(got).toMatchObject({ outcome: 'hit', status: 206, body });
    const from = digits.indexOf(body);
    expect(got.headers.get('content-range')).toBe(`bytes ${from}-${from + body.length - 1}/10`);
    expect(got.headers.get('content-length')).toBe(String(body.length));
    expect(got.reply.range).toEqual({ from, to: from + body.length - 1, total: 10 });
  });

  it('is served for the attribute', async () => {
    const world = new World();
    world.script = [whole];
    await world.get('/a');
    expect(await world.get('/a', { attributes: { range: { from: 2, to: 3 } } })).toMatchObject({
      body: '23',
      outcome: 'hit',
    });
  });

  it.each(['10-', '5-3', '-0', 'x', '0-1,3-4'])('is not invented for bytes=%s', async (asked) => {
    const world = new World();
    world.script = () => whole;
    await world.get('/a');
    await world.get('/a', range(asked));
    expect(world.requests).toHaveLength(2);
  });

  it('is served if the validator is the caller’s, and all of it if not', async () => {
    const world = new World();
    world.script = [whole];
    await world.get('/a');
    const headers = { range: 'bytes=1-2', 'if-range': '"e"' };
    expect(await world.get('/a', { headers })).toMatchObject({ status: 206, body: '12' });
    expect(await world.get('/a', { headers: { ...headers, 'if-range': '"f"' } })).toMatchObject({
      status: 200,
      body: digits,
    });
    const attributes = { range: { from: 5, validator: '"f"' } };
    expect(await world.get('/a', { attributes })).toMatchObject({ status: 200, body: digits });
  });

  it('is not what a failure to give one says', async () => {
    const world = new World();
    world.script = (_, count) => (count === 0 ? { status: 404, headers: fresh } : whole);
    await world.get('/a', range('0-1'));
    expect(await world.get('/a')).toMatchObject({ outcome: 'miss', status: 200 });
  });

  it('is not served of a failure', async () => {
    const world = new World();
    world.script = () => ({ ...whole, status: 404 });
    await world.get('/a');
    await world.get('/a', range('0-1'));
    expect(world.requests).toHaveLength(2);
  });
});

describe('a stored part', () => {
  it.each([
    ['4-8', '45678'],
    ['5-6', '56'],
  ])('is served for bytes=%s', async (asked, body) => {
    const world = new World();
    world.script = [part(4, 8)];
    await world.get('/a', range('4-8'));
    expect(await world.get('/a', range(asked))).toMatchObject({
      outcome: 'hit',
      status: 206,
      body,
    });
  });

  it('is served for the end, if it reaches it', async () => {
    const world = new World();
    world.script = [part(5, 9)];
    await world.get('/a', range('-5'));
    expect((await world.get('/a', range('-2'))).body).toBe('89');
    expect((await world.get('/a', range('7-'))).body).toBe('789');
    expect(world.requests).toHaveLength(1);
  });

  it.each(['0-4', '7-9', '-2', '3-'])(
    'is not served for more than it has: bytes=%s',
    async (asked) => {
      const world = new World();
      world.script = () => part(4, 8);
      await world.get('/a', range('4-8'));
      await world.get('/a', range(asked));
      expect(world.requests).toHaveLength(2);
    },
  );

  it('is not all of it', async () => {
    const world = new World();
    world.script = [part(4, 8), whole];
    await world.get('/a', range('4-8'));
    expect(await world.get('/a')).toMatchObject({ status: 200, body: digits, outcome: 'miss' });
  });

  it('is combined with what lies beside it, until it is complete', async () => {
    const world = new World();
    world.script = [part(0, 3), part(6, 9), part(3, 6)];
    for (const asked of ['0-3', '6-9', '3-6']) await world.get('/a', range(asked));
    await expect.poll(async () => (await world.cache.find('http://origin.test/a')).length).toBe(1);
    await expect.poll(async () => (await world.get('/a')).body).toBe(digits);
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', status: 200 });
    expect((await world.get('/a')).headers.get('content-range')).toBeUndefined();
  });

  it.each([
    { 'cache-control': 'max-age=60', etag: '"f"' },
    { 'cache-control': 'max-age=60' },
    { 'cache-control': 'max-age=60', etag: 'W/"e"' },
  ])('is not combined with one of %o', async (headers) => {
    const world = new World();
    world.script = [part(0, 3), part(4, 9, headers), whole];
    await world.get('/a', range('0-3'));
    await world.get('/a', range('4-9'));
    await world.get('/a', range('2-6'));
    expect(world.requests).toHaveLength(3);
  });

  it('at the start is completed from the network', async () => {
    const world = new World();
    world.script = [part(0, 3), part(4, 9)];
    await world.get('/a', range('0-3'));
    const got = await world.get('/a');
    expect(got).toMatchObject({ status: 200, body: digits, outcome: 'miss' });
    expect(got.reply.length).toBe(10);
    expect(got.headers.get('content-range')).toBeUndefined();
    expect(world.sent(1)).toEqual({ range: 'bytes=4-', 'if-range': '"e"' });
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', body: digits });
  });

  it('at the start gives way to all of what has changed', async () => {
    const world = new World();
    world.script = [part(0, 3), { headers: { ...fresh, etag: '"f"' }, body: 'changed' }];
    await world.get('/a', range('0-3'));
    expect(await world.get('/a')).toMatchObject({ status: 200, body: 'changed' });
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', body: 'changed' });
  });

  it.each<Answer>([{ status: 416 }, part(5, 9), part(4, 9, { ...fresh, etag: '"f"' })])(
    'at the start is not patched with %o',
    async (answer) => {
      const world = new World();
      world.script = [part(0, 3), answer, whole];
      await world.get('/a', range('0-3'));
      expect(await world.get('/a')).toMatchObject({ status: 200, body: digits });
      expect(world.sent(2)).toEqual({});
    },
  );
});
