import { isIP } from 'node:net';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseAddress, sharePrefix } from '../src/ip-address.ts';

describe('an IP address as text', () => {
  it('is read into its bytes', () => {
    expect([...(parseAddress('192.0.2.1')?.bytes ?? [])]).toEqual([192, 0, 2, 1]);
    expect([...(parseAddress('::1')?.bytes ?? [])]).toEqual([...Array(15).fill(0), 1]);
    expect(parseAddress('::ffff:192.0.2.1')?.bytes.subarray(10)).toEqual(
      Uint8Array.of(255, 255, 192, 0, 2, 1),
    );
    expect(parseAddress('fe80::1%eth0')?.family).toBe(6);
  });

  it('is what Node takes for one', () => {
    const part = fc.constantFrom(
      '0',
      '1',
      '12',
      '255',
      '256',
      'ffff',
      'fffff',
      'g',
      '',
      '1.2.3.4',
      '%1',
    );
    const text = fc
      .tuple(fc.array(part, { maxLength: 10 }), fc.constantFrom('.', ':', '::'))
      .map(([parts, between]) => parts.join(between));
    const address = fc.oneof(text, fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, (candidate) => {
        fc.pre(!candidate.includes('%'));
        expect(parseAddress(candidate)?.family ?? 0).toBe(isIP(candidate));
      }),
      { numRuns: 1000 },
    );
  });

  it('shares prefixes by bits', () => {
    const share = (one: string, other: string, bits: number): boolean => {
      const [a, b] = [parseAddress(one), parseAddress(other)];
      return a !== undefined && b !== undefined && sharePrefix(a, b, bits);
    };
    expect(share('10.0.0.0', '10.255.0.1', 8)).toBe(true);
    expect(share('10.0.0.0', '11.0.0.0', 8)).toBe(false);
    expect(share('10.0.0.0', '11.0.0.0', 7)).toBe(true);
    expect(share('2001:db8::', '2001:db8:8000::', 33)).toBe(false);
    expect(share('2001:db8::', '2001:db8:8000::', 32)).toBe(true);
    expect(share('::', '0.0.0.0', 0)).toBe(false);
  });
});
