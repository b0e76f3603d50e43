import { bytesUpload, NetworkError, type Credentials } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { intentOf, newRequest, parsedUrl } from '../src/new-request.ts';
import type { RequestOptions } from '../src/request-options.ts';

const get = (options?: RequestOptions) => newRequest({ operation: 'get' }, 'test://host/', options);

function failure(run: () => unknown): NetworkError {
  try {
    run();
  } catch (error) {
    if (NetworkError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

describe('a request', () => {
  it('is made of a URL alone', () => {
    expect(get()).toEqual({
      operation: 'get',
      url: new URL('test://host/'),
      headers: [],
      attributes: {},
      originAttributes: {},
    });
  });
  it('has a URL of its own, which the caller can no longer change', () => {
    const url = new URL('test://host/');
    const request = newRequest({ operation: 'get' }, url);
    url.pathname = '/other';
    expect(request.url.href).toBe('test://host/');
  });
  it.each<[string, RequestOptions['headers']]>([
    ['pairs', [['X-A', '1']]],
    ['an object', { 'X-A': '1' }],
    ['a map', new Map([['X-A', '1']])],
    ['the platform’s Headers', new Headers([['X-A', '1']])],
  ])('takes headers as %s', (_kind, headers) => {
    expect(get({ headers }).headers.map(([name, value]) => [name.toLowerCase(), value])).toEqual([
      ['x-a', '1'],
    ]);
  });
  it('refuses headers that are no pairs', () => {
    const error = failure(() => get({ headers: [['a']] }));
    expect(error.code).toBe('protocol-invalid-operation');
  });
  it('carries what the options say in the attributes', () => {
    const onProgress = (): void => {};
    const credentials: Credentials = { user: 'u', password: 'p' };
    const { signal } = new AbortController();
    const request = get({
      attributes: { range: { from: 1 } },
      originAttributes: { unixSocket: '/s' },
      credentials,
      onProgress,
      timeouts: { idle: 1 },
      redirect: 'manual',
      signal,
    });
    expect(request).toMatchObject({
      attributes: { range: { from: 1 }, onProgress, timeouts: { idle: 1 }, redirect: 'manual' },
      originAttributes: { unixSocket: '/s', credentials },
      signal,
    });
  });
  it('carries the caller’s attributes as they are when nothing is added', () => {
    const attributes = { range: { from: 1 } };
    expect(get({ attributes }).attributes).toBe(attributes);
  });
  it('states the type that its body has by itself', () => {
    expect(get({ body: 'x' }).headers).toEqual([['content-type', 'text/plain;charset=UTF-8']]);
    expect(get({ body: new Uint8Array(1) }).headers).toEqual([]);
  });
  it('lets the caller state another type', () => {
    const headers = [['Content-Type', 'text/html']] as const;
    expect(get({ body: 'x', headers }).headers).toEqual(headers);
  });
  it('takes an upload as it is', () => {
    const upload = bytesUpload('x');
    expect(get({ body: upload }).upload).toBe(upload);
  });
});

describe('a URL', () => {
  it.each(['', '/path', '//host/', 'http://[', 'no scheme'])(
    'that is %j is refused with a code',
    (text) => {
      expect(failure(() => parsedUrl(text)).code).toBe('protocol-unknown');
    },
  );
  it('that is none is not quoted with its password, nor at any length', () => {
    const error = failure(() => parsedUrl(`http://ann:secret@[${'x'.repeat(5000)}`));
    expect(error.message).not.toContain('secret');
    expect(error.message.length).toBeLessThan(300);
  });
});

describe('a verb', () => {
  it.each(['GET', 'get', 'HEAD', 'Put', 'post', 'DELETE'])(
    '%s is an operation, whatever its case',
    (verb) => {
      expect(intentOf(verb)).toEqual({ operation: verb.toLowerCase() });
    },
  );
  it('of its own stays as it is', () => {
    expect(intentOf('PropFind')).toEqual({ operation: 'custom', customVerb: 'PropFind' });
  });
  it.each(['', 'A B', 'A\r\nB', 'Ü', 'A/B'])('%j is refused', (verb) => {
    expect(failure(() => intentOf(verb)).code).toBe('protocol-invalid-operation');
  });
});
