import { describe, it } from 'node:test';

import { storeCases } from './cases.ts';
import { caseLimit } from './fixture.ts';
import type { StoreFixture } from './fixture.ts';

/** Declares one `node:test` test for each case; those that the fixture leaves out show as skipped. */
export async function testStore(store: string, fixture: StoreFixture): Promise<void> {
  await describe(`${store} is a store`, async () => {
    for (const { name, applies, run } of storeCases) {
      const options = { skip: !applies(fixture), timeout: caseLimit(fixture) };
      await it(name, options, () => run(fixture));
    }
  });
}
