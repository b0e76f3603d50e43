import { describe, expect, it } from 'vitest';

import { conformanceCases } from '../src/index.ts';
import { claimMutants } from './broken/claims.ts';
import { closingMutants } from './broken/closing.ts';
import { creatingMutants } from './broken/creating.ts';
import { describingMutants } from './broken/describing.ts';
import { errorMutants } from './broken/errors.ts';
import { headMutants } from './broken/heads.ts';
import { leavingMutants } from './broken/leaving.ts';
import { managedMutants } from './broken/managed.ts';
import type { Mutant } from './broken/mutant.ts';
import { rangeMutants } from './broken/ranges.ts';
import { readingMutants } from './broken/reading.ts';
import { togetherMutants } from './broken/together.ts';
import { uploadMutants } from './broken/uploads.ts';
import { failuresOf } from './failures.ts';

const mutants: readonly Mutant[] = [
  ...describingMutants,
  ...creatingMutants,
  ...claimMutants,
  ...headMutants,
  ...readingMutants,
  ...rangeMutants,
  ...closingMutants,
  ...togetherMutants,
  ...errorMutants,
  ...uploadMutants,
  ...leavingMutants,
  ...managedMutants,
];
const names = conformanceCases.map(({ name }) => name);

describe('every case', () => {
  it('has a broken backend that it is there to catch', () => {
    const caught = new Set(mutants.map(({ caughtBy }) => caughtBy));
    expect(names.filter((name) => !caught.has(name))).toEqual([]);
    expect([...caught].filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('a backend that', { timeout: 30_000 }, () => {
  it.each(mutants)('$wrong is caught by name', async (mutant) => {
    const failures = await failuresOf(mutant.variant, mutant.spoil);
    const caught = failures.map(({ name }) => name);
    expect(caught).toContain(mutant.caughtBy);
    expect(caught.filter((name) => !isExpected(mutant, name))).toEqual([]);
    expect(missed(mutant, caught)).toEqual([]);
    const { message = '' } = failures.find(({ name }) => name === mutant.caughtBy) ?? {};
    expect(message).toContain(`broken rule: ${mutant.caughtBy} (contract: `);
  });
});

function isExpected({ caughtBy, also = [], refusedByCore }: Mutant, name: string): boolean {
  if (name === caughtBy || also === 'any' || also.includes(name)) return true;
  return refusedByCore === true && name.startsWith('through a manager');
}

/** An expectation that is no longer met belongs out of the list. */
function missed({ also = [] }: Mutant, caught: readonly string[]): readonly string[] {
  return also === 'any' ? [] : also.filter((name) => !caught.includes(name));
}
