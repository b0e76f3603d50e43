import { describe, expect, it } from 'vitest';

import { arrows } from '../arrows.ts';
import { findings, packageFiles } from './checkout.ts';

const needs = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, 'workspace:^']));

const workspace = {
  ...packageFiles('core', 'core'),
  ...packageFiles('conformance', 'test', { peerDependencies: needs('@netaccess/core') }),
  ...packageFiles('other', 'backend'),
  ...packageFiles('backend', 'backend', {
    peerDependencies: needs('@netaccess/core'),
    dependencies: needs('@netaccess/other'),
    devDependencies: needs('@netaccess/conformance', 'vitest'),
  }),
};
const inBackend = (text: string): Promise<string[]> =>
  findings(arrows, { ...workspace, 'packages/backend/src/index.ts': text });

describe('arrows', () => {
  it('lets a backend import types of core, the platform and its own files', async () => {
    const text = `import type { Backend } from '@netaccess/core';
      import { readFile } from 'node:fs/promises';
      import './backend.ts';
      declare module '@netaccess/core' { interface RequestAttributes { readonly x: 1 } }`;
    expect(await inBackend(text)).toEqual([]);
  });
  it('refuses a backend that imports core at run time', async () => {
    expect(await inBackend(`\nimport { NetworkError } from '@netaccess/core';`)).toEqual([
      'packages/backend/src/index.ts:2: imports more than types from @netaccess/core',
    ]);
  });
  it('refuses an arrow from one backend to another', async () => {
    expect(await inBackend(`export * from '@netaccess/other';`)).toEqual([
      'packages/backend/src/index.ts:1: imports @netaccess/other: no arrow leads from @netaccess/backend to it',
    ]);
  });
  it('refuses what is declared for development only', async () => {
    const text = `import { it } from 'vitest'; export const lazy = () => import('@netaccess/conformance');`;
    expect(await inBackend(text)).toEqual([
      'packages/backend/src/index.ts:1: imports vitest, which is no dependency of its package',
      'packages/backend/src/index.ts:1: imports @netaccess/conformance, which is no dependency of its package',
    ]);
  });
  it('refuses the kit in a src that declares it, for only tests may use it', async () => {
    const files = {
      ...workspace,
      ...packageFiles('core', 'core', { dependencies: needs('@netaccess/conformance') }),
      'packages/core/src/index.ts': `import type { Case } from '@netaccess/conformance';`,
    };
    expect(await findings(arrows, files)).toEqual([
      'packages/core/src/index.ts:1: imports @netaccess/conformance: no arrow leads from @netaccess/core to it',
    ]);
  });
  it('refuses a way out of src', async () => {
    expect(await inBackend(`import '../test/server.ts'; import '../../core/src/x.ts';`)).toEqual([
      'packages/backend/src/index.ts:1: imports ../test/server.ts, which is outside src',
      'packages/backend/src/index.ts:1: imports ../../core/src/x.ts, which is outside src',
    ]);
  });
  it('refuses a package that imports itself by name', async () => {
    expect(await inBackend(`type T = import('@netaccess/backend').T;`)).toHaveLength(1);
  });
});
