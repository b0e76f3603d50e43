import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

const entry = path.resolve(import.meta.dirname, '../src/index.ts');

/** What a script prints in a Node of its own, started with nothing but the package. */
function printed(script: string): unknown {
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

describe('importing the package', () => {
  it('loads neither sockets, nor TLS, nor decoders, nor the platform’s HTTP', () => {
    const loaded = printed(`
      const before = new Set(process.moduleLoadList);
      await import(${JSON.stringify(entry)});
      console.log(JSON.stringify(process.moduleLoadList.filter((name) => !before.has(name))));
    `);
    const heavy = [
      'http',
      'https',
      'http2',
      'net',
      'tls',
      'zlib',
      'crypto',
      'dns',
      'fs',
      'internal/deps/undici/undici',
    ];
    expect(loaded).not.toEqual(
      expect.arrayContaining([expect.stringMatching(`^NativeModule (${heavy.join('|')})$`)]),
    );
  });
  it('changes no global', () => {
    const changed = printed(`
      const state = () => JSON.stringify(Reflect.ownKeys(globalThis).map((name) => {
        const { value, get } = Object.getOwnPropertyDescriptor(globalThis, name);
        return [String(name), typeof value, get === undefined];
      }));
      // To look at all globals makes Node load some of them, which adds symbols of its own.
      state();
      const before = state();
      const { createManager, fetch } = await import(${JSON.stringify(entry)});
      createManager();
      console.log(JSON.stringify([before === state(), fetch === globalThis.fetch]));
    `);
    expect(changed).toEqual([true, false]);
  });
  it('leaves the platform’s fetch alone also when it is used', () => {
    const same = printed(`
      const platform = globalThis.fetch;
      const { fetch } = await import(${JSON.stringify(entry)});
      await (await fetch('data:,x')).text();
      console.log(JSON.stringify(globalThis.fetch === platform));
    `);
    expect(same).toBe(true);
  });
  it('lets a script that is done end by itself', () => {
    const done = printed(`
      const { createManager } = await import(${JSON.stringify(entry)});
      const manager = createManager();
      await (await manager.get('data:,x')).text();
      console.log(JSON.stringify('done'));
    `);
    expect(done).toBe('done');
  });
});
