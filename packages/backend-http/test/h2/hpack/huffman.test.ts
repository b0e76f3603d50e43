import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { HuffmanDecoder } from '../../../src/h2/hpack/huffman-decoder.ts';
import { huffmanBytes, writeHuffman } from '../../../src/h2/hpack/huffman-encoder.ts';
import { unlessMalformed } from './fixtures/blocks.ts';
import { codeTexts, slowDecode, slowEncode } from './fixtures/huffman-table.ts';

const decoder = new HuffmanDecoder();
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const text = fc.oneof(anyText, fc.string({ maxLength: 100 }));

function decode(bytes: Uint8Array): string | undefined {
  return unlessMalformed(() => {
    decoder.decode(bytes, 0, bytes.length);
    return decoder.bytes.toString('latin1', 0, decoder.length);
  });
}

function encode(value: string): Uint8Array {
  const bytes = new Uint8Array(value.length * 4 + 8);
  return bytes.subarray(0, writeHuffman(bytes, 0, value));
}

describe('the Huffman code', () => {
  it('is that of the standard for each character, before and after others', () => {
    for (let code = 0; code < 256; code += 1) {
      for (const value of [0, 1, 2, 3, 4, 5, 6, 7].map(
        (count) => 'a'.repeat(count) + String.fromCharCode(code) + '0',
      )) {
        expect(encode(value)).toEqual(slowEncode(value));
        expect(decode(encode(value))).toBe(value);
      }
    }
    expect(codeTexts).toHaveLength(257);
  });

  it('encodes as a slow reference does, and knows the length before', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(encode(value)).toEqual(slowEncode(value));
        expect(huffmanBytes(value)).toBe(slowEncode(value).length);
      }),
      { numRuns: 500 },
    );
  });

  it('decodes whatever comes as a slow reference does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        expect(decode(bytes)).toBe(slowDecode(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('decodes what ends, or is changed, anywhere as a slow reference does', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(255), (value, place, change) => {
        const bytes = slowEncode(value);
        const at = bytes.length === 0 ? 0 : place % bytes.length;
        expect(decode(bytes.subarray(0, at))).toBe(slowDecode(bytes.subarray(0, at)));
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(decode(bytes)).toBe(slowDecode(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('decodes long texts, and short ones after them', () => {
    const long = 'The quick brown fox. '.repeat(5000);
    expect(decode(encode(long))).toBe(long);
    expect(decode(encode('0'))).toBe('0');
  });
});
