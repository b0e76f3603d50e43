import { describe, expect, it } from 'vitest';

import { poisonViews } from '../src/index.ts';
import { distinctBytes } from './memory-world.ts';

describe('a poisoned source', () => {
  it('lends the same bytes, and rewrites each view when it is given back', () => {
    const bytes = distinctBytes(30, 1);
    const source = poisonViews(sourceOf(bytes));
    const first = source.readPointer();
    expect(first).toEqual(bytes.subarray(0, 10));
    source.advanceReadPointer(4);
    expect(first.every((byte) => byte === 0xdb)).toBe(true);
    expect(source.readPointer()).toEqual(bytes.subarray(4, 14));
  });

  it("never writes into the owner's memory", () => {
    const bytes = Buffer.from(distinctBytes(30, 1));
    const source = poisonViews(sourceOf(bytes));
    source.readPointer();
    source.advanceReadPointer(10);
    expect(bytes.equals(distinctBytes(30, 1))).toBe(true);
  });

  it('passes on promises and the end', async () => {
    const source = poisonViews({
      readPointer: () => Promise.resolve(new Uint8Array(0)),
      advanceReadPointer: () => undefined,
    });
    expect(await source.readPointer()).toEqual(new Uint8Array(0));
  });
});

function sourceOf(bytes: Uint8Array): {
  readPointer(): Uint8Array;
  advanceReadPointer(distance: number): void;
} {
  let offset = 0;
  return {
    readPointer: () => bytes.subarray(offset, offset + 10),
    advanceReadPointer(distance) {
      offset += distance;
    },
  };
}
