import { describe, expect, it } from 'vitest';

import { bytesText, durationText } from '../src/quantity.ts';

describe('quantities', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_960, '1.0 MB'],
    [1_234_567_890, '1.2 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
  it.each([
    [0.4, '0:00'],
    [7, '0:07'],
    [187, '3:07'],
    [3723, '1:02:03'],
    [Infinity, '--:--'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});
