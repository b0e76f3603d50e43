import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { bytesOf, filesIn, get, openStore, put, scratchFolder } from './fixtures/scratch.ts';

const onUnix = process.platform !== 'win32';

async function storedFile(
  bytes: Uint8Array,
): Promise<{ folder: string; store: ReturnType<typeof openStore>; path: string }> {
  const folder = scratchFolder();
  const store = openStore({ folder });
  await put(store, 'key', bytes);
  const path = filesIn(folder).find((file) => !file.includes('-')) ?? '';
  return { folder, store, path: join(folder, path) };
}

describe('a disk store with foreign things in its folder', () => {
  it.runIf(onUnix)('keeps files and folders to their owner', async () => {
    const { folder } = await storedFile(bytesOf(100_000));
    for (const file of filesIn(folder))
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const [file] = filesIn(folder);
    for (let path = dirname(join(folder, file ?? '')); path !== folder; path = dirname(path))
      expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it.runIf(onUnix)('follows no link in place of a file, and takes the link away', async () => {
    const { folder, store, path } = await storedFile(bytesOf(100));
    const elsewhere = join(scratchFolder(), 'elsewhere');
    renameSync(path, elsewhere);
    symlinkSync(elsewhere, path);
    expect(store.find('key')).toEqual([]);
    expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(elsewhere).isFile()).toBe(true);
    await put(store, 'key', bytesOf(100, 1));
    expect(await get(store, 'key')).toEqual(Buffer.from(bytesOf(100, 1)));
    expect(filesIn(folder)).toHaveLength(1);
  });

  it.runIf(onUnix)('follows no link in place of a body', async () => {
    const { folder, store } = await storedFile(bytesOf(100_000));
    const body = join(folder, filesIn(folder).find((file) => file.includes('-')) ?? '');
    const elsewhere = join(scratchFolder(), 'elsewhere');
    renameSync(body, elsewhere);
    symlinkSync(elsewhere, body);
    expect(await get(store, 'key')).toBeUndefined();
    expect(statSync(elsewhere).size).toBeGreaterThan(100_000);
  });

  it.runIf(onUnix)('looks into no folder that a link leads to', async () => {
    const { folder, path } = await storedFile(bytesOf(100));
    const shard = dirname(path);
    const elsewhere = join(scratchFolder(), 'elsewhere');
    renameSync(shard, elsewhere);
    symlinkSync(elsewhere, shard);
    const store = openStore({ folder });
    expect(store.find('key')).toEqual([]);
    await expect(put(store, 'key', bytesOf(5))).rejects.toMatchObject({
      code: 'content-access-denied',
    });
    await store.clear();
    expect(filesIn(elsewhere)).toHaveLength(1);
  });

  it.runIf(onUnix)('refuses a folder of its format that is a link', async () => {
    const folder = scratchFolder();
    symlinkSync(scratchFolder(), join(folder, 'v1'));
    const store = openStore({ folder });
    expect(() => store.find('key')).toThrow(/no folder of this user's own/);
    await expect(put(store, 'key', bytesOf(5))).rejects.toThrow(/no folder of this user's own/);
  });

  it.runIf(onUnix)('waits for nobody at a pipe in place of a file', async () => {
    const { store, path } = await storedFile(bytesOf(100));
    rmSync(path);
    execFileSync('mkfifo', [path]);
    expect(store.find('key')).toEqual([]);
    await put(store, 'key', bytesOf(100));
    expect(await get(store, 'key')).toEqual(Buffer.from(bytesOf(100)));
  });

  it('finds nothing where a folder lies in place of a file, and fails to store there', async () => {
    const { store, path } = await storedFile(bytesOf(100));
    rmSync(path);
    mkdirSync(join(path, 'full'), { recursive: true });
    expect(store.find('key')).toEqual([]);
    await expect(put(store, 'key', bytesOf(100))).rejects.toThrow(/cannot write/);
    expect((await store.stats()).entries).toBe(0);
    await store.clear();
  });

  it('changes nothing of a file that has a second name elsewhere', async () => {
    const { store, path } = await storedFile(bytesOf(100));
    const elsewhere = join(scratchFolder(), 'elsewhere');
    writeFileSync(elsewhere, 'private');
    rmSync(path);
    linkSync(elsewhere, path);
    expect(store.find('key')).toEqual([]);
    await put(store, 'key', bytesOf(100));
    expect(readFileSync(elsewhere, 'utf8')).toBe('private');
  });

  it('takes no memory for what a file only claims to hold', async () => {
    const { store, path, folder } = await storedFile(bytesOf(100));
    truncateSync(path, 2 ** 40);
    expect(store.find('key')).toEqual([]);
    await put(store, 'large', bytesOf(100_000));
    const body = filesIn(folder).find((file) => file.includes('-')) ?? '';
    truncateSync(join(folder, body), 2 ** 40);
    expect(await get(store, 'large')).toBeUndefined();
  });

  it('never gives out an entry of another key, though the file has its name', async () => {
    const { folder, store, path } = await storedFile(bytesOf(100));
    await put(store, 'other', bytesOf(100, 1));
    const others = filesIn(folder).find((file) => join(folder, file) !== path) ?? '';
    writeFileSync(path, readFileSync(join(folder, others)));
    expect(store.find('key')).toEqual([]);
    expect(await get(store, 'other')).toEqual(Buffer.from(bytesOf(100, 1)));
  });

  it('leaves alone what is none of its own, but for folders of other versions when all is cleared', async () => {
    const { folder, store } = await storedFile(bytesOf(100));
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    writeFileSync(join(folder, 'v1', 'notes.txt'), 'mine');
    mkdirSync(join(folder, 'v0', 'ab'), { recursive: true });
    writeFileSync(join(folder, 'v0', 'ab', 'old'), 'old');
    await store.clear();
    expect(filesIn(folder)).toEqual(['notes.txt', join('v1', 'notes.txt')]);
  });

  it('goes on when somebody removed its folders', async () => {
    const { folder, store } = await storedFile(bytesOf(100));
    rmSync(join(folder, 'v1'), { recursive: true });
    expect(store.find('key')).toEqual([]);
    await put(store, 'key', bytesOf(100_000));
    expect(await get(store, 'key')).toEqual(Buffer.from(bytesOf(100_000)));
  });
});
