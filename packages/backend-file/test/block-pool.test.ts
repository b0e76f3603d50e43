import { describe, expect, it } from 'vitest';

import { BLOCK_BYTES, BlockPool, type BlockPair } from '../src/block-pool.ts';

describe('the pool of blocks', () => {
  it('lends no more than 32 MiB', () => {
    const pool = new BlockPool();
    const pairs: BlockPair[] = [];
    for (let pair = pool.lendPair(); pair !== undefined; pair = pool.lendPair()) pairs.push(pair);
    expect(pairs.flat().length * BLOCK_BYTES).toBe(32 * 1_048_576);
    for (const pair of pairs) pool.giveBack(pair);
    expect(pool.lendPair()).toBeDefined();
  });

  it('lends what was given back while others are out, and keeps nothing when none are', () => {
    const pool = new BlockPool();
    const [one, two] = [pool.lendPair(), pool.lendPair()];
    if (one === undefined || two === undefined) throw new Error('the pool is empty');
    pool.giveBack(one);
    const again = pool.lendPair();
    expect(new Set(again)).toEqual(new Set(one));
    pool.giveBack(two);
    if (again !== undefined) pool.giveBack(again);
    const later = pool.lendPair();
    expect(one.includes(later?.[0] ?? new Uint8Array(0))).toBe(false);
  });
});
