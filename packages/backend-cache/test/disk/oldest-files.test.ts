import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { OldestFiles } from '../../src/disk/oldest-files.ts';

describe('the oldest files', () => {
  it('are those that sorting all of them puts first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 20 }), (times, most) => {
        const oldest = new OldestFiles(most);
        for (const usedAt of times) oldest.add({ name: '', id: undefined, bytes: 1, usedAt });
        const sorted = times.toSorted((a, b) => a - b).slice(0, most);
        expect(oldest.inOrder().map(({ usedAt }) => usedAt)).toEqual(sorted);
      }),
    );
  });
});
