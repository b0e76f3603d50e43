import { describe, expect, it } from 'vitest';

import { entryPoints, refusals } from '../packed.ts';

const manifest = {
  name: '@netaccess/a',
  version: '0.1.0',
  exports: {
    '.': './dist/index.js',
    './node': './dist/node.js',
    './package.json': './package.json',
  },
};
const files = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'dist/a.js', 'src/a.ts'];

describe('a packed package', () => {
  it('is accepted when everything is there', () => {
    expect(refusals({ manifest, files: new Set(files) })).toEqual([]);
  });
  it('is refused for what is missing, left over or private', () => {
    const bad = {
      manifest: { ...manifest, bin: { a: './dist/bin.js' }, dependencies: { b: 'workspace:^' } },
      files: new Set([...files.slice(2), 'dist/gone.js', 'test/a.ts', 'src/a.test.ts']),
    };
    expect(refusals(bad)).toEqual([
      'LICENSE is not packed',
      'dist/bin.js is not packed',
      'dist/gone.js has no source',
      'test/a.ts should not be packed',
      'src/a.test.ts should not be packed',
      '"workspace:^" is left in it',
    ]);
  });
  it('names what can be imported', () => {
    expect(entryPoints({ name: manifest.name, manifest })).toEqual([
      '@netaccess/a',
      '@netaccess/a/node',
    ]);
  });
});
