import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RecordSplitter } from '../../../src/node/tap/record-splitter.ts';

const record = (length: number): Buffer =>
  Buffer.concat([Buffer.from([22, 3, 3, length >> 8, length & 0xff]), Buffer.alloc(length, 1)]);

describe('a RecordSplitter', () => {
  it('finds the end of every record, however they are split', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lengths, cuts, (records, chunks) => {
        const bytes = Buffer.concat(records.map(record));
        const splitter = new RecordSplitter();
        const ends = new Set<number>();
        let at = 0;
        for (let turn = 0; at < bytes.length; turn += 1) {
          const chunk = bytes.subarray(at, at + (chunks[turn % chunks.length] ?? 1));
          for (let taken = 0; taken < chunk.length;) {
            const count = splitter.next(chunk.subarray(taken));
            expect(count).toBeGreaterThan(0);
            taken += count;
            ends.add(at + taken);
          }
          at += chunk.length;
        }
        let end = 0;
        for (const length of records) {
          end += 5 + length;
          expect(ends).toContain(end);
        }
      }),
    );
  });
});
