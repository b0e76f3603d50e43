import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { HpackDecoder } from '../../../src/h2/hpack/decoder.ts';
import { HpackEncoder } from '../../../src/h2/hpack/encoder.ts';
import type { DecodedField } from '../../../src/h2/hpack/field.ts';
import {
  blockOf,
  bytesOf,
  entriesOf,
  fieldsOf,
  roomy,
  unlessMalformed,
} from './fixtures/blocks.ts';

function decoderOf(options: Partial<typeof roomy> = {}): HpackDecoder {
  return new HpackDecoder({ ...roomy, ...options });
}

describe('the HPACK decoder refuses', () => {
  it.each([
    ['the index 0', '80', 'index 0'],
    ['an index behind the table', 'be', 'index 62'],
    ['a name of an entry that is not there', '7e0130', 'index 62'],
    ['a change of size after a field', '8220', 'after a field'],
    ['three changes of size', '20202082', 'more than two'],
    ['a table that is larger than announced', '3fe21f82', '4097 bytes'],
    ['an index without its end', 'ff', 'within an integer'],
    ['an index without its end, later', 'ffff80', 'within an integer'],
    ['an integer that never ends', 'ffffffffffffffffff', 'too large'],
    ['an integer with idle bytes without end', 'ff8080808080808000', 'too large'],
    ['a length without its end', '007f', 'within an integer'],
    ['a name without its value', '000161', 'within a field'],
    ['nothing but a beginning', '40', 'within a field'],
    ['a name that is longer than the block', '0005616263', 'within a string'],
    ['a value that is longer than the block', '0001617fff8080', 'within an integer'],
    ['a value of 2^28 bytes', '000161 7fffffff7f', 'within a string'],
    ['EOS in a string', '000161 84ffffffff', 'EOS'],
    ['padding of a whole byte', '000161 821fff', 'padding'],
    ['padding of zeros', '000161 8118', 'padding'],
    ['a character without its end', '000161 82fffe', 'within a character'],
  ])('%s', (_, block, message) => {
    const decode = (): unknown => entriesOf(decoderOf(), bytesOf(block));
    expect(decode).toThrow(message);
    expect(decode).toThrow(expect.objectContaining({ code: 'protocol-failure' }));
  });

  it('a larger table once a smaller one was acknowledged', () => {
    const decoder = decoderOf({ tableBytes: 100 });
    expect(entriesOf(decoder, bytesOf('3fe11f82'))).toEqual([[':method', 'GET']]);
    decoder.acknowledged();
    expect(() => entriesOf(decoder, bytesOf('3fe11f82'))).toThrow('more than was allowed');
  });

  it('a block that does not make the table smaller, as was acknowledged', () => {
    const decoder = decoderOf({ tableBytes: 100 });
    entriesOf(decoder, bytesOf('82'));
    decoder.acknowledged();
    expect(() => entriesOf(decoder, bytesOf('82'))).toThrow('not made smaller');
    const obeying = decoderOf({ tableBytes: 100 });
    obeying.acknowledged();
    expect(entriesOf(obeying, bytesOf('3f4582'))).toEqual([[':method', 'GET']]);
  });

  it('a larger table only until the smaller one is acknowledged', () => {
    const decoder = decoderOf();
    decoder.acknowledged();
    decoder.announce(8192);
    expect(entriesOf(decoder, bytesOf('3fe13f82'))).toEqual([[':method', 'GET']]);
    decoder.acknowledged();
    decoder.announce(0);
    expect(entriesOf(decoder, bytesOf('82'))).toEqual([[':method', 'GET']]);
    decoder.acknowledged();
    expect(() => entriesOf(decoder, bytesOf('82'))).toThrow('not made smaller');
  });
});

