import { describe, expect, it } from 'vitest';

import { docstrings } from '../docstrings.ts';
import { findings, packageFiles } from './checkout.ts';

const judge = (text: string): Promise<string[]> =>
  findings(docstrings, { ...packageFiles('core', 'core'), 'packages/core/src/a.ts': text });

describe('docstrings', () => {
  it('accepts documented exports, what is passed on, and what stays inside', async () => {
    const text = `/** One. */
      export const one = 1;
      /** Two. */
      interface Two {}
      export type { Two };
      export * from './b.ts';
      export { three } from './c.ts';
      function inside() {}
      /** An overload's words serve all. */
      export function f(): void;
      export function f(x?: number): void {}`;
    expect(await judge(text)).toEqual([]);
  });
  it('refuses each kind of export without one', async () => {
    const text = `export const a = 1, b = 2;
      export function c() {}
      export class D {}
      export type E = 1;
      // A line comment is none.
      export interface F {}
      const g = 1;
      export { g };
      export default function () {}`;
    expect(await judge(text)).toEqual(
      ['1: a', '1: b', '2: c', '3: D', '4: E', '6: F', '7: g', '9: default'].map(
        (one) => `packages/core/src/a.ts:${one} has no docstring`,
      ),
    );
  });
  it('does not take the words of the statement before', async () => {
    expect(await judge('/** One. */ export const one = 1;\nexport const two = 2;')).toEqual([
      'packages/core/src/a.ts:2: two has no docstring',
    ]);
  });
});
