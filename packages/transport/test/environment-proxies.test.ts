import { describe, expect, it } from 'vitest';

import { environmentProxies } from '../src/index.ts';

function proxyFor(environment: Record<string, string>, url: string): string | undefined {
  const [proxy, ...more] = environmentProxies(environment)(new URL(url));
  expect(more).toEqual([]);
  return proxy?.href;
}

describe('the proxy that the environment names', () => {
  it('is that of the scheme, in lower case before upper case', () => {
    const environment = {
      https_proxy: 'http://low:1',
      HTTPS_PROXY: 'http://up:2',
      http_proxy: 'http://h:3',
    };
    expect(proxyFor(environment, 'https://host/')).toBe('http://low:1/');
    expect(proxyFor(environment, 'http://host/')).toBe('http://h:3/');
    expect(proxyFor({ HTTPS_PROXY: 'http://up:2' }, 'https://host/')).toBe('http://up:2/');
    expect(proxyFor({ FTP_PROXY: 'http://f:2' }, 'ftp://host/')).toBe('http://f:2/');
  });

  it('is never HTTP_PROXY, which a caller of a server program can set', () => {
    expect(proxyFor({ HTTP_PROXY: 'http://evil:1' }, 'http://host/')).toBeUndefined();
  });

  it('is that for all when the scheme has none, and empty means unset', () => {
    const environment = { http_proxy: '', all_proxy: 'socks5://all:1', ALL_PROXY: 'http://up:1' };
    expect(proxyFor(environment, 'http://host/')).toBe('socks5://all:1');
    expect(proxyFor({ all_proxy: '', ALL_PROXY: 'http://up:1' }, 'ftp://host/')).toBe(
      'http://up:1/',
    );
    expect(proxyFor({}, 'http://host/')).toBeUndefined();
  });

  it('is an HTTP proxy without a scheme, on port 1080 without a port', () => {
    expect(proxyFor({ http_proxy: 'proxy.test:3128' }, 'http://h/')).toBe(
      'http://proxy.test:3128/',
    );
    expect(proxyFor({ http_proxy: 'proxy.test' }, 'http://h/')).toBe('http://proxy.test:1080/');
    expect(proxyFor({ http_proxy: 'u:p@[::1]' }, 'http://h/')).toBe('http://u:p@[::1]:1080/');
    expect(proxyFor({ http_proxy: 'http://proxy.test:80' }, 'http://h/')).toBe(
      'http://proxy.test/',
    );
    expect(proxyFor({ http_proxy: 'socks5h://proxy.test' }, 'http://h/')).toBe(
      'socks5h://proxy.test:1080',
    );
  });

  it('is an error that names the variable, and not its secrets, where it is no URL', () => {
    const proxies = environmentProxies({ all_proxy: 'http://user:secret@:80:' });
    expect(() => proxies(new URL('http://host/'))).toThrow(
      expect.objectContaining({
        code: 'unknown-proxy',
        message: expect.stringMatching(/^(?!.*secret).*all_proxy/u),
      }),
    );
  });

  it.each([
    ['*', 'http://anything.test/', true],
    ['example.test', 'http://example.test/', true],
    ['example.test', 'http://EXAMPLE.test./', true],
    ['example.test', 'http://www.example.test/', true],
    ['example.test', 'http://notexample.test/', false],
    ['example.test', 'http://example.test.evil/', false],
    ['.example.test', 'http://example.test/', true],
    ['.example.test.', 'http://a.b.example.test/', true],
    ['a.test, b.test c.test', 'http://c.test/', true],
    ['a.test,b.test', 'http://b.test/', true],
    ['example.test:8080', 'http://example.test:8080/', true],
    ['example.test:8080', 'http://example.test/', false],
    ['example.test:80', 'http://example.test/', true],
    ['example.test:443', 'https://www.example.test/', true],
    ['127.0.0.1', 'http://127.0.0.1:99/', true],
    ['127.0.0.1:99', 'http://127.0.0.1:99/', true],
    ['127.0.0.1:98', 'http://127.0.0.1:99/', false],
    ['127.0.0.1', 'http://127.0.0.2/', false],
    ['27.0.0.1', 'http://127.0.0.1/', false],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['10.0.0.0/', 'http://10.0.0.0/', false],
    ['10.0.0.0/33', 'http://10.0.0.0/', false],
    ['10.0.0.0/8', 'http://10.example.test/', false],
    ['::1', 'http://[::1]/', true],
    ['[::1]', 'http://[::1]:8080/', true],
    ['[::1]:80', 'http://[::1]:8080/', false],
    ['2001:db8::/32', 'http://[2001:db8:1::1]/', true],
    ['2001:db8::/32', 'http://[2001:db9::1]/', false],
    ['localhost', 'http://localhost/', true],
    ['', 'http://localhost/', false],
    ['', 'http://127.0.0.1/', false],
    [' , ,', 'http://host/', false],
    ['.', 'http://host/', false],
  ])('with no_proxy "%s" leaves out %s: %s', (list, url, exempt) => {
    const environment = { all_proxy: 'http://proxy.test:1', no_proxy: list };
    expect(proxyFor(environment, url) === undefined).toBe(exempt);
  });

  it('heeds NO_PROXY where no_proxy is unset or empty', () => {
    const environment = { all_proxy: 'http://proxy.test:1', NO_PROXY: 'a.test' };
    expect(proxyFor(environment, 'http://a.test/')).toBeUndefined();
    expect(proxyFor({ ...environment, no_proxy: '' }, 'http://a.test/')).toBeUndefined();
    expect(proxyFor({ ...environment, no_proxy: 'b.test' }, 'http://a.test/')).toBeDefined();
  });

  it('is none for URLs without a host', () => {
    expect(proxyFor({ all_proxy: 'http://proxy.test:1' }, 'data:,x')).toBeUndefined();
  });
});
