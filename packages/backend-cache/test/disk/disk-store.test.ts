import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll } from 'vitest';

import { diskStore } from '../../src/disk/index.ts';
import { testStore } from '../../src/store-conformance/vitest.ts';
import type { CacheStore } from '../../src/store.ts';

const root = mkdtempSync(join(tmpdir(), 'netaccess-disk-'));
const folders = new WeakMap<CacheStore, string>();
let clock = 1_750_000_000_000;
let made = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

function storeIn(
  folder: string,
  limits: { readonly maximumBytes?: number | undefined },
): CacheStore {
  const store = diskStore({ ...limits, folder, useGrainMilliseconds: 0, now: () => clock });
  folders.set(store, folder);
  return store;
}

function folderOf(store: CacheStore): string {
  return folders.get(store) ?? root;
}

/** Changes the byte in the middle of the largest file. */
function damage(folder: string, id: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const name = names.find((each) => each.endsWith(id)) ?? '';
  const path = join(folder, name);
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  const middle = Math.floor(statSync(path).size / 2);
  readSync(file, byte, 0, 1, middle);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  writeSync(file, byte, 0, 1, middle);
  closeSync(file);
}

testStore('a disk store', {
  open: (limits) => storeIn(join(root, String(made++)), limits),
  reopen: (store) => storeIn(folderOf(store), {}),
  beside: (store) => storeIn(folderOf(store), {}),
  damage: (store, { id }) => damage(folderOf(store), id),
  limits: ['maximumBytes'],
  forgetsLeastRecent: true,
  advance(milliseconds) {
    clock += milliseconds;
  },
});
