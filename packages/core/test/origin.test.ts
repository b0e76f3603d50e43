import { describe, expect, it } from 'vitest';

import { sameOrigin } from '../src/origin.ts';

const same = (a: string, b: string): boolean => sameOrigin(new URL(a), new URL(b));

describe('sameOrigin', () => {
  it('compares scheme, host and port, and nothing else', () => {
    expect(same('http://a/x?y#z', 'http://u:p@a/other')).toBe(true);
    expect(same('http://a/', 'https://a/')).toBe(false);
    expect(same('http://a/', 'http://b/')).toBe(false);
    expect(same('http://a/', 'http://a:81/')).toBe(false);
  });
  it('knows that a default port is the same as none', () => {
    expect(same('https://a/', 'https://a:443/')).toBe(true);
  });
  it('tells strangers apart whose URL.origin is "null"', () => {
    expect(new URL('own://a/').origin).toBe(new URL('own://b/').origin);
    expect(same('own://a/', 'own://b/')).toBe(false);
    expect(same('own://a/', 'own://a/x')).toBe(true);
    expect(same('own://a:1/', 'own://a:2/')).toBe(false);
  });
});
