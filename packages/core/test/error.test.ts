import {
  isNetworkErrorCode,
  NetworkError,
  networkErrorCodes,
  withoutUserinfo,
} from '@netaccess/core';
import { describe, expect, it } from 'vitest';

describe('NetworkError', () => {
  it("has every word of Qt's list once", () => {
    expect(new Set(networkErrorCodes).size).toBe(networkErrorCodes.length);
    expect(networkErrorCodes).toHaveLength(31);
  });

  it('keeps the URL without user and password', () => {
    const error = new NetworkError('timeout', 'late', {
      url: new URL('test://me:secret@host/path'),
    });
    expect(error.url?.href).toBe('test://host/path');
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('secret');
  });

  it('is recognised across copies of the package by its brand', async () => {
    const path = `${new URL('../src/error.ts', import.meta.url).href}?copy`;
    const copy: { NetworkError: typeof NetworkError } = await import(path);
    expect(copy.NetworkError).not.toBe(NetworkError);
    expect(NetworkError.is(new copy.NetworkError('timeout', 'late'))).toBe(true);
    expect(NetworkError.is(new Error('no'))).toBe(false);
  });

  it('wraps an error by the code that it carries', () => {
    const thrown = Object.assign(new Error('gone'), { code: 'content-gone', temporary: true });
    const error = NetworkError.from(thrown, new URL('test:x'));
    expect(error).toMatchObject({
      code: 'content-gone',
      temporary: true,
      message: 'gone',
      cause: thrown,
    });
  });

  it('calls a system error unknown, and keeps it as the cause', () => {
    const thrown = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(NetworkError.from(thrown)).toMatchObject({ code: 'unknown-network', cause: thrown });
  });

  it('takes user and password out of a message that quotes the URL', () => {
    const url = new URL('test://me:secret@host/');
    const error = NetworkError.from(new Error(`cannot open ${url.href}`), url);
    expect(error.message).toBe('cannot open test://host/');
  });

  it('keeps no cause that quotes user and password, and finds them in a part of the URL', () => {
    const url = new URL('test://me:secret@host/');
    const thrown = new Error('cannot reach me:secret@host', { cause: 'a reason' });
    const error = NetworkError.from(thrown, url);
    expect(error).toMatchObject({ message: 'cannot reach host', cause: 'a reason' });
    const token = new URL('test://secret@host/');
    expect(NetworkError.from(new Error(`no ${token.href}`), token).message).toBe('no test://host/');
    const located = NetworkError.from(new NetworkError('timeout', thrown.message), url);
    expect(`${located.message} ${located.stack}`).not.toContain('secret');
  });

  it('keeps the URL that an error has already, and takes out a user alone', () => {
    const first = new NetworkError('timeout', 'late', { url: new URL('test://me@first/') });
    expect(first.url?.href).toBe('test://first/');
    expect(NetworkError.from(first, new URL('test://second/'))).toBe(first);
  });

  it('wraps whatever is thrown, an error of another realm too', () => {
    const stranger = { message: 'gone', code: 'content-gone' };
    expect(NetworkError.from(stranger)).toMatchObject({ code: 'content-gone', message: 'gone' });
    for (const thrown of [Object.create(null), Symbol('x'), null, undefined, 'words']) {
      expect(NetworkError.from(thrown)).toMatchObject({ code: 'unknown-network' });
    }
    expect(NetworkError.is(null)).toBe(false);
  });

  it('tells codes of the list from others', () => {
    expect(isNetworkErrorCode('timeout')).toBe(true);
    expect(isNetworkErrorCode('ETIMEDOUT')).toBe(false);
  });
});

describe('withoutUserinfo', () => {
  it('gives the same object when there is nothing to take out', () => {
    const url = new URL('test://host/');
    expect(withoutUserinfo(url)).toBe(url);
  });
});
