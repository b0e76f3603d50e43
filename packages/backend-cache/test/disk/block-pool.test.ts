import { describe, expect, it } from 'vitest';

import { BlockPool } from '../../src/disk/block-pool.ts';

describe('a pool of blocks', () => {
  it('lends what was given back', () => {
    const pool = new BlockPool();
    const first = pool.take();
    pool.giveBack(first);
    expect(pool.take()).toBe(first);
  });

  it('lends single blocks when 64 MiB are out, and units again afterwards', () => {
    const pool = new BlockPool();
    const units = Array.from({ length: 256 }, () => pool.take());
    const block = pool.take();
    expect(block).toHaveLength(65_536);
    pool.giveBack(block);
    for (const unit of units) pool.giveBack(unit);
    expect(pool.take()).toHaveLength(262_144);
  });
});
