import { describe, expect, it } from 'vitest';

import { memoryStore, type CacheStore, type EntryWriter, type StoredEntry } from '../src/index.ts';
import { codeOf, World, type Answer } from './fixtures/origin.ts';

const fresh = { 'cache-control': 'max-age=60' };

async function entries(world: World): Promise<readonly StoredEntry[]> {
  return world.cache.find('http://origin.test/a');
}

/** A promise, and what settles it. */
function held(): { readonly promise: Promise<string>; release(text?: string): void } {
  let settle: (text: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => {
    settle = resolve;
  });
  return { promise, release: (text = 'x') => settle(text) };
}

describe('a reply is stored', () => {
  it('once its body has ended, however it is read', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh, views: ['ab', 'cd', 'ef'] });
    const reply = await world.ask('/a');
    const seen: string[] = [];
    for await (const view of reply.views()) {
      seen.push(new TextDecoder().decode(view));
      expect(await entries(world)).toHaveLength(0);
    }
    expect(seen).toEqual(['ab', 'cd', 'ef']);
    expect(await world.get('/a')).toMatchObject({ outcome: 'hit', body: 'abcdef' });
  });

  it('byte by byte', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh, views: ['abc', 'def'] });
    const reply = await world.ask('/a');
    const into = new Uint8Array(1);
    let text = '';
    while ((await reply.readInto(into)) > 0) text += String.fromCharCode(into[0] ?? 0);
    expect(text).toBe('abcdef');
    expect((await world.get('/a')).body).toBe('abcdef');
  });

  it('when all of it came, although the end was not looked at', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh, body: 'abc' });
    const reply = await world.ask('/a');
    await reply.readInto(new Uint8Array(3));
    await reply.close();
    await expect.poll(() => entries(world)).toHaveLength(1);
  });

  it('when it is a redirect whose body nobody reads', async () => {
    const world = new World();
    world.script = () => ({ status: 301, headers: { ...fresh, location: '/b' }, body: 'moved' });
    await (await world.ask('/a')).close();
    await expect.poll(() => entries(world)).toHaveLength(1);
  });

  it('when its caller left it, up to a limit, if that is wanted', async () => {
    const world = new World({ backgroundBytes: 4 });
    world.script = (request) => ({
      headers: fresh,
      views: request.url.pathname === '/a' ? ['ab', 'cd'] : ['abc', 'de'],
    });
    for (const path of ['/a', '/b']) await (await world.ask(path)).close();
    await expect.poll(() => entries(world)).toHaveLength(1);
    await expect.poll(() => world.open).toBe(0);
    expect(await world.cache.find('http://origin.test/b')).toHaveLength(0);
  });
});

