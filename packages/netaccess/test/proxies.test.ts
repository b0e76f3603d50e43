import { NetworkError } from '@netaccess/core';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { proxiesOf } from '../src/proxies.ts';

const url = new URL('http://host/');

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the choice of proxies', () => {
  it('is none unless there is another, whatever the environment says', () => {
    vi.stubEnv('http_proxy', 'http://proxy:1');
    expect(proxiesOf(undefined)).toBeUndefined();
    expect(proxiesOf('none')).toBeUndefined();
  });
  it('can be one for all', () => {
    expect(proxiesOf('socks5://proxy:1')?.(url).map(String)).toEqual(['socks5://proxy:1']);
    expect(proxiesOf(new URL('http://proxy:1'))?.(url).map(String)).toEqual(['http://proxy:1/']);
  });
  it('can be a function', () => {
    const candidates = (): readonly URL[] => [new URL('direct:')];
    expect(proxiesOf(candidates)).toBe(candidates);
  });
  it('can be the environment’s', () => {
    vi.stubEnv('http_proxy', 'http://proxy:1');
    vi.stubEnv('no_proxy', 'near');
    const candidates = proxiesOf('environment');
    expect(candidates?.(url).map(String)).toEqual(['http://proxy:1/']);
    expect(candidates?.(new URL('http://near/'))).toEqual([]);
  });
  it('is refused, without being quoted, when it is no URL', () => {
    expect(() => proxiesOf('//ann:secret@[')).toThrow(NetworkError);
    expect(() => proxiesOf('//ann:secret@[')).not.toThrow(/secret/);
  });
});
