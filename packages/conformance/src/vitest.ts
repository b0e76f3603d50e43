import { describe, it } from 'vitest';

import { conformanceCases } from './cases.ts';
import { caseLimit } from './fixture.ts';
import type { Fixture } from './fixture.ts';

/** Declares one vitest test for each case; those that the claims and the fixture leave out show as skipped. */
export function testConformance(backend: string, fixture: Fixture): void {
  describe(`${backend} conforms to contract 1`, () => {
    for (const { name, applies, run } of conformanceCases) {
      const declare = applies(fixture) ? it : it.skip;
      declare(name, { timeout: caseLimit(fixture) }, () => run(fixture));
    }
  });
}
