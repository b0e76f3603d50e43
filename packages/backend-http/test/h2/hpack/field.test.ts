import { describe, expect, it } from 'vitest';

import { HpackDecoder } from '../../../src/h2/hpack/decoder.ts';
import { HpackEncoder } from '../../../src/h2/hpack/encoder.ts';
import { fieldFault } from '../../../src/h2/hpack/field.ts';
import { blockOf, fieldsOf, roomy } from './fixtures/blocks.ts';

/** What the decoder says of a field that comes as a literal, as an entry, and as an entry again. */
function faultsOf(name: string, value: string, huffman: boolean): (string | undefined)[] {
  const block = blockOf(new HpackEncoder({ tableBytes: 4096, huffman }), [
    [name, value],
    [name, value],
    [name, 'other'],
    [name, value],
  ]);
  const fields = fieldsOf(new HpackDecoder(roomy), block);
  return fields.filter((field) => field.value === value).map(({ fault }) => fault);
}

const names = [
  ['an upper-case letter', 'X-a'],
  ['a blank', 'x a'],
  ['a line end', 'x\na'],
  ['a NUL', 'x\0a'],
  ['a colon within', 'x:a'],
  ['a colon after the first one', ':status:'],
  ['what is beyond ASCII', 'x\xe9'],
  ['a delimiter', 'x(a)'],
  ['DEL', 'x\x7f'],
  ['nothing', ''],
  ['nothing but a colon', ':'],
];
const values = [
  ['a line end', 'a\nb'],
  ['a carriage return', 'a\rb'],
  ['a NUL', 'a\0b'],
  ['an escape', 'a\x1bb'],
  ['DEL', 'a\x7f'],
  ['a blank in front', ' a'],
  ['a blank behind', 'a '],
  ['a tab in front', '\ta'],
  ['a tab behind', 'a\t'],
  ['nothing but a blank', ' '],
];
const whole = [
  ['connection', 'close'],
  ['keep-alive', 'timeout=5'],
  ['proxy-connection', 'close'],
  ['transfer-encoding', 'chunked'],
  ['upgrade', 'h2c'],
  ['te', 'gzip'],
];

/** What is wrong with a field to be sent, if all that comes as such a field has the same fault. */
function faultOf(name: string, value: string): string | undefined {
  const fault = fieldFault(name, value);
  for (const huffman of [true, false])
    expect(faultsOf(name, value, huffman)).toEqual([fault, fault, fault]);
  return fault;
}

describe('RFC 9113 §8.2 allows no', () => {
  it.each(names)('name with %s', (_, name) => {
    expect(faultOf(name ?? '', 'a')).toContain('field name');
  });

  it.each(values)('value with %s', (_, value) => {
    expect(faultOf('x-a', value ?? '')).toContain('value of x-a');
  });

  it.each(whole)('%s: %s', (name, value) => {
    expect(faultOf(name ?? '', value ?? '')).toContain(name);
  });
});

describe('RFC 9113 §8.2 allows', () => {
  it.each([
    [':status', '200'],
    ['x-a', ''],
    ['x-a', 'caf\xe9'],
    ['x-a', 'a\tb c'],
    ["!#$%&'*+-.^_`|~09az", '!"(),/:;<=>?@[\\]{}'],
    ['te', 'trailers'],
  ])('%s: %s', (name, value) => {
    expect(faultOf(name ?? '', value ?? '')).toBeUndefined();
  });
});

describe('a field to be sent', () => {
  it('has no character that is more than a byte', () => {
    expect(fieldFault('x-a', '\u0100')).toContain('forbidden character');
    expect(fieldFault('x-a', '\u010d\u010a')).toContain('forbidden character');
    expect(fieldFault('x-\u0161', 'a')).toContain('field name');
  });
});
