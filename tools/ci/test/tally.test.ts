import { describe, expect, it } from 'vitest';

import { Tally } from '../tally.ts';

describe('the tally', () => {
  it('adds steps and tests up', () => {
    const tally = new Tally();
    tally.step(true);
    tally.tests({ passed: 7, failed: 0, ok: true });
    expect(tally.toString()).toBe('8 passed, 0 failed');
    expect(tally.ok).toBe(true);
  });
  it('counts a run that crashed as one failure, and one with failed tests as those', () => {
    const tally = new Tally();
    tally.tests({ passed: 7, failed: 0, ok: false });
    tally.tests({ passed: 1, failed: 2, ok: false });
    expect(tally.toString()).toBe('8 passed, 3 failed');
    expect(tally.ok).toBe(false);
  });
  it('is not content when nothing ran', () => {
    expect(new Tally().ok).toBe(false);
  });
});
