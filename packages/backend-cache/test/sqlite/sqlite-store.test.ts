import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterAll } from 'vitest';

import type { CacheStore } from '../../src/index.ts';
import { sqliteStore } from '../../src/sqlite/index.ts';
import { testStore } from '../../src/store-conformance/vitest.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'netaccess-sqlite-'));
const files = new WeakMap<CacheStore, string>();
let count = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function openFile(file: string, limits = {}): CacheStore {
  const store = sqliteStore({ path: file, ...limits });
  files.set(store, file);
  return store;
}

function fileOf(store: CacheStore): string {
  return files.get(store) ?? '';
}

testStore('an SQLite store in a file', {
  open: (limits) => openFile(path.join(folder, `${count++}.sqlite`), limits),
  reopen: (store) => openFile(fileOf(store)),
  beside: (store) => openFile(fileOf(store)),
  damage(store, { id }) {
    const database = new DatabaseSync(fileOf(store));
    const sql = 'UPDATE pieces SET bytes = zeroblob(length(bytes)) WHERE body = ? AND number = 3';
    database.prepare(sql).run(Number(id));
    database.close();
  },
  limits: ['maximumBytes', 'maximumEntries'],
  forgetsLeastRecent: true,
});

testStore('an SQLite store in memory', {
  open: (limits) => sqliteStore({ path: ':memory:', ...limits }),
  limits: ['maximumBytes', 'maximumEntries'],
  forgetsLeastRecent: true,
});
