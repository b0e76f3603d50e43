import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BLOCK_BYTES, BlockPool } from '../src/block-pool.ts';
import { WriteBehind } from '../src/write-behind.ts';
import { failureOf } from './fixtures/failure.ts';
import { patternBytes } from './fixtures/temporary-folder.ts';

const bytes = patternBytes(2 * BLOCK_BYTES + 100);

describe('writing behind', () => {
  it('writes each byte to its place, whatever the sizes of the views, and never two at once', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (each) => {
        const written = new Uint8Array(bytes.length);
        let busy = 0;
        const writer = new WriteBehind(new BlockPool(), undefined, async (view, position) => {
          expect(++busy).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          written.set(view, position);
          busy--;
        });
        const memory = new Uint8Array(400_000);
        for (let from = 0, turn = 0; from < bytes.length; turn++) {
          const part = bytes.subarray(from, from + (each[turn % each.length] ?? 1) * 10);
          const view = memory.subarray(0, Math.min(part.length, memory.length));
          view.set(part.subarray(0, view.length));
          await writer.add(view);
          view.fill(0xdd);
          from += view.length;
        }
        await writer.finish();
        await writer.stop();
        expect(Buffer.from(written).equals(bytes)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('gathers small views into few writes, and passes a large one on', async () => {
    const sizes: number[] = [];
    const writer = new WriteBehind(new BlockPool(), undefined, async (view) => {
      sizes.push(view.byteLength);
    });
    for (let count = 0; count < 40; count++) await writer.add(new Uint8Array(65_536));
    await writer.add(new Uint8Array(300_000));
    await writer.finish();
    expect(sizes).toEqual([BLOCK_BYTES, BLOCK_BYTES, 40 * 65_536 - 2 * BLOCK_BYTES, 300_000]);
    await writer.stop();
  });

  it('tells of a write that failed when the next view comes, or at the end', async () => {
    const fail = async (): Promise<void> => {
      throw new Error('no room');
    };
    const atEnd = new WriteBehind(new BlockPool(), undefined, fail);
    await atEnd.add(new Uint8Array(10));
    expect(await failureOf(atEnd.finish())).toMatchObject({ message: 'no room' });
    await atEnd.stop();
    const inBetween = new WriteBehind(new BlockPool(), undefined, fail);
    await inBetween.add(new Uint8Array(200_000));
    const adding = async (): Promise<void> => {
      for (let count = 0; count < 20; count++) await inBetween.add(new Uint8Array(200_000));
    };
    expect(await failureOf(adding())).toMatchObject({ message: 'no room' });
    await inBetween.stop();
  });

  it('writes view by view where there are no blocks', async () => {
    const pool = new BlockPool();
    while (pool.lendPair() !== undefined);
    const sizes: number[] = [];
    const writer = new WriteBehind(pool, undefined, async (view) => {
      sizes.push(view.byteLength);
    });
    await writer.add(new Uint8Array(3));
    await writer.add(new Uint8Array(4));
    await writer.finish();
    expect(sizes).toEqual([3, 4]);
  });
});
