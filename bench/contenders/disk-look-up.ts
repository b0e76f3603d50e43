import { join } from 'node:path';

import type { CacheStore, StoredHead } from '@netaccess/backend-cache';
import { diskStore } from '@netaccess/backend-cache/disk';

import { answerCalls } from '../child.ts';
import { cacheFolder } from './cache-folder.ts';

const BODY = new Uint8Array(1_024).fill(0x6e);
const LOOK_UPS = 20_000;
const MAXIMUM_BYTES = 1e12;
const head: StoredHead = {
  url: 'https://example.com/',
  headers: [
    ['Content-Type', 'text/plain'],
    ['Cache-Control', 'max-age=86400'],
  ],
  status: { code: 200, reason: 'OK' },
  vary: [],
  requestedAt: 0,
  receivedAt: 0,
};

function storeOf(entries: number): CacheStore {
  const folder = join(cacheFolder(process.ppid), `entries-${entries}`);
  return diskStore({ folder, maximumBytes: MAXIMUM_BYTES });
}

const keyOf = (index: number): string => `https://example.com/${index}`;

async function fill({ entries }: { readonly entries: number }): Promise<void> {
  const store = storeOf(entries);
  for (let index = 0; index < entries; index++) {
    const plan = { key: keyOf(index), head, replaces: [], expectedBytes: BODY.length };
    const writer = await store.write(plan);
    await writer?.write(BODY);
    await writer?.commit(head);
  }
  await store.close();
}

/** Finds and reads entries anywhere in the store; resolves to the microseconds that each took. */
async function lookUp({ entries }: { readonly entries: number }): Promise<number> {
  const store = storeOf(entries);
  const started = performance.now();
  for (let count = 0; count < LOOK_UPS; count++) {
    const [entry] = await store.find(keyOf(Math.floor(Math.random() * entries)));
    const reader = entry === undefined ? undefined : await store.open(entry);
    const view = await reader?.readPointer();
    if (view?.length !== BODY.length) throw new Error('an entry is missing');
    await reader?.close();
  }
  const each = ((performance.now() - started) * 1_000) / LOOK_UPS;
  await store.close();
  return each;
}

answerCalls({ fill, lookUp });
