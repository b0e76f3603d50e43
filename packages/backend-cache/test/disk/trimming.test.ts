import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { DiskStore } from '../../src/disk/disk-store.ts';
import {
  bytesOf,
  filesIn,
  get,
  openStore,
  plainHead,
  put,
  scratchFolder,
  temporariesIn,
} from './fixtures/scratch.ts';
import { smallDisk } from './fixtures/small-disk.ts';

const second = 1_000;
const start = 1_750_000_000_000;

async function present(store: DiskStore, keys: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of store.entries()) if (keys.includes(key)) found.push(key);
  return found.toSorted();
}

describe('the bounds of a disk store', () => {
  it('are 50 MB unless said otherwise', async () => {
    const store = openStore({ folder: scratchFolder() });
    expect((await store.stats()).maximumBytes).toBe(52_428_800);
  });

  it('are kept by trimming to nine tenths, what was used the longest time ago first', async () => {
    let now = start;
    const folder = scratchFolder();
    const store = openStore({
      folder,
      maximumBytes: 409_600,
      useGrainMilliseconds: 0,
      now: () => now,
    });
    const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`);
    for (const key of keys) {
      now += second;
      await put(store, key, bytesOf(1_000));
    }
    await store.stats();
    now += second;
    for (const key of keys.slice(0, 5)) await get(store, key);
    now += second;
    await put(store, 'one more', bytesOf(1_000));
    const { bytes, entries } = await store.stats();
    expect(bytes).toBe(368_640);
    expect(entries).toBe(90);
    expect(await present(store, keys.slice(0, 16))).toEqual(keys.slice(0, 5).toSorted());
  });

  it('mark a use no more often than the grain says', async () => {
    let now = start;
    const folder = scratchFolder();
    const store = openStore({ folder, useGrainMilliseconds: 60_000, now: () => now });
    await put(store, 'key', bytesOf(10));
    const usedAt = (): number => statSync(join(folder, filesIn(folder)[0] ?? '')).mtimeMs;
    now += 59_000;
    store.find('key');
    expect(usedAt()).toBe(start);
    now += 2_000;
    store.find('key');
    expect(usedAt()).toBe(now);
  });

  it('take a large body and its head away together', async () => {
    let now = start;
    const folder = scratchFolder();
    const store = openStore({ folder, maximumBytes: 1_000_000, now: () => now });
    for (let index = 0; index < 8; index++) {
      now += second;
      await put(store, `key ${index}`, bytesOf(200_000, index));
    }
    expect((await store.stats()).entries).toBe(4);
    expect(filesIn(folder)).toHaveLength(8);
  });

  it('hold back whoever stores more than trimming keeps up with', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder, maximumBytes: 409_600 });
    for (let index = 0; index < 60; index++) {
      await put(store, `key ${index}`, bytesOf(20_000));
      const sizes = filesIn(folder).map((file) => statSync(join(folder, file)).size);
      const taken = sizes.reduce((sum, size) => sum + Math.ceil(size / 4_096) * 4_096, 0);
      expect(taken).toBeLessThanOrEqual(409_600 * 1.1 + 24_576);
    }
  });

  it('count what other processes wrote before', async () => {
    const folder = scratchFolder();
    const first = openStore({ folder });
    for (let index = 0; index < 20; index++) await put(first, `key ${index}`, bytesOf(1_000));
    const store = openStore({ folder, maximumBytes: 40_960 });
    await put(store, 'one more', bytesOf(1_000));
    expect(await store.stats()).toMatchObject({ entries: 9, bytes: 36_864 });
  });

  it('refuse what would take more than three quarters, early where that is known', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder, maximumBytes: 400_000 });
    const plan = { key: 'key', head: plainHead, replaces: [] };
    expect(store.write({ ...plan, expectedBytes: 300_001 })).toBeUndefined();
    await put(store, 'just', bytesOf(300_000));
    const writer = store.write(plan);
    await writer?.write(bytesOf(300_000));
    expect(() => writer?.write(bytesOf(1))).toThrow('larger than the store takes');
    await writer?.abandon();
    expect(temporariesIn(folder)).toEqual([]);
    expect(await get(store, 'just')).toHaveLength(300_000);
  });

  it('hold for what is being written too', async () => {
    const store = openStore({ folder: scratchFolder(), maximumBytes: 400_000 });
    const write = async (key: string): Promise<void> => {
      await store.write({ key, head: plainHead, replaces: [] })?.write(bytesOf(250_000));
    };
    await write('one');
    await expect(write('two')).rejects.toMatchObject({ code: 'service-unavailable' });
  });

  it('hold for what is given up while it is being completed', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    const writer = store.write({ key: 'key', head: plainHead, replaces: [] });
    await writer?.write(bytesOf(500_000));
    const committed = writer?.commit(plainHead);
    await Promise.all([
      expect(committed).rejects.toMatchObject({ code: 'operation-canceled' }),
      writer?.abandon(),
    ]);
    expect(filesIn(folder)).toEqual([]);
  });

  it('are not undercut by two that trim at once', async () => {
    const folder = scratchFolder();
    const maximumBytes = 409_600;
    const filler = openStore({ folder });
    for (let index = 0; index < 120; index++) await put(filler, `key ${index}`, bytesOf(1_000));
    const [one, other] = [openStore({ folder, maximumBytes }), openStore({ folder, maximumBytes })];
    await Promise.all([put(one, 'one', bytesOf(1_000)), put(other, 'other', bytesOf(1_000))]);
    const [{ entries }] = await Promise.all([one.stats(), other.stats()]);
    expect(entries).toBeGreaterThan(85);
    expect(entries).toBeLessThanOrEqual(100);
  });

  it('must be bounds', () => {
    expect(() => openStore({ folder: scratchFolder(), maximumBytes: 0 })).toThrow(RangeError);
    expect(() => openStore({ folder: '' })).toThrow(TypeError);
  });

  it('sweep what a writer left that is dead or has not written for a day, and nothing else', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    const open = store.write({ key: 'open', head: plainHead, replaces: [] });
    await open?.write(bytesOf(100_000));
    const [own = ''] = temporariesIn(folder);
    const [world = ''] = own.split(/[\\/]/).at(-1)?.split('-') ?? [];
    const writing = join(folder, 'v1', 'writing');
    // No process has a number that large.
    const names = [`${world}-2000000000-1-a`, 'elsewhere-1-1-a', 'elsewhere-1-1-b'];
    for (const name of names) writeFileSync(join(writing, name), 'x');
    const yesterday = Date.now() / 1_000 - 90_000;
    utimesSync(join(writing, 'elsewhere-1-1-b'), yesterday, yesterday);
    await store.stats();
    expect(temporariesIn(folder)).toEqual(
      [own, join('v1', 'writing', 'elsewhere-1-1-a')].toSorted(),
    );
    await open?.commit(plainHead);
    expect(await get(store, 'open')).toHaveLength(100_000);
  });

  it('keep the newest entries of a key that varies without end', async () => {
    const store = openStore({ folder: scratchFolder() });
    for (let index = 0; index < 80; index++)
      await put(store, 'key', bytesOf(20), { head: { ...plainHead, validator: String(index) } });
    const found = store.find('key');
    expect(found).toHaveLength(64);
    expect(found[0]?.head.validator).toBe('79');
  });

  it('give a file of its own to a small body where many lie already', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    for (let index = 0; index < 4; index++)
      await put(store, 'key', bytesOf(60_000, index), {
        head: { ...plainHead, validator: String(index) },
      });
    expect(filesIn(folder).filter((file) => file.includes('-'))).toHaveLength(2);
    for (const entry of store.find('key')) {
      const seed = Number(entry.head.validator);
      const reader = await store.open(entry);
      expect(await reader?.readPointer()).toEqual(Buffer.from(bytesOf(60_000, seed)));
      await reader?.close();
    }
  });

  it('refuse a head that is too large to be found again', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    const head = { ...plainHead, headers: [['x', 'v'.repeat(600_000)] as const] };
    for (const bytes of [bytesOf(10), bytesOf(100_000)])
      await expect(put(store, 'key', bytes, { head })).rejects.toThrow(/head of a reply/);
    expect(store.find('key')).toEqual([]);
    expect(filesIn(folder)).toEqual([]);
  });

  it('survive a full disk: what is stored stays, what fails leaves nothing', async (context) => {
    const folder = smallDisk();
    context.skip(folder === undefined, 'no small disk: this process may not mount one');
    const store = openStore({ folder: folder ?? '' });
    await put(store, 'kept', bytesOf(200_000));
    await put(store, 'small', bytesOf(10_000));
    await expect(put(store, 'large', bytesOf(2_000_000))).rejects.toThrow(/ENOSPC/);
    expect(temporariesIn(folder ?? '')).toEqual([]);
    const fill = async (): Promise<void> => {
      for (let index = 0; ; index++) await put(store, `filling ${index}`, bytesOf(10_000));
    };
    await expect(fill()).rejects.toThrow(/ENOSPC/);
    expect(temporariesIn(folder ?? '')).toEqual([]);
    expect(await get(store, 'kept')).toEqual(Buffer.from(bytesOf(200_000)));
    expect(await get(store, 'small')).toEqual(Buffer.from(bytesOf(10_000)));
    await store.remove('kept');
    await put(store, 'again', bytesOf(100_000));
    expect(await get(store, 'again')).toHaveLength(100_000);
  });

  it('withdraw entries though the disk is full: others of the key go rather than those stay', async (context) => {
    const folder = smallDisk();
    context.skip(folder === undefined, 'no small disk: this process may not mount one');
    const store = openStore({ folder: folder ?? '' });
    const old = await put(store, 'key', bytesOf(10_000, 1));
    await put(store, 'key', bytesOf(10_000, 2));
    const filling = join(folder ?? '', 'filling');
    expect(() => writeFileSync(filling, bytesOf(2_000_000))).toThrow(/ENOSPC/);
    expect(await store.remove('key', [old])).toBe(1);
    expect(store.find('key').some(({ id }) => id === old.id)).toBe(false);
  });
});
