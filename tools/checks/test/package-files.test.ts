import { describe, expect, it } from 'vitest';

import { packageFiles } from '../package-files.ts';
import { findings, packageFiles as manifestOf } from './checkout.ts';

const good = {
  version: '0.1.0',
  description: 'Reads and writes URLs',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  files: ['dist', 'src'],
  engines: { node: '>=22.19' },
};
const documents = {
  'packages/a/README.md': '# @netaccess/a\n\n```ts\n```\n',
  'packages/a/CHANGELOG.md': '# @netaccess/a\n\n## 0.1.0\n',
};

describe('package files', () => {
  it('accepts a package that has them all', async () => {
    const files = { ...manifestOf('a', 'backend', good), ...documents };
    expect(await findings(packageFiles, files)).toEqual([]);
  });
  it('names everything that is missing', async () => {
    expect(await findings(packageFiles, manifestOf('a', 'backend'))).toHaveLength(9);
  });
  it('refuses a document of another package, and a script at installation', async () => {
    const files = {
      ...manifestOf('a', 'backend', { ...good, scripts: { postinstall: 'x' } }),
      ...documents,
      'packages/a/README.md': '# @netaccess/b\n\n```ts\n```\n',
    };
    expect(await findings(packageFiles, files)).toEqual([
      'packages/a: runs a script at installation',
      'packages/a: its README.md has no "# @netaccess/a"',
    ]);
  });
  it('asks nothing of a private package', async () => {
    expect(await findings(packageFiles, manifestOf('a', 'test', { private: true }))).toEqual([]);
  });
});
