import { once } from 'node:events';
import { createServer } from 'node:http2';
import { connect, type Socket } from 'node:net';

import type { HeaderEntry } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { HpackDecoder } from '../../../src/h2/hpack/decoder.ts';
import { HpackEncoder } from '../../../src/h2/hpack/encoder.ts';
import { blockOf, bytesOf, entriesOf, roomy } from './fixtures/blocks.ts';

function encoderOf(tableBytes = 4096): HpackEncoder {
  return new HpackEncoder({ tableBytes, huffman: false });
}

function hexOf(encoder: HpackEncoder, entries: readonly HeaderEntry[]): string {
  return Buffer.from(blockOf(encoder, entries)).toString('hex');
}

describe('the HPACK encoder', () => {
  it('refers to what it wrote before', () => {
    const encoder = encoderOf();
    expect(hexOf(encoder, [['x-a', 'b']])).toBe('4003782d610162');
    expect(hexOf(encoder, [['x-a', 'b']])).toBe('be');
    expect(hexOf(encoder, [['x-a', 'c']])).toBe('7e0163');
    expect(
      hexOf(encoder, [
        ['x-a', 'b'],
        ['x-a', 'c'],
      ]),
    ).toBe('bfbe');
  });

  it('never lets credentials, short cookies and secrets be indexed', () => {
    const encoder = encoderOf();
    for (const _ of [1, 2]) {
      expect(hexOf(encoder, [['authorization', 'b']])).toBe('1f080162');
      expect(hexOf(encoder, [['proxy-authorization', 'b']])).toBe('1f220162');
      expect(hexOf(encoder, [['cookie', 'b']])).toBe('1f110162');
      encoder.begin(Buffer.alloc(0), 0);
      encoder.secretField('x-key', 'b');
      expect(encoder.bytes.subarray(0, encoder.length)).toEqual(bytesOf('1005782d6b65790162'));
    }
  });

  it('adds long cookies', () => {
    const encoder = encoderOf();
    const cookie: HeaderEntry = ['cookie', 'c'.repeat(20)];
    expect(hexOf(encoder, [cookie])).toMatch(/^60/);
    expect(hexOf(encoder, [cookie])).toBe('be');
  });

  it('adds what changes with most requests only if it is the same twice running', () => {
    const encoder = encoderOf();
    for (const _ of [1, 2]) {
      expect(hexOf(encoder, [[':path', '/a']])).toBe('04022f61');
      expect(hexOf(encoder, [[':path', '/b']])).toBe('04022f62');
    }
    expect(hexOf(encoder, [[':path', '/b']])).toBe('44022f62');
    expect(hexOf(encoder, [[':path', '/b']])).toBe('be');
  });

  it('adds no second value of a name before the first was of use', () => {
    const encoder = encoderOf();
    expect(hexOf(encoder, [['x-id', '1']])).toBe('4004782d69640131');
    expect(hexOf(encoder, [['x-id', '2']])).toBe('0f2f0132');
    expect(hexOf(encoder, [['x-id', '3']])).toBe('0f2f0133');
    expect(hexOf(encoder, [['x-id', '3']])).toBe('7e0133');
    expect(hexOf(encoder, [['x-id', '3']])).toBe('be');
    expect(hexOf(encoder, [['x-id', '4']])).toBe('7e0134');
  });

  it('adds nothing that would drive out half of the table', () => {
    const encoder = encoderOf();
    expect(hexOf(encoder, [['x-a', 'b'.repeat(2014)]])).toMatch(/^00/);
    expect(hexOf(encoder, [['x-a', 'b'.repeat(2013)]])).toMatch(/^40/);
  });

  it('tells the smallest size and the last one with the next block, once', () => {
    const encoder = encoderOf();
    for (const bytes of [100, 20, 50]) encoder.setPeerTableBytes(bytes);
    expect(hexOf(encoder, [])).toBe('343f13');
    expect(hexOf(encoder, [])).toBe('');
    encoder.setPeerTableBytes(0);
    encoder.setPeerTableBytes(50);
    expect(hexOf(encoder, [])).toBe('203f13');
  });

  it('keeps no more than this side wants, whatever the peer allows', () => {
    const encoder = encoderOf(50);
    expect(hexOf(encoder, [])).toBe('3f13');
    encoder.setPeerTableBytes(65_536);
    expect(hexOf(encoder, [])).toBe('');
    const larger = encoderOf(8192);
    expect(hexOf(larger, [])).toBe('');
    larger.setPeerTableBytes(65_536);
    expect(hexOf(larger, [])).toBe('3fe13f');
  });

  it('writes behind what is there, into larger memory where it has to', () => {
    const encoder = encoderOf();
    const memory = Buffer.from('head');
    encoder.begin(memory, 4);
    encoder.field(':method', 'GET');
    expect(encoder.bytes.toString('latin1', 0, encoder.length)).toBe('head\x82');
    const room = Buffer.alloc(64);
    encoder.begin(room, 3);
    encoder.field(':method', 'GET');
    expect([encoder.bytes, encoder.length]).toEqual([room, 4]);
    expect(room[3]).toBe(0x82);
  });

  it('writes each character as one byte', () => {
    const entry: HeaderEntry = ['x-a', 'caf\xe9 \xff'];
    for (const huffman of [false, true]) {
      const block = blockOf(new HpackEncoder({ tableBytes: 0, huffman }), [entry]);
      expect(entriesOf(new HpackDecoder(roomy), block)).toEqual([entry]);
    }
  });
});

