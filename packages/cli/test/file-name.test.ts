import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fileNameOf } from '../src/file-name.ts';

describe('file names from URLs', () => {
  it.each([
    ['http://h/a/b.iso?x=1#y', 'b.iso'],
    ['http://h/na%20me.txt', 'na me.txt'],
    ['http://h/%C3%BC', 'ü'],
    ['data:,name', ',name'],
    ['http://h/.hidden', '.hidden'],
  ])('%s gives %s', (url, name) => {
    expect(fileNameOf(new URL(url))).toBe(name);
  });
  it.each([
    'http://h/',
    'http://h/dir/',
    'http://h/a/..%2F..%2Fetc%2Fpasswd',
    'http://h/%2e%2e',
    'http://h/x/%2e',
    'http://h/%2E%2E%2E',
    'http://h/a%5Cb',
    'http://h/a%00b',
    'http://h/a%0Ab',
    'http://h/a%1B%5B2J',
    'http://h/a%E2%80%AEgpj.exe',
    'http://h/C%3Ax',
    'http://h/nul',
    'http://h/COM1.txt',
    'http://h/name%20',
    'http://h/name.',
    'http://h/%FF',
    'http://h/%',
    `http://h/${'x'.repeat(256)}`,
    `http://h/${'%C3%BC'.repeat(128)}`,
  ])('%s gives none', (url) => {
    expect(fileNameOf(new URL(url))).toBeUndefined();
  });
  it('never leave the folder, whatever the URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const name = fileNameOf(new URL(`http://h/${encodeURIComponent(text)}`));
        return name === undefined || (!/[/\\\0]/.test(name) && name !== '.' && name !== '..');
      }),
    );
  });
});
