import { describe, expect, it } from 'vitest';

import { Dice } from '../dice.ts';
import { h1 } from '../h1.ts';
import { h2 } from '../h2.ts';
import { mutate, split } from '../mutate.ts';
import { trySeed } from '../search.ts';
import type { Target } from '../target.ts';
import { tls } from '../tls.ts';

const tokens = ['\r\n', 'x'];
const base = 'some text that is long enough to be changed';
const target = (observe: Target['observe']): Target => ({
  name: 'planted',
  generate: (dice) => mutate(base, dice, tokens),
  observe,
});
const text = (pieces: readonly Buffer[]): string => Buffer.concat(pieces).toString('latin1');
const findings = async (planted: Target): Promise<number> => {
  const found = await Promise.all(Array.from({ length: 50 }, (_, seed) => trySeed(planted, seed)));
  return found.filter((one) => one !== undefined).length;
};

describe('the search', () => {
  it('makes the same input from the same seed, and others from others', () => {
    const made = [1, 1, 2].map((seed) => mutate(base, new Dice(seed), tokens).toString('latin1'));
    expect(made[0]).toBe(made[1]);
    expect(made[0]).not.toBe(made[2]);
  });
  it('splits without losing a byte', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      expect(text(split(Buffer.from(base), new Dice(seed)))).toBe(base);
    }
  });
  it('finds nothing where nothing is wrong', async () => {
    expect(await findings(target(async (pieces) => text(pieces)))).toBe(0);
  });
  it('finds what depends on the split, and what throws', async () => {
    expect(await findings(target(async (pieces) => String(pieces.length)))).toBeGreaterThan(30);
    const thrower = target(async (pieces) => {
      if (text(pieces).includes('x')) throw new Error('an x');
      return '';
    });
    expect(await findings(thrower)).toBeGreaterThan(10);
  });
  it('finds nothing in the HTTP/1.1 engine, for a start', async () => {
    expect(await findings(h1)).toBe(0);
  });
  it('finds nothing in the HTTP/2 engine, either', async () => {
    const found = [];
    for (let seed = 0; seed < 300; seed += 1) found.push(await trySeed(h2, seed));
    expect(found.filter((one) => one !== undefined)).toEqual([]);
  });
  it('finds nothing in the observer of TLS', async () => {
    expect(await findings(tls)).toBe(0);
  });
});
