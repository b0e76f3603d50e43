import type { HeaderEntry } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { HpackDecoder } from '../../../src/h2/hpack/decoder.ts';
import { HpackEncoder } from '../../../src/h2/hpack/encoder.ts';
import { blockOf, bytesOf, entriesOf, roomy } from './fixtures/blocks.ts';

interface Step {
  readonly block: string;
  readonly fields: readonly HeaderEntry[];
  /** The dynamic table afterwards, newest first. */
  readonly table: readonly HeaderEntry[];
}

const method: HeaderEntry = [':method', 'GET'];
const authority: HeaderEntry = [':authority', 'www.example.com'];
const noCache: HeaderEntry = ['cache-control', 'no-cache'];
const custom: HeaderEntry = ['custom-key', 'custom-value'];
const requests: readonly Omit<Step, 'block'>[] = [
  { fields: [method, [':scheme', 'http'], [':path', '/'], authority], table: [authority] },
  {
    fields: [method, [':scheme', 'http'], [':path', '/'], authority, noCache],
    table: [noCache, authority],
  },
  {
    fields: [method, [':scheme', 'https'], [':path', '/index.html'], authority, custom],
    table: [custom, noCache, authority],
  },
];

const found: HeaderEntry = [':status', '302'];
const temporary: HeaderEntry = [':status', '307'];
const isPrivate: HeaderEntry = ['cache-control', 'private'];
const date: HeaderEntry = ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'];
const later: HeaderEntry = ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'];
const location: HeaderEntry = ['location', 'https://www.example.com'];
const gzip: HeaderEntry = ['content-encoding', 'gzip'];
const cookie: HeaderEntry = [
  'set-cookie',
  'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
];
const replies: readonly Omit<Step, 'block'>[] = [
  { fields: [found, isPrivate, date, location], table: [location, date, isPrivate, found] },
  { fields: [temporary, isPrivate, date, location], table: [temporary, location, date, isPrivate] },
  {
    fields: [[':status', '200'], isPrivate, later, location, gzip, cookie],
    table: [cookie, gzip, later],
  },
];

const plainRequests = [
  '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
  '8286 84be 5808 6e6f 2d63 6163 6865',
  '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
];
const huffmanRequests = [
  '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
  '8286 84be 5886 a8eb 1064 9cbf',
  '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
];
const plainReplies = [
  `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
   3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
  '4803 3330 37c1 c0bf',
  `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
   7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
   6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
];
const huffmanReplies = [
  `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad
   1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
  '4883 640e ffc1 c0bf',
  `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
   e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
];

function steps(blocks: readonly string[], contents: readonly Omit<Step, 'block'>[]): Step[] {
  return contents.map((content, place) => ({ ...content, block: blocks[place] ?? '' }));
}

/** References to so many entries of the dynamic table, and one more where there is none. */
function tableOf(decoder: HpackDecoder, count: number): HeaderEntry[] {
  const entries = entriesOf(
    decoder,
    Uint8Array.from({ length: count }, (_, age) => 0x80 | (62 + age)),
  );
  expect(() => entriesOf(decoder, Uint8Array.of(0x80 | (62 + count)))).toThrow('has no entry');
  return entries;
}

const small = '3fe101';

describe('RFC 7541 appendix C', () => {
  it.each([
    ['C.3', plainRequests, requests, ''],
    ['C.4', huffmanRequests, requests, ''],
    ['C.5', plainReplies, replies, small],
    ['C.6', huffmanReplies, replies, small],
  ])('%s is decoded, and the table is as printed', (_, blocks, contents, update) => {
    const decoder = new HpackDecoder(roomy);
    expect(entriesOf(decoder, bytesOf(update))).toEqual([]);
    for (const { block, fields, table } of steps(blocks, contents)) {
      expect(entriesOf(decoder, bytesOf(block))).toEqual(fields);
      expect(tableOf(decoder, table.length)).toEqual(table);
    }
  });

  it.each([
    ['C.3', plainRequests, false],
    ['C.4', huffmanRequests, true],
  ])('%s is encoded as printed', (_, blocks, huffman) => {
    const encoder = new HpackEncoder({ tableBytes: 4096, huffman });
    for (const { block, fields } of steps(blocks, requests)) {
      expect(blockOf(encoder, fields)).toEqual(bytesOf(block));
    }
  });

  it.each([
    [
      'C.2.1 is a literal that is added',
      '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
      ['custom-key', 'custom-header'],
      1,
    ],
    [
      'C.2.2 is a literal that is not',
      '040c2f73616d706c652f70617468',
      [':path', '/sample/path'],
      0,
    ],
    [
      'C.2.3 is a literal that never is',
      '100870617373776f726406736563726574',
      ['password', 'secret'],
      0,
    ],
    ['C.2.4 is an index', '82', [':method', 'GET'], 0],
  ])('%s', (_, block, field, added) => {
    const decoder = new HpackDecoder(roomy);
    expect(entriesOf(decoder, bytesOf(block))).toEqual([field]);
    expect(tableOf(decoder, added)).toHaveLength(added);
  });

  it('C.2.3 is encoded as printed', () => {
    const encoder = new HpackEncoder({ tableBytes: 4096, huffman: false });
    encoder.begin(Buffer.alloc(0), 0);
    encoder.secretField('password', 'secret');
    expect(encoder.bytes.subarray(0, encoder.length).toString('hex')).toBe(
      '100870617373776f726406736563726574',
    );
  });

  it.each([
    ['C.1.1: 10 fits into the prefix', 10, '2a'],
    ['C.1.2: 1337 does not', 1337, '3f9a0a'],
  ])('%s', (_, bytes, block) => {
    const encoder = new HpackEncoder({ tableBytes: 4096, huffman: false });
    encoder.setPeerTableBytes(bytes);
    expect(blockOf(encoder, [])).toEqual(bytesOf(block));
    const decoder = new HpackDecoder({ ...roomy, tableBytes: bytes });
    decoder.acknowledged();
    expect(entriesOf(decoder, bytesOf(`${block}82`))).toEqual([[':method', 'GET']]);
  });
});
