import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { RecentFiles, isSameFile, type RecentFile } from '../../src/disk/recent-files.ts';
import { bytesOf, get, openStore, plainHead, put, scratchFolder } from './fixtures/scratch.ts';

function fileOf(name: string, size: number, changedMillisecondsAgo: number): RecentFile {
  const path = join(scratchFolder(), 'file');
  writeFileSync(path, '');
  const stats = Object.assign(statSync(path), {
    size,
    ctimeMs: Date.now() - changedMillisecondsAgo,
  });
  return { name, key: name, entries: [], stats };
}

describe('files that were read lately', () => {
  it('are recalled by their name, the last one of each place', () => {
    const recent = new RecentFiles(Date.now);
    const [one, other] = [fileOf('1abc', 100, 1_000), fileOf('2abc', 100, 1_000)];
    recent.remember(one);
    expect(recent.recall('1abc')).toBe(one);
    recent.remember(other);
    expect(recent.recall('1abc')).toBeUndefined();
    expect(recent.recall('2abc')).toBe(other);
  });

  it('are not remembered when they are large, or too new to be told from their successors', () => {
    const recent = new RecentFiles(Date.now);
    recent.remember(fileOf('1abc', 8_193, 1_000));
    recent.remember(fileOf('2def', 100, 50));
    expect(recent.recall('1abc')).toBeUndefined();
    expect(recent.recall('2def')).toBeUndefined();
  });

  it('are the same only with the same number, times and size', () => {
    const { stats } = fileOf('1abc', 100, 0);
    expect(isSameFile(stats, Object.assign(Object.create(stats), stats))).toBe(true);
    for (const name of ['ino', 'size', 'ctimeMs', 'mtimeMs', 'dev'] as const) {
      const changed = Object.assign(Object.create(stats), stats, { [name]: stats[name] + 1 });
      expect(isSameFile(stats, changed)).toBe(false);
    }
  });

  it('give way to what another store wrote, freshened and removed', async () => {
    const folder = scratchFolder();
    // An hour later every file is old enough to be remembered.
    const now = (): number => Date.now() + 3_600_000;
    const [one, other] = [openStore({ folder, now }), openStore({ folder, now })];
    const entry = await put(one, 'key', bytesOf(100));
    expect(await get(one, 'key')).toEqual(Buffer.from(bytesOf(100)));
    const found = one.find('key');
    expect(one.find('key')).toBe(found);
    await other.freshen(entry, { ...plainHead, validator: 'new' });
    expect(one.find('key')[0]?.head.validator).toBe('new');
    await put(other, 'key', bytesOf(100, 1), { replaces: other.find('key') });
    expect(await get(one, 'key')).toEqual(Buffer.from(bytesOf(100, 1)));
    await other.remove('key');
    expect(one.find('key')).toEqual([]);
  });
});
