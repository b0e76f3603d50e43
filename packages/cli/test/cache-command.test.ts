import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { cacheKey, diskStore } from 'netaccess/disk-store';
import { describe, expect, it } from 'vitest';

import { run, temporaryFolder, type Ended } from './command.ts';

const receivedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A folder with entries of these URLs, each with a body of as many bytes as its place in the list, times a thousand. */
async function filled(...urls: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  const store = diskStore({ folder });
  for (const [index, url] of urls.entries()) {
    const key = cacheKey(new URL(url));
    const status = { code: 200, reason: 'OK' };
    const head = { url, headers: [], vary: [], status, requestedAt: receivedAt, receivedAt };
    const writer = await store.write({ key, head, replaces: [] });
    await writer?.write(new Uint8Array(1000 * (index + 1)).fill(index));
    await writer?.commit(head);
  }
  await store.close();
  return folder;
}

const cache = (folder: string, ...words: string[]): Promise<Ended> =>
  run(['cache', ...words, `--cache=${folder}`]);

/** The lines of `cache ls`, in an order of their own. */
async function listed(folder: string, ...starts: string[]): Promise<string[]> {
  const { stdout, code, stderr } = await cache(folder, 'ls', ...starts);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString().split('\n').slice(0, -1).toSorted();
}

describe.concurrent('netaccess cache', () => {
  it('ls lists when each entry was received, its status, bytes and URL', async () => {
    const folder = await filled('https://a.test/', 'https://b.test/x');
    expect(await listed(folder)).toEqual([
      '2026-01-02T03:04:05Z  200          1000  https://a.test/',
      '2026-01-02T03:04:05Z  200          2000  https://b.test/x',
    ]);
    expect(await listed(folder, 'https://b')).toHaveLength(1);
    expect(await listed(folder, 'https://c', 'https://a.test/')).toHaveLength(1);
  });
  it('ls shows what could move the cursor of a terminal', async () => {
    const folder = await filled('strange:\u001B[2Jname');
    expect((await listed(folder))[0]).toMatch(/ {2}strange:\\x1b\[2Jname$/);
  });
  it('rm removes all that is stored of a URL, and says so', async () => {
    const folder = await filled('https://a.test/', 'https://b.test/', 'https://a.test/');
    const { stdout, code } = await cache(folder, 'rm', 'https://A.test#fragment');
    expect([code, stdout.toString()]).toEqual([0, '2 entries removed: https://a.test/\n']);
    expect(await listed(folder)).toHaveLength(1);
  });
  it('rm ends with 78 when there is nothing of a URL, and removes the others', async () => {
    const folder = await filled('https://a.test/');
    const { stderr, code } = await cache(folder, 'rm', 'https://a.test/', 'https://b.test/');
    expect(code).toBe(78);
    expect(stderr).toBe('netaccess: (78) nothing is stored of https://b.test/\n');
    expect(await listed(folder)).toEqual([]);
  });
  it('clear removes everything', async () => {
    const folder = await filled('https://a.test/', 'https://b.test/');
    expect((await cache(folder, 'clear')).code).toBe(0);
    expect(await listed(folder)).toEqual([]);
  });
  it('stats says where it is, and how much', async () => {
    const folder = await filled('https://a.test/', 'https://b.test/');
    const { stdout, code } = await cache(folder, 'stats');
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(
      /^folder {3}\S+\nentries {2}2\nbytes {4}\d{4,} \(\d+\.\d kB of 52\.4 MB\)\n$/,
    );
    expect(stdout.toString()).toContain(folder);
  });
  it('verify says how much is sound, and ends with 96 when something was not', async () => {
    const folder = await filled('https://a.test/', 'https://b.test/');
    const sound = await cache(folder, 'verify');
    expect([sound.code, sound.stdout.toString()]).toEqual([0, '2 entries read, 0 damaged\n']);
    spoil(folder);
    const damaged = await cache(folder, 'verify');
    expect(damaged.code).toBe(96);
    expect(damaged.stdout.toString()).toMatch(/^removed: .+\n2 entries read, 1 damaged\n$/);
    expect(await listed(folder)).toHaveLength(1);
  });
  it('uses the folder of the user when none is named, and makes none to look at', async () => {
    const home = temporaryFolder();
    const { stdout, code } = await run(['cache', 'stats'], { env: { XDG_CACHE_HOME: home } });
    const folder = path.join(home, 'netaccess');
    expect([code, stdout.toString().split('\n')[0]]).toEqual([0, `folder   ${folder}`]);
    expect(existsSync(folder)).toBe(false);
  });
  it.each([
    [[], 'say one of ls, rm, clear, verify, stats'],
    [['toString'], 'say one of ls, rm, clear, verify, stats'],
    [['rm'], 'no URL is given'],
    [['clear', 'https://a.test/'], 'cache clear takes no URL'],
  ])('%j is refused with 2', async (words, message) => {
    const { code, stderr } = await run(['cache', ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
  it('refuses to remove what is no URL', async () => {
    expect((await cache(temporaryFolder(), 'rm', 'nonsense')).code).toBe(3);
  });
  it('says what it can do', async () => {
    expect((await run(['cache', '--help'])).stdout.toString()).toContain('netaccess cache rm URL…');
  });
  it('says in words that a folder cannot be used', async () => {
    const file = path.join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { code, stderr } = await cache(path.join(file, 'below'), 'verify');
    expect([code, stderr]).toEqual([26, expect.stringContaining('cannot be used')]);
  });
});

/** Changes the last byte of one entry's file. */
function spoil(folder: string): void {
  const name =
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => path.join(one.parentPath, one.name))
      .find((one) => readFileSync(one).includes(Buffer.alloc(500, 1))) ?? '';
  const bytes = readFileSync(name);
  bytes[bytes.indexOf(Buffer.alloc(500, 1)) + 100] = 99;
  writeFileSync(name, bytes);
}
