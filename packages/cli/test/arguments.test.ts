import { describe, expect, it } from 'vitest';

import { getOptions, readGetArguments, type GetArguments } from '../src/arguments.ts';
import { parseOptions } from '../src/options.ts';

const read = (...words: string[]): GetArguments =>
  readGetArguments(parseOptions(getOptions, words));

describe('arguments of get', () => {
  it.each([
    [['u'], 'GET'],
    [['-I', 'u'], 'HEAD'],
    [['-d', 'x', 'u'], 'POST'],
    [['-T', 'f', 'u'], 'PUT'],
    [['-d', 'x', '-X', 'PATCH', 'u'], 'PATCH'],
  ])('%j asks with %s', (words, verb) => {
    expect(read(...words).verb).toBe(verb);
  });
  it('pair outputs with URLs in their order, and leave the rest to -O or the terminal', () => {
    expect(read('a', 'b', '-o', '1', '-o', '-').targets).toEqual([
      { text: 'a', destination: { kind: 'file', name: '1' } },
      { text: 'b', destination: { kind: 'standard-output' } },
    ]);
    expect(read('a', 'b', '-o', '1', '-O').targets[1]?.destination.kind).toBe('remote-name');
    expect(read('a').targets[0]?.destination.kind).toBe('terminal');
  });
  it('read headers with a value, with an empty one, and the user agent', () => {
    expect(read('-H', 'X-A:  b: c ', '-H', 'X-Empty;', '-A', 'me', 'u').headers).toEqual([
      ['X-A', 'b: c'],
      ['X-Empty', ''],
      ['User-Agent', 'me'],
    ]);
  });
  it.each([
    [['u'], undefined],
    [['--cache', 'u'], { folder: '', offline: false }],
    [['--cache=dir', 'u'], { folder: 'dir', offline: false }],
    [['--offline', 'u'], { folder: '', offline: true }],
    [['--cache=dir', '--offline', 'u'], { folder: 'dir', offline: true }],
    [['--cache', '--no-cache', 'u'], undefined],
  ])('%j chooses the cache %j', (words, choice) => {
    expect(read(...words).cache).toEqual(choice);
  });
  it('cannot be offline without a cache', () => {
    expect(() => read('--offline', '--no-cache', 'u')).toThrow('exclude each other');
  });
  it('know files in data, but not in raw data', () => {
    expect(read('-d', 'a=1', '-d', '@f', 'u').data).toEqual([
      { kind: 'text', value: 'a=1', stripped: false },
      { kind: 'file', value: 'f', stripped: true },
    ]);
    expect(read('--data-raw', '@f', 'u').data[0]).toMatchObject({ kind: 'text', value: '@f' });
    expect(read('--data-binary', '@f', 'u').data[0]).toMatchObject({ stripped: false });
  });
  it('read seconds with a fraction as milliseconds', () => {
    const { totalTimeout, connectTimeout } = read('-m', '1.5', '--connect-timeout', '2', 'u');
    expect([totalTimeout, connectTimeout]).toEqual([1500, 2000]);
  });
  it('read ranges with and without an end', () => {
    expect(read('-r', '2-9', 'u').range).toEqual({ from: 2, to: 9 });
    expect(read('-r', '7-', 'u').range).toEqual({ from: 7 });
  });
  it.each([
    [[]],
    [['-o', 'a', '-o', 'b', 'u']],
    [['-o', '', 'u']],
    [['-H', 'no colon', 'u']],
    [['-H', 'X; y', 'u']],
    [['-X', 'A B', 'u']],
    [['-I', '-d', 'x', 'u']],
    [['-d', 'x', '-T', 'f', 'u']],
    [['-d', 'x', '--data-raw', 'y', 'u']],
    [['-r', '5', 'u']],
    [['-m', '0', 'u']],
    [['-m', 'soon', 'u']],
    [['--max-redirs', '-1', 'u']],
    [['--redirect', 'sometimes', 'u']],
  ])('%j are refused', (words) => {
    expect(() => read(...words)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });
});
