import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CacheStore, StoredHead } from '../../src/index.ts';
import { headChecksum } from '../../src/pieces/checksum.ts';
import { sqliteStore } from '../../src/sqlite/index.ts';

const head: StoredHead = { url: 'a:', headers: [], vary: [], requestedAt: 1, receivedAt: 2 };
let folder = '';
let file = '';
let stores: CacheStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'netaccess-sqlite-'));
  file = path.join(folder, 'deep/cache.sqlite');
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<Parameters<typeof sqliteStore>[0]> = {}): CacheStore {
  const store = sqliteStore({ path: file, ...options });
  stores.push(store);
  return store;
}

async function put(store: CacheStore, key: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.write({ key, head, replaces: [] });
  await writer?.write(bytes);
  await writer?.commit(head);
}

function query(sql: string): Record<string, unknown> | undefined {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(sql).get();
  } finally {
    database.close();
  }
}

describe('the database of an SQLite store', () => {
  it('is not there before the store is used', () => {
    open();
    expect(existsSync(path.dirname(file))).toBe(false);
  });

  it.skipIf(process.platform === 'win32')('is readable by its owner only', async () => {
    await put(open(), 'key', new Uint8Array(10));
    for (const end of ['', '-wal']) expect(statSync(file + end).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('that is no database is set aside, and a new one takes its place', async () => {
    await put(open(), 'old', new Uint8Array(10));
    await stores[0]?.close();
    writeFileSync(file, 'These are no pages of SQLite. '.repeat(1000));
    const store = open();
    expect(await store.find('old')).toEqual([]);
    await put(store, 'key', new Uint8Array(10));
    expect(await store.find('key')).toHaveLength(1);
    expect(readFileSync(`${file}.damaged`, 'utf8')).toContain('no pages of SQLite');
  });

  it('of another program is refused, and left as it is', async () => {
    file = path.join(folder, 'other.sqlite');
    query('CREATE TABLE letters (text)');
    const before = readFileSync(file);
    const store = open();
    expect(() => store.find('key')).toThrow(/other\.sqlite is an SQLite database, but none of/);
    expect(readFileSync(file)).toEqual(before);
  });

  it('that is damaged while it is open fails once, and is begun anew', async () => {
    const store = open();
    for (let index = 0; index < 50; index++) await put(store, `key ${index}`, new Uint8Array(5000));
    query('PRAGMA wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(file);
    bytes.fill(0x55, 4096);
    writeFileSync(file, bytes);
    const fresh = open();
    expect(() => fresh.find('key 1')).toThrow(/malformed/);
    expect(await fresh.find('key 1')).toEqual([]);
    await put(fresh, 'key', new Uint8Array(10));
    expect(await fresh.find('key')).toHaveLength(1);
    expect(existsSync(`${file}.damaged`)).toBe(true);
  });

  it('holds no pieces of what was removed once nobody reads it', async () => {
    const store = open();
    await put(store, 'key', new Uint8Array(400_000));
    const [entry] = await store.find('key');
    const reader = entry && (await store.open(entry));
    await store.remove('key');
    expect(query('SELECT count(*) AS pieces FROM pieces')).toEqual({ pieces: 7 });
    await reader?.close();
    expect(query('SELECT count(*) AS pieces FROM pieces')).toEqual({ pieces: 0 });
    expect(query('SELECT count(*) AS pins FROM pins')).toEqual({ pins: 0 });
  });

  it('keeps what is read for as long as its process lives', async () => {
    vi.useFakeTimers();
    try {
      const store = open({ now: () => Date.now() });
      await put(store, 'key', new Uint8Array(400_000).fill(7));
      const [entry] = await store.find('key');
      const reader = entry && (await store.open(entry));
      const other = open({ now: () => Date.now() });
      await other.remove('key');
      for (let minutes = 0; minutes < 60; minutes++) vi.advanceTimersByTime(60_000);
      await other.clear();
      expect(await reader?.readPointer()).toEqual(new Uint8Array(65_536).fill(7));
      await reader?.close();
      expect(query('SELECT count(*) AS pieces FROM pieces')).toEqual({ pieces: 0 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('notices a head that has changed, and drops its entry', async () => {
    const store = open();
    await put(store, 'key', new Uint8Array(10));
    await put(store, 'other', new Uint8Array(10));
    query(`UPDATE entries SET head = replace(head, '"receivedAt":2', '"receivedAt":9')
      WHERE key = '"key"' RETURNING body`);
    expect(await store.find('key')).toEqual([]);
    expect(await store.stats()).toMatchObject({ entries: 1 });
  });

  it('drops a row that is none of its own, and finds the others', async () => {
    const store = open();
    await put(store, 'key', new Uint8Array(10));
    await put(store, 'key', new Uint8Array(20));
    const row = query('SELECT body FROM entries WHERE length = 10');
    const checksum = headChecksum(Number(row?.['body']), '"key"', 'no JSON');
    query(
      `UPDATE entries SET head = 'no JSON', checksum = ${checksum} WHERE length = 10 RETURNING 1`,
    );
    expect((await store.find('key')).map(({ head: { length } }) => length)).toEqual([20]);
  });

  it('is read without waiting while another process writes', async () => {
    const store = open({ busyMilliseconds: 10_000 });
    await put(store, 'key', new Uint8Array(10));
    const [entry] = await store.find('key');
    const writer = new DatabaseSync(file);
    writer.exec('BEGIN IMMEDIATE');
    const start = performance.now();
    for (let use = 0; use < 2500; use++) {
      const reader = entry && (await store.open(entry));
      await reader?.close();
    }
    expect(performance.now() - start).toBeLessThan(10_000);
    writer.exec('ROLLBACK');
    writer.close();
  });

  it('gives its pages back when all is cleared', async () => {
    const store = open();
    await put(store, 'key', new Uint8Array(3_000_000));
    await store.clear();
    query('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(statSync(file).size).toBeLessThan(200_000);
  });

  it('bounds the variants of one key', async () => {
    const store = open();
    for (let index = 0; index < 110; index++) await put(store, 'key', new Uint8Array(index));
    const lengths = (await store.find('key')).map(({ head: { length } }) => length);
    expect([lengths.length, lengths[0], lengths.at(-1)]).toEqual([100, 109, 10]);
    expect(query('SELECT count(*) AS pieces FROM pieces')).toEqual({ pieces: 100 });
  });

  it('drops what is useless before what was used the longest time ago', async () => {
    let time = 1000;
    const store = open({ maximumBytes: 100_000, now: () => time });
    await put(store, 'old', new Uint8Array(40_000));
    const writer = await store.write({ key: 'useless', head, replaces: [] });
    await writer?.write(new Uint8Array(40_000));
    await writer?.commit({ ...head, uselessAt: 2000 });
    time = 3000;
    await put(store, 'new', new Uint8Array(40_000));
    expect(await store.find('useless')).toEqual([]);
    expect(await store.find('old')).toHaveLength(1);
  });
});

describe('an SQLite store where the runtime has no SQLite', () => {
  it('says what it needs', () => {
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    try {
      expect(() => open().find('key')).toThrow(/needs node:sqlite, which this runtime .* has not/);
    } finally {
      builtin.mockRestore();
    }
  });
});
