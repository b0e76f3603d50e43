import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

describe('importing the package', () => {
  it('loads nothing of TLS or cryptography, and changes no global', async () => {
    const index = new URL('../src/index.ts', import.meta.url).href;
    const script = `
      const globals = Object.getOwnPropertyNames(globalThis).length;
      const before = new Set(process.moduleLoadList);
      await import(${JSON.stringify(index)});
      const loaded = process.moduleLoadList.filter((name) => !before.has(name) && /tls|crypto|NativeModule net$/.test(name));
      const added = Object.getOwnPropertyNames(globalThis).length - globals;
      console.log(JSON.stringify({ loaded, added }));`;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [
      '--no-warnings',
      '--input-type=module',
      '-e',
      script,
    ]);
    expect(JSON.parse(stdout)).toEqual({ loaded: [], added: 0 });
  });
});
