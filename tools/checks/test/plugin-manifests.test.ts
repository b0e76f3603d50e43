import { describe, expect, it } from 'vitest';

import { pluginManifests } from '../plugin-manifests.ts';
import { findings, packageFiles } from './checkout.ts';

const claims = { contract: 1, schemes: ['a'], features: { targetTypes: ['local'] } };
const judge = (said: object | undefined, meant: object): Promise<string[]> =>
  findings(pluginManifests, {
    ...packageFiles('backend-a', 'backend', {
      type: 'module',
      exports: { '.': './src/index.ts' },
      netaccess: said,
    }),
    'packages/backend-a/src/index.ts': `export default () => (${JSON.stringify(meant)});`,
  });

describe('plugin manifests', () => {
  it('accept the same claims, none secure meaning none', async () => {
    expect(await judge(claims, { ...claims, secureSchemes: [], name: 'a' })).toEqual([]);
  });
  it('refuse other claims', async () => {
    const meant = { ...claims, features: { targetTypes: ['networked'] }, secureSchemes: ['a'] };
    expect(await judge(claims, meant)).toEqual([
      '@netaccess/backend-a: says secureSchemes [], but its factory ["a"]',
      '@netaccess/backend-a: says features {"targetTypes":["local"]}, but its factory {"targetTypes":["networked"]}',
    ]);
  });
  it('refuse a backend that states none', async () => {
    expect(await judge(undefined, claims)).toHaveLength(3);
  });
});
