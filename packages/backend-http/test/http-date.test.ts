import { describe, expect, it } from 'vitest';

import { parseHttpDate } from '../src/http-date.ts';

describe('an HTTP date', () => {
  const time = Date.UTC(1994, 10, 6, 8, 49, 37);
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', time],
    ['Sunday, 06-Nov-94 08:49:37 GMT', time],
    ['Sun Nov  6 08:49:37 1994', time],
    ['Tue, 29 Feb 2000 00:00:00 GMT', Date.UTC(2000, 1, 29)],
    ['Fri, 30 Jun 2017 23:59:60 GMT', Date.UTC(2017, 6, 1)],
  ])('%s is read', (text, expected) => {
    expect(parseHttpDate(text)).toBe(expected);
  });

  it('of two digits is never more than 50 years ahead', () => {
    const year = new Date(parseHttpDate('Monday, 01-Jan-99 00:00:00 GMT') ?? 0).getUTCFullYear();
    expect(year % 100).toBe(99);
    expect(year - new Date().getUTCFullYear()).toBeLessThanOrEqual(50);
  });

  it.each([
    '',
    '0',
    '-1',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 06 Nop 1994 08:49:37 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    '1994-11-06T08:49:37Z',
  ])('%j is none', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
});
