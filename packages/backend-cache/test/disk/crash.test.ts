import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { CacheStore } from '../../src/store.ts';
import {
  openStore,
  plainHead,
  put,
  readAll,
  scratchFolder,
  temporariesIn,
} from './fixtures/scratch.ts';

const program = join(import.meta.dirname, 'fixtures/writing-process.ts');

function startWriter(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function underWay({ stdout }: ChildProcess): Promise<void> {
  if (stdout !== null) await once(stdout, 'data');
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Reads everything: what is found must be what its head says. Resolves to how many there were. */
async function checkAll(store: CacheStore): Promise<number> {
  let count = 0;
  for await (const entry of store.entries()) {
    const reader = await store.open(entry);
    if (reader === undefined) continue;
    const [length, seed] = (entry.head.validator ?? '').split(' ').map(Number);
    const bytes = await readAll(reader);
    expect(bytes.length).toBe(length);
    expect(bytes.every((byte) => byte === seed)).toBe(true);
    count += 1;
  }
  return count;
}

describe('a disk store and other processes', () => {
  it('serves whole entries only, and sweeps what is left, after a writer was killed at any moment', async () => {
    const folder = scratchFolder();
    const kept = { ...plainHead, validator: '150000 9' };
    await put(openStore({ folder }), 'kept', new Uint8Array(150_000).fill(9), { head: kept });
    for (let round = 0; round < 4; round++) {
      const writer = startWriter(folder, String(round * 40));
      await underWay(writer);
      // Somewhere in the next entries.
      for (let turn = 0; turn < round * 7; turn++) await new Promise(setImmediate);
      await killed(writer);
      const store = openStore({ folder });
      expect(await checkAll(store)).toBeGreaterThan(1);
      const head = { ...plainHead, validator: '10 0' };
      await put(store, 'after', new Uint8Array(10), { head });
      await store.stats();
      expect(temporariesIn(folder)).toEqual([]);
      expect(await store.verify()).toMatchObject({ damaged: [] });
    }
  }, 30_000);

  it('serves the old entry after a writer was killed in the middle of the new one', async () => {
    const folder = scratchFolder();
    const head = { ...plainHead, validator: '150000 9' };
    await put(openStore({ folder }), 'kept', new Uint8Array(150_000).fill(9), { head });
    const writer = startWriter(folder, 'half');
    await underWay(writer);
    expect(temporariesIn(folder)).toHaveLength(1);
    await killed(writer);
    const store = openStore({ folder });
    expect(await checkAll(store)).toBe(1);
    await store.stats();
    expect(temporariesIn(folder)).toEqual([]);
    expect(await checkAll(store)).toBe(1);
  }, 30_000);

  it('keeps the other entries of a key whose writer was killed', async () => {
    const folder = scratchFolder();
    const first = openStore({ folder });
    const validators = ['500 201', '90000 202'];
    for (const validator of validators) {
      const [length, seed] = validator.split(' ').map(Number);
      const bytes = new Uint8Array(length ?? 0).fill(seed ?? 0);
      await put(first, 'kept', bytes, { head: { ...plainHead, validator } });
    }
    for (let round = 0; round < 4; round++) {
      const writer = startWriter(folder, 'variants');
      await underWay(writer);
      for (let turn = 0; turn < round * 11; turn++) await new Promise(setImmediate);
      await killed(writer);
      const store = openStore({ folder });
      const found = store.find('kept').map(({ head: { validator } }) => validator);
      expect(found).toEqual(expect.arrayContaining(validators));
      expect(await checkAll(store)).toBe(found.length);
    }
  }, 30_000);

  it('lets a process end that does not close its store', async () => {
    const folder = scratchFolder();
    const [code] = await once(startWriter(folder, 'open'), 'exit');
    expect(code).toBe(0);
    expect(await checkAll(openStore({ folder }))).toBe(1);
  }, 30_000);

  it('shares a folder with two writing processes, within its limit', async () => {
    const folder = scratchFolder();
    const store = openStore({ folder, maximumBytes: 4_000_000 });
    const writers = [startWriter(folder, '0', '90'), startWriter(folder, '100', '90')];
    const exits = Promise.all(writers.map(async (writer) => await once(writer, 'exit')));
    while (writers.some(({ exitCode }) => exitCode === null)) await checkAll(store);
    expect((await exits).flat()).toEqual([0, null, 0, null]);
    const { bytes, entries } = await store.stats();
    expect(entries).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(4_000_000);
    expect(await store.verify()).toMatchObject({ damaged: [] });
    expect(temporariesIn(folder)).toEqual([]);
  }, 30_000);
});
