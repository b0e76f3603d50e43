import type { HeaderEntry } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { fitsIfRange, strongValidator } from '../src/validator.ts';

const modified = 'Sun, 06 Nov 1994 08:49:37 GMT';
const later = 'Sun, 06 Nov 1994 08:49:38 GMT';

describe('the validator of a reply', () => {
  it.each<[string, HeaderEntry[], string | undefined]>([
    [
      'its strong tag',
      [
        ['ETag', '"a"'],
        ['Last-Modified', modified],
        ['Date', later],
      ],
      '"a"',
    ],
    ['an empty tag', [['etag', '""']], '""'],
    [
      'its date when it was sent a second later',
      [
        ['Last-Modified', modified],
        ['Date', later],
      ],
      modified,
    ],
    [
      'its date beside a weak tag',
      [
        ['ETag', 'W/"a"'],
        ['Last-Modified', modified],
        ['Date', later],
      ],
      modified,
    ],
    ['nothing, for a weak tag', [['ETag', 'W/"a"']], undefined],
    ['nothing, for a tag without quotes', [['ETag', 'a']], undefined],
    [
      'nothing, for two tags',
      [
        ['ETag', '"a"'],
        ['ETag', '"b"'],
      ],
      undefined,
    ],
    [
      'nothing, for a date of the same second',
      [
        ['Last-Modified', modified],
        ['Date', modified],
      ],
      undefined,
    ],
    ['nothing, for a date without another', [['Last-Modified', modified]], undefined],
    [
      'nothing, for a date that is none',
      [
        ['Last-Modified', 'yesterday'],
        ['Date', later],
      ],
      undefined,
    ],
    ['nothing, for nothing', [], undefined],
  ])('is %s', (_what, fields, validator) => {
    expect(strongValidator(fields)).toBe(validator);
  });

  it('can be asked about when it is a strong tag or a date', () => {
    expect(['"a"', modified, 'W/"a"', 'a', ''].map((text) => fitsIfRange(text))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