describe('the HPACK decoder', () => {
  it('takes two changes of size before the first field', () => {
    expect(entriesOf(decoderOf(), bytesOf('203fe11f82'))).toEqual([[':method', 'GET']]);
  });

  it('forgets what a smaller table has no room for', () => {
    const decoder = decoderOf();
    entriesOf(decoder, bytesOf('4001610162 4001630164'));
    expect(entriesOf(decoder, bytesOf('3f03 be'))).toEqual([['c', 'd']]);
    expect(() => entriesOf(decoder, bytesOf('bf'))).toThrow('index 63');
  });

  it('empties the table for an entry that is larger than it', () => {
    const decoder = decoderOf();
    entriesOf(decoder, bytesOf('4001610162'));
    const large = Buffer.concat([bytesOf('40 0161 7fe11f'), Buffer.alloc(4192, 'x')]);
    expect(entriesOf(decoder, large)).toEqual([['a', 'x'.repeat(4192)]]);
    expect(() => entriesOf(decoder, bytesOf('be'))).toThrow('index 62');
  });

  it('takes the name of an entry that the new one drives out', () => {
    const decoder = decoderOf();
    entriesOf(decoder, bytesOf('3f03 4001610162'));
    expect(entriesOf(decoder, bytesOf('7e0163'))).toEqual([['a', 'c']]);
    expect(entriesOf(decoder, bytesOf('be'))).toEqual([['a', 'c']]);
  });

  it('gives the same field for every reference to an entry', () => {
    const decoder = decoderOf();
    const [first] = fieldsOf(decoder, bytesOf('4001610162'));
    expect(fieldsOf(decoder, bytesOf('bebe')).every((field) => field === first)).toBe(true);
  });

  it('decodes a part of larger memory', () => {
    const fields: string[] = [];
    const told = decoderOf().decode(bytesOf('be8284be'), 1, 3, {
      field: ({ name }) => fields.push(name),
    });
    expect(fields).toEqual([':method', ':path']);
    expect(told).toBe(7 + 3 + 32 + 5 + 1 + 32);
  });

  it('does not keep the memory that it decoded from', () => {
    const decoder = decoderOf();
    const block = bytesOf('4001610162 0001630164');
    const fields = entriesOf(decoder, block);
    block.fill(0);
    expect(fields).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(entriesOf(decoder, bytesOf('be 0001630164'))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('tells no more than the limit of a list, and keeps its table in step', () => {
    const decoder = decoderOf({ listBytes: 100 });
    const fields: string[] = [];
    const sink = { field: ({ name }: { name: string }) => fields.push(name) };
    const block = bytesOf('4001610162 4001630164 4001650166');
    expect(decoder.decode(block, 0, block.length, sink)).toBe(3 * 34);
    expect(fields).toEqual(['a', 'c']);
    expect(entriesOf(decoder, bytesOf('be'))).toEqual([['e', 'f']]);
  });

  it('makes nothing of a reference, so that a bomb does not go off', () => {
    const decoder = decoderOf({ listBytes: 65_536 });
    entriesOf(decoder, Buffer.concat([bytesOf('40 0161 7fb916'), Buffer.alloc(3000, 'x')]));
    let told = 0;
    const bomb = Buffer.alloc(16_384, 0xbe);
    const listBytes = decoder.decode(bomb, 0, bomb.length, { field: () => (told += 1) });
    expect(listBytes).toBe(16_384 * 3033);
    expect(told).toBe(21);
  });

  it('throws nothing but a failure of the protocol, whatever comes', () => {
    const beginnings = fc.constantFrom(
      '',
      '82',
      '4001610162',
      '3fe11f',
      '40',
      '0f0d',
      '61',
      '0001',
      '5f',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(beginnings, fc.uint8Array({ maxLength: 40 })), { maxLength: 8 }),
        (parts) => {
          const decoder = decoderOf({ listBytes: 500 });
          const told: DecodedField[] = [];
          unlessMalformed(() => {
            for (const [start, rest] of parts)
              told.push(...fieldsOf(decoder, Buffer.concat([bytesOf(start), rest])));
          });
          expect(told.filter(({ bytes }) => bytes > 500)).toEqual([]);
          const sound = told.filter(({ fault }) => fault === undefined);
          expect(sound.map(({ entry }) => entry.join('')).join('')).not.toMatch(/[\0\n\r]/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('stays in step with the encoder through changes of size and evictions', () => {
    const name = fc.constantFrom(
      ':path',
      'date',
      'cookie',
      'x-one',
      'x-two',
      'x-three',
      'server',
      'authorization',
      'accept',
    );
    const value = fc.oneof(
      fc.constantFrom('', 'a', 'text/html', 'z'.repeat(100), 'y'.repeat(2000)),
      fc.string({
        unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
        maxLength: 90,
      }),
    );
    const size = fc.constantFrom(0, 31, 40, 64, 120, 300, 1000, 4096, 9000);
    const block = fc.record({
      sizes: fc.array(size, { maxLength: 3 }),
      fields: fc.array(fc.tuple(name, value), { maxLength: 12 }),
    });
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 12 }),
        size,
        fc.boolean(),
        (blocks, tableBytes, huffman) => {
          const encoder = new HpackEncoder({ tableBytes, huffman });
          const decoder = decoderOf();
          decoder.acknowledged();
          for (const { sizes, fields } of blocks) {
            for (const bytes of sizes) {
              decoder.announce(bytes);
              encoder.setPeerTableBytes(bytes);
              decoder.acknowledged();
            }
            expect(entriesOf(decoder, blockOf(encoder, fields))).toEqual(fields);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
