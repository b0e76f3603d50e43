import { truncateSync } from 'node:fs';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { DiskStore } from '../../src/disk/disk-store.ts';
import {
  bytesOf,
  filesIn,
  get,
  openStore,
  plainHead,
  put,
  readAll,
  scratchFolder,
} from './fixtures/scratch.ts';

const small = bytesOf(3_000, 1);
const other = bytesOf(2_000, 2);
const large = bytesOf(300_000, 3);

type Harm = 'flip' | 'cut' | 'grow' | 'zero';

function harm(path: string, kind: Harm, place: number): void {
  const { size } = statSync(path);
  const at = Math.floor(place * size);
  if (kind === 'cut') {
    truncateSync(path, at);
    return;
  }
  const bytes = readFileSync(path);
  if (kind === 'flip') bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
  if (kind === 'zero') bytes.fill(0, at, Math.min(size, at + 4_096));
  writeFileSync(path, kind === 'grow' ? Buffer.concat([bytes, bytes.subarray(at)]) : bytes);
}

/** What is found and can be read, by its entry. */
async function readable(store: DiskStore): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const entry of ['small', 'large'].flatMap((key) => store.find(key))) {
    try {
      const reader = await store.open(entry);
      if (reader !== undefined) found.set(entry.head.validator ?? '', await readAll(reader));
    } catch (error) {
      if (!String(error).includes('the stored entry is damaged')) throw error;
    }
  }
  return found;
}

function fileOf(folder: string, isIt: (size: number) => boolean): string {
  const paths = filesIn(folder).map((file) => join(folder, file));
  return paths.find((path) => isIt(statSync(path).size)) ?? '';
}

describe('a damaged disk store', () => {
  it('lends what was written or nothing, wherever a file was changed or cut', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    const written = new Map([
      ['small', small],
      ['other', other],
      ['large', large],
    ]);
    const harms = fc.constantFrom<Harm>('flip', 'cut', 'grow', 'zero');
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.nat(1), harms, place, async (which, kind, at) => {
        await store.clear();
        await put(store, 'small', small, { head: { ...plainHead, validator: 'small' } });
        await put(store, 'small', other, { head: { ...plainHead, validator: 'other' } });
        await put(store, 'large', large, { head: { ...plainHead, validator: 'large' } });
        const files = filesIn(folder);
        const bySize = files.toSorted(
          (a, b) => statSync(join(folder, b)).size - statSync(join(folder, a)).size,
        );
        harm(join(folder, bySize[which] ?? ''), kind, at);
        for (const [name, bytes] of await readable(store))
          expect(Buffer.compare(bytes, written.get(name) ?? Buffer.alloc(0))).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('removes what is damaged, so that it is a miss the next time', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder });
    await put(store, 'large', large);
    harm(
      fileOf(folder, (size) => size > 300_000),
      'flip',
      0.9,
    );
    await expect(get(store, 'large')).rejects.toMatchObject({ temporary: true });
    expect(store.find('large')).toEqual([]);
    expect(filesIn(folder)).toEqual([]);
  });

  it('says which entries a check removed, and removes bodies that nothing leads to', async () => {
    const folder = scratchFolder();
    let now = Date.now();
    const store = openStore({ folder, now: () => now });
    await put(store, 'small', small);
    await put(store, 'large', large);
    const smaller = fileOf(folder, (size) => size > 3_000 && size < 3_500);
    harm(smaller, 'flip', 0.99);
    const verified = await store.verify();
    expect(verified).toMatchObject({ entries: 2, damaged: [{ key: 'small' }] });
    const key = filesIn(folder).find((file) => !file.includes('-')) ?? '';
    harm(join(folder, key), 'cut', 0.5);
    now += 3_600_000;
    const [nameless] = (await store.verify()).damaged;
    expect(nameless?.key).toBeUndefined();
    expect(nameless?.problem).toMatch(/length|early/);
    expect(filesIn(folder)).toEqual([]);
  });
});
