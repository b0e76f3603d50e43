import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RecordWalker } from '../../src/alerts/record-walker.ts';

interface Noted {
  readonly taken: readonly (readonly number[])[];
  readonly asked: readonly number[];
  readonly refused: number;
}

/** Types 21 and 22 are wanted. */
function walk(pieces: readonly Uint8Array[]): Noted {
  const taken: number[][] = [];
  const asked: number[] = [];
  let refused = 0;
  const walker = new RecordWalker({
    wants: (type, length) => asked.push(type, length) > 0 && (type === 21 || type === 22),
    take: (record) => void taken.push([...record]),
    notTls: () => {
      refused += 1;
      walker.stop();
    },
  });
  for (const piece of pieces) walker.walk(piece);
  return { taken, asked, refused };
}

const records = fc.array(
  fc
    .tuple(fc.constantFrom(20, 21, 22, 23), fc.uint8Array({ maxLength: 30 }))
    .map(([type, body]) => Buffer.from([type, 3, 3, 0, body.length, ...body])),
  { minLength: 1, maxLength: 8 },
);

describe('the walker of records', () => {
  it('finds the same records however the bytes are split', () => {
    fc.assert(
      fc.property(records, fc.array(fc.integer({ min: 1, max: 40 })), (all, sizes) => {
        const bytes = Buffer.concat(all);
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) pieces.push(bytes.subarray(at, (at += size)));
        pieces.push(bytes.subarray(at));
        const noted = walk(pieces);
        expect(noted).toEqual(walk([bytes]));
        expect(noted.taken).toEqual(
          all.filter(([type]) => type === 21 || type === 22).map((one) => [...one]),
        );
        expect(noted.asked).toEqual(all.flatMap((one) => [one[0], one[4]]));
      }),
      { numRuns: 300 },
    );
  });
  it.each([
    ['another type', [24, 3, 3, 0, 0]],
    ['another version', [22, 2, 0, 0, 0]],
    ['more than a record may have', [23, 3, 3, 0x48, 0x01]],
    ['text', [...Buffer.from('HTTP/1.1 400 Bad Request')]],
  ])('stops at %s', (_name, start) => {
    const bytes = Uint8Array.from([21, 3, 3, 0, 2, 1, 0, ...start, 21, 3, 3, 0, 2, 1, 0]);
    for (const pieces of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
      expect(walk(pieces)).toMatchObject({ taken: [[21, 3, 3, 0, 2, 1, 0]], refused: 1 });
    }
  });
});
