import path from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { StoredHead } from '../../src/index.ts';
import { sqliteStore } from '../../src/sqlite/index.ts';
import { smallDisk } from '../disk/fixtures/small-disk.ts';
import { World } from '../fixtures/origin.ts';

const head: StoredHead = { url: 'a:', headers: [], vary: [], requestedAt: 1, receivedAt: 2 };
const large = 'The quick brown fox jumps over the lazy dog. '.repeat(40_000);

describe('an SQLite store on a full disk', () => {
  it('loses nothing that was stored, and stores again when there is room', async (test) => {
    const folder = smallDisk();
    test.skip(folder === undefined, 'no small disk: this process may not mount one');
    const store = sqliteStore({ path: path.join(folder ?? '', 'cache.sqlite') });
    onTestFinished(() => store.close());
    const put = async (key: string, bytes: Uint8Array): Promise<void> => {
      const writer = await store.write({ key, head, replaces: [] });
      const follower = writer?.follow();
      try {
        await writer?.write(bytes);
        await writer?.commit(head);
      } finally {
        await writer?.abandon();
        await follower?.close();
      }
    };
    await put('kept', new Uint8Array(50_000).fill(7));
    await expect(put('too large', Buffer.from(large))).rejects.toThrow(/full/);
    expect(await store.find('too large')).toEqual([]);
    const [kept] = await store.find('kept');
    const reader = kept && (await store.open(kept));
    expect(await reader?.readPointer()).toEqual(new Uint8Array(50_000).fill(7));
    await reader?.close();
    await store.remove('kept');
    await put('next', new Uint8Array(50_000).fill(8));
    expect(await store.find('next')).toHaveLength(1);
    expect((await store.verify()).damaged).toEqual([]);
  });

  it('fails no request', async (test) => {
    const folder = smallDisk();
    test.skip(folder === undefined, 'no small disk: this process may not mount one');
    const store = sqliteStore({ path: path.join(folder ?? '', 'cache.sqlite') });
    onTestFinished(() => store.close());
    const world = new World({ store });
    const headers = { 'cache-control': 'max-age=600' };
    world.script = ({ url }) => ({ headers, body: url.pathname === '/small' ? 'small' : large });
    await world.get('/small');
    for (let round = 0; round < 3; round++) {
      expect((await world.get('/large')).body === large).toBe(true);
      expect((await world.get('/small')).body).toBe('small');
    }
    await world.manager.close();
  });
});
