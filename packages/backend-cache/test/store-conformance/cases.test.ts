import { describe, expect, it } from 'vitest';

import { storeCases } from '../../src/store-conformance/index.ts';
import { failuresOf } from './failures.ts';

describe('the cases for stores', { timeout: 30_000 }, () => {
  it('have names of their own', () => {
    const names = storeCases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('pass for a right store', async () => {
    expect(await failuresOf()).toEqual([]);
  });
});
