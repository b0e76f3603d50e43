import { describe, expect, it } from 'vitest';

import { describeOptions, parseOptions, UsageError, type Option } from '../src/options.ts';

const options: Option[] = [
  { letter: 'o', name: 'output', value: 'FILE', help: 'write there' },
  { letter: 's', name: 'silent', help: 'say nothing' },
  { letter: 'H', name: 'header', value: 'LINE', help: 'send this' },
  { name: 'long', value: 'X', help: 'no letter' },
  { name: 'maybe', value: 'DIR', optional: true, help: 'with or without' },
];
const parse = (...words: string[]) => parseOptions(options, words);

describe('options', () => {
  it.each([
    [['-o', 'f']],
    [['-of']],
    [['--output', 'f']],
    [['--output=f']],
    [['-sof']],
    [['-so', 'f']],
  ])('%j gives the output a value', (words) => {
    expect(parse(...words).last('output')).toBe('f');
  });
  it('take values that look like options, as curl does', () => {
    const parsed = parse('-H', '-x: 1', '--long', '--', '-o', '-');
    expect(parsed.last('header')).toBe('-x: 1');
    expect(parsed.last('long')).toBe('--');
    expect(parsed.last('output')).toBe('-');
  });
  it('keep every value of one that is repeated, and what stands between in order', () => {
    const parsed = parse('a', '-H', '1', 'b', '--header=2=3', '-', '--', '-s', '--x');
    expect(parsed.all('header')).toEqual(['1', '2=3']);
    expect(parsed.operands).toEqual(['a', 'b', '-', '-s', '--x']);
    expect(parsed.has('silent')).toBe(false);
  });
  it.each([
    [['--nonsense'], '--nonsense is not known'],
    [['-sZ'], '-Z is not known'],
    [['-o'], '--output needs FILE'],
    [['--silent=1'], '--silent takes no value'],
  ])('%j is refused', (words, message) => {
    expect(() => parse(...words)).toThrow(new UsageError(message));
  });
  it('take a value that may be left out only after "="', () => {
    const parsed = parse('--maybe', 'a', '--maybe=b', '--maybe=');
    expect(parsed.all('maybe')).toEqual(['', 'b', '']);
    expect(parsed.operands).toEqual(['a']);
    expect(parse('--maybe').has('maybe')).toBe(true);
  });
  it('describe themselves', () => {
    const lines = describeOptions(options).split('\n');
    expect(lines[0]).toMatch(/^ {2}-o, --output FILE\s+write there$/);
    expect(lines[3]).toMatch(/^ {6}--long X\s+no letter$/);
    expect(lines[4]).toMatch(/^ {6}--maybe\[=DIR\]\s+with or without$/);
  });
});
