import { describe, expect, it } from 'vitest';

import { coreSize, coreTypes, neutralCore } from '../neutral-core.ts';
import { findings, packageFiles, type Files } from './checkout.ts';

const core = (text: string, more: Files = {}): Files => ({
  ...packageFiles('core', 'core'),
  'packages/core/src/index.ts': text,
  ...more,
});

describe('neutral core', () => {
  it('accepts its own files, its own name in a merge, words and sizes', async () => {
    const text = `import './manager.ts';
      declare module '@netaccess/core' { interface RequestAttributes { readonly x: 1 } }
      export const profile = 64 * 1024; export const word = 'files';`;
    expect(await findings(neutralCore, core(text))).toEqual([]);
  });
  it('refuses platform modules and other packages, also of types', async () => {
    const text = `import type { Socket } from 'node:net'; import fs from 'fs'; import('undici');`;
    expect(await findings(neutralCore, core(text))).toEqual([
      'packages/core/src/index.ts:1: imports node:net',
      'packages/core/src/index.ts:1: imports fs',
      'packages/core/src/index.ts:1: imports undici',
    ]);
  });
  it('refuses scheme names wherever a string can stand', async () => {
    const text = "export type S = 'http' | `wss`;\nexport const p = url.protocol === 'file:';";
    expect(await findings(neutralCore, core(text))).toEqual([
      'packages/core/src/index.ts:1: names the scheme "http"',
      'packages/core/src/index.ts:1: names the scheme "wss"',
      'packages/core/src/index.ts:2: names the scheme "file:"',
    ]);
  });
  it('refuses status codes of HTTP and of FTP', async () => {
    expect(await findings(neutralCore, core('export const codes = [404, 550, 1404];'))).toEqual([
      'packages/core/src/index.ts:1: has 404, a status code',
      'packages/core/src/index.ts:1: has 550, a status code',
    ]);
  });
  it('accepts a number that a limit happens to have, under a name that says what it counts', async () => {
    const text = 'const maximumShownCharacters = 200; const fine = 200;';
    expect(await findings(neutralCore, core(text))).toEqual([
      'packages/core/src/index.ts:1: has 200, a status code',
    ]);
  });
  it('refuses a dependency', async () => {
    const manifest = packageFiles('core', 'core', { dependencies: { 'left-pad': '1.0.0' } });
    expect(await findings(neutralCore, core('', manifest))).toEqual([
      '@netaccess/core: depends on left-pad',
    ]);
  });
});

describe('core types', () => {
  const config = {
    'packages/core/tsconfig.build.json': {
      compilerOptions: { target: 'es2023', module: 'nodenext', strict: true },
      include: ['src'],
    },
  };
  it('accepts the names of the web', async () => {
    const text = 'export const url = new URL(""); export type D = AsyncDisposable;';
    expect(await findings(coreTypes, core(text, config))).toEqual([]);
  });
  it("refuses a platform's own names", async () => {
    const found = await findings(coreTypes, core('export const id = process.pid;', config));
    expect(found.join()).toMatch(/Cannot find name 'process'/);
  });
});

describe('core size', () => {
  const built = (bytes: number): Files => ({
    'packages/core/dist/index.js': 'export * from "./policy.js";',
    'packages/core/dist/policy.js': `export const text = "${'x'.repeat(bytes)}";`,
  });
  it('accepts what fits', async () => {
    expect(await findings(coreSize, core('', built(59_000)))).toEqual([]);
  });
  it('refuses more than 60 kB in all files together', async () => {
    const found = await findings(coreSize, core('', built(60_000)));
    expect(found.join()).toMatch(/^@netaccess\/core: has 60\d{3} bytes$/);
  });
  it('refuses to judge what is not built', async () => {
    expect(await findings(coreSize, core(''))).toEqual(['@netaccess/core: is not built']);
  });
});
