import { describe, expect, it } from 'vitest';

import { expandLabel } from '../../src/alerts/key-schedule.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('the key schedule of TLS 1.3', () => {
  it('makes the keys of RFC 8448 §3 from its server handshake traffic secret', () => {
    const secret = bytes(
      'b6 7b 7d 69 0c c1 6c 4e 75 e5 42 13 cb 2d 37 b4 e9 c9 12 bc de d9 10 5d 42 be fd 59 d3 91 ad 38',
    );
    const key = bytes('3f ce 51 60 09 c2 17 27 d0 f2 e4 e8 6e e4 03 bc');
    const iv = bytes('5d 31 3e b2 67 12 76 ee 13 00 0b 30');
    expect(expandLabel('sha256', secret, 'key', 16)).toEqual(key);
    expect(expandLabel('sha256', secret, 'iv', 12)).toEqual(iv);
  });
});
