import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BLOCK_BYTES, BlockPool } from '../src/block-pool.ts';
import { ReadAhead, type Fill } from '../src/read-ahead.ts';
import { failureOf } from './fixtures/failure.ts';
import { patternBytes } from './fixtures/temporary-folder.ts';

const bytes = patternBytes(3 * BLOCK_BYTES + 100);
const fill: Fill = async (into, position) => {
  into.set(bytes.subarray(position, position + into.byteLength));
};

function ahead(span: { position: number; end: number }, from: Fill = fill): ReadAhead {
  const pool = new BlockPool();
  const pair = pool.lendPair();
  if (pair === undefined) throw new Error('the pool is empty');
  return new ReadAhead(span, { pair, pool }, from);
}

describe('reading ahead', () => {
  it('gives each byte of the span in order, whatever the sizes of the reads', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 8 });
    const edge = fc.integer({ min: 0, max: bytes.length - 1 });
    await fc.assert(
      fc.asyncProperty(sizes, edge, edge, async (each, one, two) => {
        const [position, end] = [Math.min(one, two), Math.max(one, two) + 1];
        const reader = ahead({ position, end });
        const read = new Uint8Array(end - position);
        for (let filled = 0, turn = 0; filled < read.length; turn++) {
          const size = each[turn % each.length] ?? 1;
          filled += await reader.read(read.subarray(filled, filled + size));
        }
        expect(Buffer.from(read).equals(bytes.subarray(position, end))).toBe(true);
        await reader.stop();
      }),
      { numRuns: 30 },
    );
  });

  it('fails only after the bytes before the failure', async () => {
    const reader = ahead({ position: 0, end: bytes.length }, async (into, position) => {
      if (position >= BLOCK_BYTES) throw new Error('broken');
      await fill(into, position);
    });
    const read = new Uint8Array(BLOCK_BYTES);
    expect(await reader.read(read)).toBe(BLOCK_BYTES);
    expect(await failureOf((async () => reader.read(read))())).toMatchObject({ message: 'broken' });
    await reader.stop();
  });

  it('is stopped when no block is being filled any more, and a read that waits rejects', async () => {
    const gate: { open?: () => void } = {};
    let filling = 0;
    const reader = ahead({ position: 0, end: bytes.length }, async () => {
      filling++;
      await new Promise<void>((resolve) => {
        const before = gate.open;
        gate.open = () => {
          before?.();
          resolve();
        };
      });
      filling--;
    });
    const read = failureOf(reader.read(new Uint8Array(10)));
    const stopped = reader.stop();
    expect(filling).toBe(2);
    gate.open?.();
    await stopped;
    expect(filling).toBe(0);
    expect(await read).toMatchObject({ code: 'operation-canceled' });
  });
});
