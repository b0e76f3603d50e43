import { describe, expect, it } from 'vitest';

import { cacheFolder, defaultCacheFolder } from '../src/cache-folder.ts';

describe('the folder of the cache', () => {
  it.each([
    ['linux', { XDG_CACHE_HOME: '/xdg' }, '/xdg/netaccess'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/users/me/.cache/netaccess'],
    ['linux', { XDG_CACHE_HOME: '' }, '/users/me/.cache/netaccess'],
    ['freebsd', {}, '/users/me/.cache/netaccess'],
    ['darwin', { XDG_CACHE_HOME: '/xdg' }, '/users/me/Library/Caches/netaccess'],
  ])('on %s with %j is %s', (platform, environment, expected) => {
    expect(defaultCacheFolder({ platform, environment, home: '/users/me' })).toBe(expected);
  });
  it.each([
    [{ LOCALAPPDATA: String.raw`D:\local` }, String.raw`D:\local\netaccess\Cache`],
    [{}, String.raw`C:\me\AppData\Local\netaccess\Cache`],
  ])('on Windows with %j is %s', (environment, expected) => {
    const home = String.raw`C:\me`;
    expect(defaultCacheFolder({ platform: 'win32', environment, home })).toBe(expected);
  });
  it('is the named one where one is named', () => {
    expect(cacheFolder('/named')).toBe('/named');
    expect(cacheFolder('')).toBe(cacheFolder(undefined));
  });
});
