import { describe, it } from 'vitest';

import { storeCases } from './cases.ts';
import { caseLimit } from './fixture.ts';
import type { StoreFixture } from './fixture.ts';

/** Declares one vitest test for each case; those that the fixture leaves out show as skipped. */
export function testStore(store: string, fixture: StoreFixture): void {
  describe(`${store} is a store`, () => {
    for (const { name, applies, run } of storeCases) {
      const declare = applies(fixture) ? it : it.skip;
      declare(name, { timeout: caseLimit(fixture) }, () => run(fixture));
    }
  });
}
