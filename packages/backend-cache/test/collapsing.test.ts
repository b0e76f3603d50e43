import { describe, expect, it } from 'vitest';

import { codeOf, World } from './fixtures/origin.ts';

const fresh = { 'cache-control': 'max-age=60' };

function held<Value>(): { readonly promise: Promise<Value>; release(value: Value): void } {
  let settle: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((resolve) => {
    settle = resolve;
  });
  return { promise, release: (value) => settle(value) };
}

describe('equal requests at once', () => {
  it('become one', async () => {
    const world = new World();
    const head = held<void>();
    world.script = () => ({ headers: fresh, after: head.promise });
    const asked = [world.get('/a'), world.get('/a'), world.get('/a')];
    head.release();
    const got = await Promise.all(asked);
    expect(got.map(({ body }) => body)).toEqual(['body 1', 'body 1', 'body 1']);
    expect(got.map(({ outcome }) => outcome)).toEqual(['miss', 'shared', 'shared']);
    expect(got.map(({ source }) => source)).toEqual(['network', 'network', 'network']);
    expect(world.requests).toHaveLength(1);
  });

  it('do so while the body is on its way', async () => {
    const world = new World();
    const rest = held<string>();
    world.script = () => ({ headers: fresh, views: ['ab', rest.promise, 'ef'] });
    const first = await world.ask('/a');
    const iterator = first.body[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: new TextEncoder().encode('ab') });
    const second = world.get('/a');
    const third = world.get('/a');
    rest.release('cd');
    expect((await second).body).toBe('abcdef');
    expect((await third).outcome).toBe('shared');
    let left = '';
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next())
      left += new TextDecoder().decode(step.value);
    expect(left).toBe('cdef');
    expect(world.requests).toHaveLength(1);
  });

  it('are not held up by one that does not read', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh, views: ['ab', 'cd'] });
    const [lazy, eager] = await Promise.all([world.ask('/a'), world.ask('/a')]);
    expect(await eager.text()).toBe('abcd');
    expect(await lazy.text()).toBe('abcd');
  });

  it('do not wait for one that looks at what it was lent', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh, views: ['ab', 'cd'] });
    const slow = (await world.ask('/a')).views()[Symbol.asyncIterator]();
    await slow.next();
    expect((await world.get('/a')).body).toBe('abcd');
    expect(new TextDecoder().decode((await slow.next()).value)).toBe('cd');
    expect(await slow.next()).toMatchObject({ done: true });
  });

  it.each([0, 1, 2])('go on when caller %i leaves before the head', async (leaver) => {
    const world = new World();
    const head = held<void>();
    world.script = () => ({ headers: fresh, after: head.promise });
    const controllers = [0, 1, 2].map(() => new AbortController());
    const asked = controllers.map(({ signal }) => world.get('/a', { signal }));
    const left = codeOf(asked[leaver]);
    controllers[leaver]?.abort();
    expect(await left).toBe('operation-canceled');
    head.release();
    const stayed = await Promise.all(asked.filter((_, index) => index !== leaver));
    expect(stayed.map(({ body }) => body)).toEqual(['body 1', 'body 1']);
    expect(world.requests).toHaveLength(1);
  });

  it.each([0, 1])('go on when caller %i leaves in the middle of the body', async (leaver) => {
    const world = new World();
    const rest = held<string>();
    world.script = () => ({ headers: fresh, views: ['ab', rest.promise] });
    const controllers = [0, 1].map(() => new AbortController());
    const replies = await Promise.all(controllers.map(({ signal }) => world.ask('/a', { signal })));
    const left = codeOf(replies[leaver]?.text());
    const stayed = replies[1 - leaver]?.text();
    controllers[leaver]?.abort();
    expect(await left).toBe('operation-canceled');
    rest.release('cd');
    expect(await stayed).toBe('abcd');
    expect((await world.get('/a')).outcome).toBe('hit');
    expect(world.requests).toHaveLength(1);
  });

  it('end the one exchange when nobody is left', async () => {
    const world = new World();
    const head = held<void>();
    world.script = () => ({ headers: fresh, after: head.promise });
    const controllers = [0, 1].map(() => new AbortController());
    const asked = controllers.map(({ signal }) => world.get('/a', { signal }));
    const left = asked.map(codeOf);
    await expect.poll(() => world.open).toBe(1);
    for (const controller of controllers) controller.abort();
    expect(await Promise.all(left)).toEqual(['operation-canceled', 'operation-canceled']);
    await expect.poll(() => world.open).toBe(0);
  });

  it('fail alike', async () => {
    const world = new World();
    const head = held<void>();
    world.script = () => ({ fails: 'connection-refused', after: head.promise });
    const asked = [world.get('/a'), world.get('/a')].map(codeOf);
    head.release();
    expect(await Promise.all(asked)).toEqual(['connection-refused', 'connection-refused']);
    expect(world.requests).toHaveLength(1);
  });

  it.each<[string, Record<string, string>]>([
    ['must not be stored', { 'cache-control': 'no-store' }],
    ['must be confirmed', { 'cache-control': 'no-cache' }],
    ['is stale at once', { 'cache-control': 'max-age=0' }],
    ['is nobody else’s', { 'cache-control': 'max-age=60', vary: '*' }],
  ])('go their own ways when the reply %s', async (_, headers) => {
    const world = new World();
    const head = held<void>();
    world.script = () => ({ headers, after: head.promise });
    const asked = [world.get('/a'), world.get('/a'), world.get('/a')];
    head.release();
    const got = await Promise.all(asked);
    expect(new Set(got.map(({ body }) => body)).size).toBe(3);
    expect(world.requests).toHaveLength(3);
  });

  it('no longer wait for each other when that was in vain', async () => {
    const world = new World();
    world.script = () => ({ headers: { 'cache-control': 'no-store' } });
    await Promise.all([world.get('/a'), world.get('/a')]);
    const head = held<void>();
    world.script = () => ({ headers: fresh, after: head.promise });
    const asked = [world.get('/a'), world.get('/a')];
    await expect.poll(() => world.requests.length).toBe(4);
    head.release();
    await Promise.all(asked);
    world.now += 99_000;
    const later = held<void>();
    world.script = () => ({ headers: fresh, after: later.promise });
    const again = [world.get('/a'), world.get('/a')];
    later.release();
    await Promise.all(again);
    expect(world.requests).toHaveLength(5);
  });

  it('go their own ways when the reply varies by what differs', async () => {
    const world = new World();
    const head = held<void>();
    world.script = (request) => ({
      headers: { ...fresh, vary: 'foo' },
      after: head.promise,
      body: request.headers.find(([name]) => name === 'foo')?.[1] ?? '',
    });
    const asked = ['1', '2', '1'].map((foo) => world.get('/a', { headers: { foo } }));
    head.release();
    expect((await Promise.all(asked)).map(({ body }) => body)).toEqual(['1', '2', '1']);
    expect(world.requests).toHaveLength(2);
  });

  it('share what the origin confirms', async () => {
    const world = new World();
    const headers = { ...fresh, etag: '"e"' };
    const head = held<void>();
    world.script = (_, count) =>
      count === 0 ? { headers } : { status: 304, headers, after: head.promise };
    await world.get('/a');
    world.now += 99_000;
    const asked = [world.get('/a'), world.get('/a')];
    head.release();
    const got = await Promise.all(asked);
    expect(got.map(({ body, outcome }) => [body, outcome])).toEqual([
      ['body 1', 'revalidated'],
      ['body 1', 'revalidated'],
    ]);
    expect(world.requests).toHaveLength(2);
  });

  it.each<[string, object]>([
    ['reload', { attributes: { cacheLoadControl: 'always-network' } }],
    ['are to be confirmed', { headers: { 'cache-control': 'no-cache' } }],
    ['have conditions', { headers: { 'if-none-match': '"x"' } }],
    ['want parts', { headers: { range: 'bytes=0-1' } }],
    ['want heads', { operation: 'head' }],
    ['are not to be stored', { headers: { 'cache-control': 'no-store' } }],
  ])('do not become one when they %s', async (_, asked) => {
    const world = new World();
    world.script = () => ({ headers: fresh });
    await Promise.all([world.get('/a', asked), world.get('/a', asked)]);
    expect(world.requests).toHaveLength(2);
  });

  it('do not become one when they would not wait equally long', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh });
    const timeouts = { firstByte: 100 };
    await Promise.all([world.get('/a', { attributes: { timeouts } }), world.get('/a')]);
    expect(world.requests).toHaveLength(2);
    const same = [{ firstByte: 100 }, { firstByte: 100 }];
    await Promise.all(same.map((each) => world.get('/b', { attributes: { timeouts: each } })));
    expect(world.requests).toHaveLength(3);
  });

  it.each(['no-store', 'max-age=60'])(
    'leave nothing open when the first leaves a reply with %s',
    async (control) => {
      const world = new World();
      const head = held<void>();
      world.script = () => ({
        headers: { 'cache-control': control },
        after: head.promise,
        views: ['ab', 'cd'],
      });
      const controller = new AbortController();
      const first = codeOf(world.get('/a', { signal: controller.signal }));
      const second = world.get('/a');
      await expect.poll(() => world.open).toBe(1);
      controller.abort();
      expect(await first).toBe('operation-canceled');
      head.release();
      expect((await second).body).toBe('abcd');
      await expect.poll(() => world.open).toBe(0);
    },
  );

  it('do not become one in a shared cache, unless that is wanted', async () => {
    const counts: number[] = [];
    for (const collapse of [undefined, true]) {
      const world = new World({ shared: true, collapse });
      world.script = () => ({ headers: fresh });
      await Promise.all([world.get('/a'), world.get('/a')]);
      counts.push(world.requests.length);
    }
    expect(counts).toEqual([2, 1]);
  });
});
