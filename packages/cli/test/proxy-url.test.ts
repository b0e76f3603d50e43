import { describe, expect, it } from 'vitest';

import { proxyUrl } from '../src/proxy-url.ts';

describe('-x', () => {
  it.each([
    ['host', 'http://host:1080/'],
    ['host:3128', 'http://host:3128/'],
    ['http://host:80', 'http://host/'],
    ['HTTP://u:p@host:1', 'http://u:p@host:1/'],
    ['[::1]:8', 'http://[::1]:8/'],
    ['socks5h://host', 'socks5://host:1080'],
  ])('%s is %s', (text, url) => {
    expect(proxyUrl(text).href).toBe(url);
  });
  it.each(['ftp://host', 'http://', 'a b', 'socks4://h'])('%s is refused', (text) => {
    expect(() => proxyUrl(text)).toThrow(/^-x: /);
  });
});
