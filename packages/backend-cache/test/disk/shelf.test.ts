import { statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import {
  bytesOf,
  filesIn,
  get,
  openStore,
  plainHead,
  put,
  scratchFolder,
} from './fixtures/scratch.ts';

describe('the entries of a key on disk', () => {
  it('are all kept when they are stored, freshened and removed at once', async () => {
    const store = openStore({ folder: scratchFolder() });
    const [fresh, gone] = [
      await put(store, 'key', bytesOf(10)),
      await put(store, 'key', bytesOf(10)),
    ];
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    await Promise.all([
      ...seeds.map(async (seed) => await put(store, 'key', bytesOf(1_000 * seed * seed, seed))),
      store.freshen(fresh, { ...plainHead, validator: 'new' }),
      store.remove('key', [gone]),
    ]);
    const found = store.find('key');
    expect(found).toHaveLength(21);
    expect(found.find(({ id }) => id === fresh.id)?.head.validator).toBe('new');
  });

  it('are one file, and one more for a large body', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    await put(store, 'key', bytesOf(1_000));
    await put(store, 'key', bytesOf(65_536));
    expect(filesIn(folder)).toHaveLength(1);
    await put(store, 'key', bytesOf(65_537));
    expect(filesIn(folder)).toHaveLength(2);
  });

  it('get a new head without their large bodies being written anew', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    const entry = await put(store, 'key', bytesOf(1_000_000));
    const body = filesIn(folder).find((file) => file.includes('-')) ?? '';
    const before = statSync(join(folder, body)).ino;
    await store.freshen(entry, { ...plainHead, validator: 'new' });
    expect(statSync(join(folder, body)).ino).toBe(before);
    expect(await get(store, 'key')).toEqual(Buffer.from(bytesOf(1_000_000)));
  });

  it('that nobody can use any more are not found', async () => {
    let now = 1_000;
    const store = openStore({ folder: scratchFolder(), now: () => now });
    await put(store, 'key', bytesOf(10), { head: { ...plainHead, uselessAt: 2_000 } });
    const lasting = await put(store, 'key', bytesOf(10));
    expect(store.find('key')).toHaveLength(2);
    now = 2_000;
    expect(store.find('key').map(({ id }) => id)).toEqual([lasting.id]);
  });
});
