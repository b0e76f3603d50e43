import { describe, expect, it } from 'vitest';

import { globals } from '../globals.ts';
import { findings, packageFiles } from './checkout.ts';

const importing = (text: string): Promise<string[]> =>
  findings(globals, {
    ...packageFiles('core', 'core', { type: 'module', exports: { '.': './src/index.ts' } }),
    'packages/core/src/index.ts': text,
  });

describe('globals', () => {
  it('accepts a module that only looks', async () => {
    expect(
      await importing('export const f = globalThis.fetch; export const s = Symbol.for("x");'),
    ).toEqual([]);
  });
  it('refuses what replaces, adds, changes a prototype or listens', async () => {
    const found = await importing(`globalThis.fetch = async () => new Response();
      globalThis[Symbol.for('acme')] = 1;
      Array.prototype.last = 1;
      process.on('exit', () => {});`);
    expect(found.join('\n')).toMatch(/globalThis\.fetch[^]*acme[^]*Array\.prototype\.last[^]*exit/);
  });
  it('refuses what cannot be imported', async () => {
    expect((await importing('throw new Error("no");')).join()).toMatch(/cannot be imported/);
  });
});
