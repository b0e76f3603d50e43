import { describe, expect, it } from 'vitest';

import { conformanceCases } from '../src/index.ts';
import { failuresOf } from './failures.ts';
import type { Variant } from './memory-backend.ts';

const variants: readonly Variant[] = ['lending', 'copying', 'remote'];

describe('the cases of the kit', { timeout: 30_000 }, () => {
  it('have names of their own', () => {
    const names = conformanceCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(variants)('pass for a right backend: %s', async (variant) => {
    expect(await failuresOf(variant)).toEqual([]);
  });
});
