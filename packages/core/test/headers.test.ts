import { describe, expect, it } from 'vitest';

import type { HeaderEntry, Request } from '../src/contract.ts';
import { NetworkError } from '../src/error.ts';
import {
  checkHeaders,
  hasHeader,
  headerValue,
  headerValues,
  withHeader,
  withoutHeaders,
} from '../src/headers.ts';

const entries: readonly HeaderEntry[] = [
  ['Accept', 'text/plain'],
  ['X-Two', 'one'],
  ['x-two', 'two'],
  ['Empty', ''],
];

function request(headers: readonly HeaderEntry[]): Request {
  return {
    operation: 'get',
    url: new URL('test://host/'),
    headers,
    attributes: {},
    originAttributes: {},
  };
}

function refused(name: string, value: string): NetworkError {
  try {
    checkHeaders([[name, value]]);
  } catch (error) {
    if (NetworkError.is(error)) return error;
  }
  throw new Error(`${JSON.stringify([name, value])} was accepted`);
}

describe('reading headers', () => {
  it('finds names whatever their case', () => {
    expect(headerValue(entries, 'ACCEPT')).toBe('text/plain');
    expect(hasHeader(entries, 'accept')).toBe(true);
    expect(hasHeader(entries, 'accep')).toBe(false);
  });
  it('joins the values of one name, or lists them', () => {
    expect(headerValue(entries, 'X-Two')).toBe('one, two');
    expect(headerValues(entries, 'X-TWO')).toEqual(['one', 'two']);
  });
  it('tells an empty value from none', () => {
    expect(headerValue(entries, 'empty')).toBe('');
    expect(hasHeader(entries, 'empty')).toBe(true);
    expect(headerValue(entries, 'none')).toBeUndefined();
    expect(headerValues(entries, 'none')).toEqual([]);
  });
  it('takes a request or a reply as well as entries', () => {
    expect(headerValue(request(entries), 'accept')).toBe('text/plain');
    expect(hasHeader({ headers: new Map([['etag', '"1"']]) }, 'ETag')).toBe(true);
  });
});

describe('changing headers', () => {
  it('puts the new value where the first of its name was', () => {
    const changed = withHeader(request(entries), 'X-TWO', 'three');
    expect(changed.headers).toEqual([
      ['Accept', 'text/plain'],
      ['X-TWO', 'three'],
      ['Empty', ''],
    ]);
  });
  it('appends a new name and leaves the first request as it was', () => {
    const first = request(entries);
    expect(withHeader(first, 'New', ' a ').headers.at(-1)).toEqual(['New', 'a']);
    expect(first.headers).toEqual(entries);
  });
  it('refuses what could not be sent', () => {
    expect(() => withHeader(request([]), 'a', 'b\r\nc: d')).toThrow(NetworkError);
  });
  it('takes names out, and gives the same request back when there was none', () => {
    const first = request(entries);
    expect(withoutHeaders(first, ['x-TWO', 'accept']).headers).toEqual([['Empty', '']]);
    expect(withoutHeaders(first, ['cookie'])).toBe(first);
  });
});

describe('checking headers', () => {
  it('gives the same entries back when nothing is to be trimmed', () => {
    expect(checkHeaders(entries)).toBe(entries);
  });
  it('takes blanks off both ends of a value and nothing from between', () => {
    expect(checkHeaders([['a', ' \tx \t y\t ']])).toEqual([['a', 'x \t y']]);
    expect(checkHeaders([['a', ' \t ']])).toEqual([['a', '']]);
  });
  it.each(['', ' ', 'a b', 'a:', 'ü', 'a\n', 'a\0', '(a)'])('refuses the name %j', (name) => {
    expect(refused(name, 'x').code).toBe('protocol-invalid-operation');
  });
  it.each(['\r', '\n', '\0', '\u{7f}', '\u{1}', 'Ā', '😀', 'a\r\nb: c', 'a\n', '\ra'])(
    'refuses the value %j and does not quote it',
    (value) => {
      const error = refused('Secret', `sesame${value}`);
      expect(error.code).toBe('protocol-invalid-operation');
      expect(error.message).toContain('Secret');
      expect(error.message).not.toContain('sesame');
    },
  );
  it('names the character that is in the way', () => {
    expect(refused('a', 'x\ny').message).toContain('U+000A');
    expect(refused('a', 'x😀').message).toContain('U+1F600');
  });
  it('accepts the bytes above ASCII and every token character', () => {
    expect(checkHeaders([["!#$%&'*+-.^_`|~aZ09", 'caf\u{e9}\u{80}\u{ff}']])).toHaveLength(1);
  });
  it('refuses what is no pair of strings', () => {
    const odd: HeaderEntry[] = JSON.parse('[["a", 5], "ab", ["a"], null, ["a", "b", "c"]]');
    for (const entry of odd) expect(() => checkHeaders([entry])).toThrow(NetworkError);
  });
});