describe('nothing is stored', () => {
  it('of a body that was left early', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh, views: ['ab', 'cd'] });
    for await (const _ of (await world.ask('/a')).views()) break;
    expect(world.open).toBe(0);
    expect(await world.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('of a body that failed', async () => {
    const world = new World();
    const failure = Object.assign(new Error('reset'), { code: 'remote-host-closed' });
    world.script = () => ({ headers: fresh, views: ['ab', failure] });
    await expect(world.get('/a')).rejects.toMatchObject({ code: 'remote-host-closed' });
    expect(await world.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('of a body that is shorter than it should be', async () => {
    const world = new World();
    world.script = () => ({ headers: fresh, body: 'abc', length: 5 });
    await expect(world.get('/a')).rejects.toMatchObject({ code: 'protocol-failure' });
    expect(await world.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('of a request that was aborted in the middle', async () => {
    const world = new World();
    const rest = held();
    world.script = () => ({ headers: fresh, views: ['ab', rest.promise] });
    const controller = new AbortController();
    const reading = world.get('/a', { signal: controller.signal });
    const failed = codeOf(reading);
    await expect.poll(() => world.requests.length).toBe(1);
    controller.abort();
    expect(await failed).toBe('operation-canceled');
    await expect.poll(() => world.open).toBe(0);
    rest.release();
    expect(await world.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('of what is on its way when the cache is cleared', async () => {
    const world = new World();
    const rest = held();
    world.script = () => ({ headers: fresh, views: ['ab', rest.promise] });
    const reading = world.get('/a');
    await expect.poll(() => world.requests.length).toBe(1);
    await world.cache.clear();
    rest.release('cd');
    expect((await reading).body).toBe('abcd');
    expect(await world.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('when the manager closes', async () => {
    const world = new World();
    const rest = held();
    world.script = () => ({ headers: fresh, views: ['ab', rest.promise] });
    const reading = codeOf(world.get('/a'));
    await expect.poll(() => world.requests.length).toBe(1);
    await world.manager.close();
    expect(await reading).toBe('operation-canceled');
    expect(await world.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

/** A store in memory, some of whose functions do something else. */
function altered(changes: Partial<CacheStore>): CacheStore {
  const store = memoryStore();
  return Object.assign(Object.create(store), boundTo(store), changes);
}

function boundTo(store: CacheStore): CacheStore {
  return {
    name: 'altered',
    find: (key) => store.find(key),
    open: (entry, part) => store.open(entry, part),
    write: (plan) => store.write(plan),
    freshen: (entry, head) => store.freshen(entry, head),
    remove: (key, some) => store.remove(key, some),
    clear: () => store.clear(),
    entries: () => store.entries(),
    stats: () => store.stats(),
    verify: () => store.verify(),
    close: () => store.close(),
  };
}

const broken = (): never => {
  throw new Error('broken');
};
const rejecting = (): Promise<never> => Promise.reject(new Error('broken'));
const silent = (): Promise<never> => new Promise(() => undefined);

describe('a store that fails', () => {
  it.each([
    ['throws', broken],
    ['rejects', rejecting],
  ])('is a miss when it %s', async (_, fail) => {
    for (const name of ['find', 'open', 'write', 'freshen', 'remove'] as const) {
      const world = new World({ store: altered({ [name]: fail }) });
      world.script = () => ({ headers: { ...fresh, etag: '"e"' }, body: 'hello' });
      for (let count = 0; count < 3; count += 1) expect((await world.get('/a')).body).toBe('hello');
      expect((await world.get('/a', { operation: 'put' })).body).toBe('hello');
    }
  });

  it('is a miss when it does not answer, and then is left alone for a while', async () => {
    const steps: (() => void)[] = [];
    let now = 0;
    const clock = {
      now: () => now,
      schedule: (step: () => void) => (steps.push(step), () => undefined),
    };
    let asked = 0;
    const find = (): Promise<never> => ((asked += 1), silent());
    const world = new World({ store: altered({ find }), clock, storeMilliseconds: 100 });
    world.script = () => ({ headers: fresh, body: 'hello' });
    const first = world.get('/a');
    await expect.poll(() => steps.length).toBe(1);
    now += 100;
    steps.shift()?.();
    expect((await first).body).toBe('hello');
    expect((await world.get('/a')).body).toBe('hello');
    expect(asked).toBe(1);
    now += 5000;
    const third = world.get('/a');
    await expect.poll(() => asked).toBe(2);
    now += 100;
    while (steps.length > 0) steps.shift()?.();
    expect((await third).body).toBe('hello');
  });

  const failingWriters: readonly (readonly [
    string,
    (writer: EntryWriter) => Partial<EntryWriter>,
  ])[] = [
    ['write, at once', () => ({ write: broken })],
    ['write, later', () => ({ write: rejecting })],
    ['commit, at once', () => ({ commit: broken })],
    ['commit, later', () => ({ commit: rejecting })],
    [
      'the second write',
      (writer) => {
        let writes = 0;
        return {
          write: (view) => {
            writes += 1;
            return writes === 2 ? broken() : writer.write(view);
          },
        };
      },
    ],
  ];
  it.each(failingWriters)('in %s fails no caller, alone or with others', async (_, change) => {
    const inner = memoryStore();
    const write: CacheStore['write'] = (plan) => {
      const writer = inner.write(plan);
      if (writer === undefined || writer instanceof Promise) return undefined;
      const bound: EntryWriter = {
        write: (view) => writer.write(view),
        follow: () => writer.follow(),
        commit: (head) => writer.commit(head),
        abandon: () => writer.abandon(),
      };
      return { ...bound, ...change(writer) };
    };
    const world = new World({ store: altered({ write }) });
    world.script = () => ({ headers: fresh, views: ['ab', 'cd', 'ef'] });
    expect((await world.get('/a')).body).toBe('abcdef');
    const several = await Promise.all([world.get('/a'), world.get('/a'), world.get('/a')]);
    expect(several.map(({ body }) => body)).toEqual(['abcdef', 'abcdef', 'abcdef']);
    expect(world.open).toBe(0);
  });
});

describe('a store that gives up in the middle', () => {
  it('leaves those behind who do not read, and nobody waits for them for good', async () => {
    const steps: (() => void)[] = [];
    let now = 0;
    const clock = {
      now: () => now,
      schedule: (step: () => void) => (steps.push(step), () => undefined),
    };
    const store = memoryStore({ maximumEntryBytes: 4 });
    const world = new World({ store, clock, storeMilliseconds: 100 });
    world.script = () => ({ headers: fresh, views: ['abc', 'def', 'ghi'] });
    const [lazy, ...eager] = await Promise.all([world.ask('/a'), world.ask('/a'), world.ask('/a')]);
    const texts = Promise.all(eager.map((reply) => reply.text()));
    while (steps.length === 0) await new Promise((resolve) => setImmediate(resolve));
    now += 100;
    steps.shift()?.();
    expect(await texts).toEqual(['abcdefghi', 'abcdefghi']);
    expect(await codeOf(lazy.text())).toBe('unknown-content');
    expect(world.open).toBe(0);
  });
});

const small: Answer = { headers: fresh, body: 'hello' };

describe('a body that the store does not want', () => {
  it('goes to the caller all the same', async () => {
    const world = new World({ store: memoryStore({ maximumEntryBytes: 4 }) });
    world.script = (_, count) => (count === 0 ? small : { headers: fresh, views: ['hel', 'lo'] });
    expect(await world.get('/a')).toMatchObject({ outcome: 'miss', body: 'hello' });
    expect(await world.get('/a')).toMatchObject({ outcome: 'miss', body: 'hello' });
    expect(await world.cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });
});
