import { describe, expect, it } from 'vitest';

import { storeCases } from '../../src/store-conformance/index.ts';
import { bodyMutants } from './broken/bodies.ts';
import { changingMutants } from './broken/changing.ts';
import { countingMutants } from './broken/counting.ts';
import { findingMutants } from './broken/finding.ts';
import { followingMutants } from './broken/following.ts';
import { headMutants } from './broken/heads.ts';
import type { Mutant } from './broken/mutant.ts';
import { failuresOf } from './failures.ts';

const mutants: readonly Mutant[] = [
  ...findingMutants,
  ...headMutants,
  ...bodyMutants,
  ...followingMutants,
  ...changingMutants,
  ...countingMutants,
];
const names = storeCases.map(({ name }) => name);

describe('every case for stores', () => {
  it('has a broken store that it is there to catch', () => {
    const caught = new Set(mutants.flatMap(({ caughtBy }) => caughtBy));
    expect(names.filter((name) => !caught.has(name))).toEqual([]);
    expect([...caught].filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('a store that', { timeout: 30_000 }, () => {
  it.each(mutants)('$wrong is caught by name', async ({ caughtBy, spoil }) => {
    const failures = await failuresOf(spoil, caughtBy);
    expect(failures.map(({ name }) => name)).toEqual(names.filter((one) => caughtBy.includes(one)));
    for (const { name, message } of failures) {
      expect(message).toContain(`broken rule: ${name} (contract: `);
    }
  });
});
