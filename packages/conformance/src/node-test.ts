import { describe, it } from 'node:test';

import { conformanceCases } from './cases.ts';
import { caseLimit } from './fixture.ts';
import type { Fixture } from './fixture.ts';

/** Declares one `node:test` test for each case; those that the claims and the fixture leave out show as skipped. */
export async function testConformance(backend: string, fixture: Fixture): Promise<void> {
  await describe(`${backend} conforms to contract 1`, async () => {
    for (const { name, applies, run } of conformanceCases) {
      const options = { skip: !applies(fixture), timeout: caseLimit(fixture) };
      await it(name, options, () => run(fixture));
    }
  });
}
