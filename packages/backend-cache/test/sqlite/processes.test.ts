import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { CacheStore, StoredEntry } from '../../src/index.ts';
import { sqliteStore } from '../../src/sqlite/index.ts';

const program = path.join(import.meta.dirname, 'fixtures/writing-process.ts');
/** Longer than a pin of a dead process is valid. */
const longAfter = 11 * 60 * 1000;
let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'netaccess-sqlite-'));
  file = path.join(folder, 'cache.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(task: string): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', program, file, task], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function bytesOf(store: CacheStore, entry: StoredEntry): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  const reader = await store.open(entry);
  if (reader === undefined) return undefined;
  for (let view = await reader.readPointer(); view.length > 0; view = await reader.readPointer()) {
    pieces.push(view.slice());
    reader.advanceReadPointer(view.length);
  }
  await reader.close();
  return Buffer.concat(pieces);
}

/** Every entry is whole, and its bytes are those that its head was committed with. */
async function checkWhole(store: CacheStore): Promise<number> {
  let count = 0;
  for await (const entry of store.entries()) {
    const seed = Number(entry.head.validator);
    const bytes = await bytesOf(store, entry);
    // Another process may have replaced it since it was listed.
    if (bytes === undefined) continue;
    expect(bytes.length).toBe(200_000);
    expect(bytes.every((byte) => byte === seed)).toBe(true);
    count += 1;
  }
  return count;
}

describe('an SQLite store of several processes', { timeout: 60_000 }, () => {
  it('holds whole entries only when a process is killed in the middle of its writing', async () => {
    const child = start('for ever');
    await once(child.stdout ?? child, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = sqliteStore({ path: file });
    expect(await store.find('unfinished')).toEqual([]);
    expect(await checkWhole(store)).toBe(7);
    expect((await store.verify()).damaged).toEqual([]);
    await store.close();
  });

  it('removes what a killed process left behind, once that cannot be at work any more', async () => {
    const child = start('for ever');
    await once(child.stdout ?? child, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(bodiesWithoutEntry()).toBeGreaterThan(0);
    const store = sqliteStore({ path: file, now: () => Date.now() + longAfter });
    await (await store.write({ key: 'a', head: head(), replaces: [] }))?.abandon();
    await store.close();
    expect(bodiesWithoutEntry()).toBe(0);
  });

  it('keeps whole entries when two processes write the same keys at once', async () => {
    const child = start('some');
    const store = sqliteStore({ path: file, busyMilliseconds: 10_000 });
    for (let seed = 100; seed < 130; seed++) {
      const key = `key ${seed % 5}`;
      const replaces = await store.find(key);
      const writer = await store.write({ key, head: head(), replaces });
      await writer?.write(new Uint8Array(200_000).fill(seed));
      await writer?.commit({ ...head(), validator: String(seed) });
      await checkWhole(store);
    }
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(await checkWhole(store)).toBeGreaterThanOrEqual(5);
    await store.close();
  });
});

function head(): StoredEntry['head'] {
  return { url: 'https://store.test/', headers: [], vary: [], requestedAt: 1, receivedAt: 2 };
}

function bodiesWithoutEntry(): number {
  const database = new DatabaseSync(file);
  const sql = `SELECT count(DISTINCT body) AS bodies FROM pieces
    WHERE body NOT IN (SELECT body FROM entries)`;
  const count = Number(database.prepare(sql).get()?.['bodies']);
  database.close();
  return count;
}
