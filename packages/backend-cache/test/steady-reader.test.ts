import { describe, expect, it } from 'vitest';

import { memoryStore, type CacheStore } from '../src/index.ts';
import { World, type Answer } from './fixtures/origin.ts';

const body = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
const fresh = { etag: '"1"', 'cache-control': 'max-age=600', 'content-length': `${body.length}` };
const stored: Answer = { headers: fresh, validator: '"1"', body, length: body.length };

/** A store that is somewhere else, and fails once so many bytes of an entry were read. */
function failingStore(after: number, temporary = true): CacheStore {
  const store = memoryStore();
  return {
    ...store,
    name: 'failing',
    find: (key) => store.find(key),
    write: (plan) => store.write(plan),
    freshen: (entry, head) => store.freshen(entry, head),
    remove: (key, entries) => store.remove(key, entries),
    async open(entry, part) {
      const reader = await store.open(entry, part);
      if (reader === undefined) return undefined;
      let left = after;
      return {
        async readPointer() {
          if (left > 0) return (await reader.readPointer()).subarray(0, left);
          throw Object.assign(new Error('the store is away'), { code: 'timeout', temporary });
        },
        advanceReadPointer(distance) {
          left -= distance;
          reader.advanceReadPointer(distance);
        },
        close: () => reader.close(),
      };
    },
  };
}

/** A world in which a reply is stored, and the next requests are answered so. */
async function world(store: CacheStore, ...answers: readonly Answer[]): Promise<World> {
  const made = new World({ store });
  made.script = [stored, ...answers];
  await made.get('/');
  return made;
}

describe('a reply whose store fails in the middle of its body', () => {
  it('goes on with the rest from the peer', async () => {
    const rest: Answer = {
      status: 206,
      headers: { etag: '"1"', 'content-range': `bytes 100-${body.length - 1}/${body.length}` },
      validator: '"1"',
      body: body.slice(100),
    };
    const { get, requests, open } = await bound(failingStore(100), rest);
    const got = await get('/');
    expect([got.outcome, got.body]).toEqual(['hit', body]);
    expect(requests[1]?.attributes.range).toEqual({
      from: 100,
      to: body.length - 1,
      validator: '"1"',
    });
    expect(open()).toBe(0);
  });
  it('goes on where the peer sends all of the same bytes again', async () => {
    const { get } = await bound(failingStore(100), stored);
    expect((await get('/')).body).toBe(body);
  });
  it('gives the part that was asked for, and no more', async () => {
    const { get } = await bound(failingStore(10), stored);
    const got = await get('/', { attributes: { range: { from: 5, to: 24 } } });
    expect([got.status, got.body]).toEqual([206, body.slice(5, 25)]);
  });
  it.each<[string, Answer]>([
    ['has other bytes now', { ...stored, validator: '"2"', headers: { ...fresh, etag: '"2"' } }],
    ['says nothing of its bytes', { body, headers: {} }],
    ['fails, too', { fails: 'connection-refused' }],
  ])('fails as the store does when the peer %s', async (_, answer) => {
    const { get, open } = await bound(failingStore(100), answer);
    await expect(get('/')).rejects.toMatchObject({ code: 'timeout', temporary: true });
    expect(open()).toBe(0);
  });
  it('fails when the peer has not all of the rest', async () => {
    const part: Answer = {
      status: 206,
      headers: { etag: '"1"', 'content-range': `bytes 100-149/${body.length}` },
      body: body.slice(100, 150),
    };
    const { get } = await bound(failingStore(100), part);
    await expect(get('/')).rejects.toMatchObject({ code: 'remote-host-closed', temporary: true });
  });
  it('asks nobody for whoever wants the cache only', async () => {
    const { get, requests } = await bound(failingStore(100), stored);
    const asked = { attributes: { cacheLoadControl: 'always-cache' } } as const;
    await expect(get('/', asked)).rejects.toMatchObject({ code: 'timeout' });
    expect(requests).toHaveLength(1);
  });
  it('asks nobody when the failure is no temporary one', async () => {
    const { get, requests } = await bound(failingStore(100, false), stored);
    await expect(get('/')).rejects.toMatchObject({ code: 'timeout' });
    expect(requests).toHaveLength(1);
  });
});

async function bound(
  store: CacheStore,
  ...answers: readonly Answer[]
): Promise<{ get: World['get']; requests: World['requests']; open: () => number }> {
  const made = await world(store, ...answers);
  return {
    get: (url, asked) => made.get(url, asked),
    requests: made.requests,
    open: () => made.open,
  };
}
