import type { HeaderEntry, Operation } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { readRedirect, unparseable } from '../src/redirect.ts';

const base = new URL('http://host/a/b?c#d');

function redirected(location: string, status = 302): string | undefined {
  const redirect = readRedirect(status, [['Location', location]], { url: base, operation: 'get' });
  if (redirect === unparseable) return 'unparseable';
  return redirect?.url.href;
}

describe('a redirect', () => {
  it.each([
    ['http://other/x#y', 'http://other/x#y'],
    ['//other/x', 'http://other/x#d'],
    ['/x?y', 'http://host/x?y#d'],
    ['x', 'http://host/a/x#d'],
    ['../x', 'http://host/x#d'],
    ['?x', 'http://host/a/b?x#d'],
    ['#x', 'http://host/a/b?c#x'],
    ['#', 'http://host/a/b?c#'],
    ['', 'http://host/a/b?c#d'],
    ['/x#', 'http://host/x#'],
    ['ftp://other/x', 'ftp://other/x#d'],
    ['/a b', 'http://host/a%20b#d'],
    ['/\xc3\xa9', 'http://host/%C3%A9#d'],
    ['/\xe9', 'http://host/%E9#d'],
    ['http://\xc3\xa9.example/', 'http://xn--9ca.example/#d'],
    ['http://[', 'unparseable'],
    ['http://host:99999/', 'unparseable'],
    ['http://\xe9.example/\xe9?', 'unparseable'],
  ])('to %j leads to %s', (location, url) => {
    expect(redirected(location)).toBe(url);
  });

  it('needs a status that redirects, and a Location', () => {
    for (const status of [200, 201, 300, 304, 305, 306, 400, 404])
      expect(redirected('/x', status)).toBeUndefined();
    expect(readRedirect(302, [['X', 'y']], { url: base, operation: 'get' })).toBeUndefined();
  });

  it('cannot be two at once, but may be told twice', () => {
    const fields = (second: string): HeaderEntry[] => [
      ['Location', '/x'],
      ['location', second],
    ];
    const asked = { url: base, operation: 'get' } as const;
    expect(readRedirect(302, fields('/y'), asked)).toBe(unparseable);
    expect(readRedirect(302, fields('/x'), asked)).toMatchObject({
      url: new URL('http://host/x#d'),
    });
  });

  it.each([
    [301, { get: true, head: true, put: true, post: false, delete: true, custom: true }],
    [302, { get: true, head: true, put: true, post: false, delete: true, custom: true }],
    [303, { get: true, head: true, put: false, post: false, delete: false, custom: false }],
    [307, { get: true, head: true, put: true, post: true, delete: true, custom: true }],
    [308, { get: true, head: true, put: true, post: true, delete: true, custom: true }],
  ])('by %i keeps the operation or makes it a get', (status, expected) => {
    const kept = Object.keys(expected).map((operation) => {
      const asked = { url: base, operation: operation as Operation };
      const redirect = readRedirect(status, [['Location', '/x']], asked);
      return [operation, redirect === unparseable ? undefined : redirect?.keepOperation];
    });
    expect(Object.fromEntries(kept)).toEqual(expected);
  });
});