const HEADERS = 1;
const SETTINGS = 4;
const END_STREAM_AND_HEADERS = 5;
const ACKNOWLEDGED = 1;

function frame(type: number, flags: number, stream: number, content: Uint8Array): Buffer {
  const head = Buffer.from([0, 0, 0, type, flags, 0, 0, 0, 0]);
  head.writeUIntBE(content.length, 0, 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, content]);
}

/** The header blocks that come until there are so many. */
async function blocksFrom(socket: Socket, count: number): Promise<Buffer[]> {
  const blocks: Buffer[] = [];
  let rest = Buffer.alloc(0);
  while (blocks.length < count) {
    const [bytes]: Buffer[] = await once(socket, 'data');
    rest = Buffer.concat([rest, bytes ?? rest]);
    for (let length = 0; rest.length >= 9; rest = rest.subarray(9 + length)) {
      length = rest.readUIntBE(0, 3);
      if (rest.length < 9 + length) break;
      if (rest[3] === HEADERS) blocks.push(rest.subarray(9, 9 + length));
    }
  }
  return blocks;
}

describe('HPACK with nghttp2, as Node has it', () => {
  it.each([4096, 200, 0, 9000])(
    'agrees in both directions with tables of %d bytes',
    async (tableBytes) => {
      const server = createServer({ settings: { headerTableSize: tableBytes } });
      server.on('stream', (stream, fields) => {
        const mirrored = Object.entries(fields).filter(([name]) => name.startsWith('x-'));
        stream.respond(
          { ':status': 200, server: 'node', ...Object.fromEntries(mirrored) },
          { endStream: true },
        );
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const address = server.address();
      const socket = connect({
        host: '127.0.0.1',
        port: typeof address === 'object' ? (address?.port ?? 0) : 0,
      });
      const encoder = new HpackEncoder({ tableBytes, huffman: true });
      encoder.setPeerTableBytes(tableBytes);
      const decoder = new HpackDecoder({ ...roomy, tableBytes });
      decoder.acknowledged();
      const setting = Buffer.from([0, 1, 0, 0, 0, 0]);
      setting.writeUInt32BE(tableBytes, 2);
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(
        Buffer.concat([
          frame(SETTINGS, 0, 0, setting),
          frame(SETTINGS, ACKNOWLEDGED, 0, Buffer.alloc(0)),
        ]),
      );
      const asked = Array.from({ length: 40 }, (_, place): HeaderEntry[] => [
        ['x-always', 'the same'],
        ['x-changes', `${place}`],
        ['x-repeats', 'long '.repeat(place % 7).trim()],
        [`x-name-${place % 5}`, `\xe9 ${'~'.repeat(place + 1)}`],
      ]);
      const head: HeaderEntry[] = [
        [':method', 'GET'],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', 'h'],
      ];
      const received = blocksFrom(socket, asked.length);
      for (const [place, fields] of asked.entries()) {
        socket.write(
          frame(
            HEADERS,
            END_STREAM_AND_HEADERS,
            place * 2 + 1,
            blockOf(encoder, [...head, ...fields]),
          ),
        );
      }
      const replies = (await received).map((block) => entriesOf(decoder, block));
      socket.destroy();
      server.close();
      expect(replies.map((fields) => fields.filter(([name]) => name.startsWith('x-')))).toEqual(
        asked,
      );
    },
  );
});
