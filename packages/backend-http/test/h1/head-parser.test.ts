import { describe, expect, it } from 'vitest';

import { HeadParser } from '../../src/h1/head-parser.ts';
import { headLimits } from '../../src/h1/limits.ts';
import { bytesOf, cut, readReply } from '../fixtures/engine.ts';

const read = (text: string): ReturnType<typeof readReply> => readReply([bytesOf(text)]);

describe('the head parser takes', () => {
  it.each([
    ['a usual head', 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n', 200, 'OK', [['A', 'b']]],
    ['a status line alone', 'HTTP/1.0 204 No Content\r\n\r\n', 204, 'No Content', []],
    ['an empty reason', 'HTTP/1.1 204 \r\n\r\n', 204, '', []],
    ['a reason that is missing with its space', 'HTTP/1.1 204\r\n\r\n', 204, '', []],
    ['lines ended by LF alone', 'HTTP/1.1 204 OK\nA: b\n\n', 204, 'OK', [['A', 'b']]],
    [
      'both line ends mixed',
      'HTTP/1.1 204 OK\r\nA: b\nC: d\r\n\n',
      204,
      'OK',
      [
        ['A', 'b'],
        ['C', 'd'],
      ],
    ],
    ['empty lines before the head', '\r\n\n\r\nHTTP/1.1 204 OK\r\n\r\n', 204, 'OK', []],
    [
      'bytes beyond ASCII in reason and value',
      'HTTP/1.1 204 \xe9\r\nA: \xff\x80\r\n\r\n',
      204,
      '\xe9',
      [['A', '\xff\x80']],
    ],
    ['blanks around a value', 'HTTP/1.1 204 OK\r\nA:\t  b c \t\r\n\r\n', 204, 'OK', [['A', 'b c']]],
    ['no blank before a value', 'HTTP/1.1 204 OK\r\nA:b\r\n\r\n', 204, 'OK', [['A', 'b']]],
    [
      'an empty value',
      'HTTP/1.1 204 OK\r\nA:\r\nB: \r\n\r\n',
      204,
      'OK',
      [
        ['A', ''],
        ['B', ''],
      ],
    ],
    ['a tab within a value', 'HTTP/1.1 204 OK\r\nA: b\tc\r\n\r\n', 204, 'OK', [['A', 'b\tc']]],
    [
      'a folded value',
      'HTTP/1.1 204 OK\r\nA: b\r\n  c\r\n\td\r\nE: f\r\n\r\n',
      204,
      'OK',
      [
        ['A', 'b c d'],
        ['E', 'f'],
      ],
    ],
    ['a value that begins folded', 'HTTP/1.1 204 OK\r\nA:\r\n b\r\n\r\n', 204, 'OK', [['A', 'b']]],
    [
      'every character that a name may have',
      "HTTP/1.1 204 OK\r\n!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n",
      204,
      'OK',
      [["!#$%&'*+-.^_`|~09azAZ", 'b']],
    ],
    ['a later minor version', 'HTTP/1.9 204 OK\r\n\r\n', 204, 'OK', []],
    [
      'a status that nobody defined',
      'HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n',
      799,
      'Odd',
      [['Content-Length', '0']],
    ],
    [
      'one length twice',
      'HTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\ncontent-length: 0\r\n\r\n',
      200,
      'OK',
      [
        ['Content-Length', '0, 0'],
        ['content-length', '0'],
      ],
    ],
  ])('%s', (_what, text, status, reason, fields) => {
    const reading = read(text);
    expect(reading.failure).toBeUndefined();
    expect(reading.heads).toEqual([{ status, reason, fields }]);
  });

  // RFC 9110 §5.6.1.2.
  it.each(['chunked,', ', chunked', '\t,,Chunked ,'])(
    'empty members in the list of codings: %j',
    (codings) => {
      const reading = read(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${codings}\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
      );
      expect(reading).toMatchObject({ content: 'ab', ended: true });
    },
  );

  it('interim replies before the final one', () => {
    const { heads, content, ended } = read(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab',
    );
    expect(heads.map(({ status }) => status)).toEqual([100, 103, 200]);
    expect({ content, ended }).toEqual({ content: 'ab', ended: true });
  });
});

describe('the head parser refuses', () => {
  const ok = 'HTTP/1.1 200 OK\r\n';
  it.each([
    ['text', 'Hello World'],
    ['another protocol', 'ICY 200 OK\r\n\r\n'],
    ['another protocol that sends no line end', 'SSH'],
    ['the preface of HTTP/2', '\x00\x00\x12\x04\x00\x00\x00\x00\x00'],
    ['version 2', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['version 0.9', 'HTTP/0.9 200 OK\r\n\r\n'],
    ['a version that is none', 'HTTP/123 200 \r\n\r\n'],
    ['a version of two digits', 'HTTP/1.10 200 OK\r\n\r\n'],
    ['a lower-case name of the protocol', 'http/1.1 200 OK\r\n\r\n'],
    ['no status', 'HTTP/1.1\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 2O0 OK\r\n\r\n'],
    ['a negative status', 'HTTP/1.1 -20 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['two spaces before the status', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['a tab before the status', 'HTTP/1.1\t200 OK\r\n\r\n'],
    ['a control character in the reason', 'HTTP/1.1 200 O\x01K\r\n\r\n'],
    ['a carriage return in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n'],
    ['a carriage return before the head', '\rHTTP/1.1 200 OK\r\n\r\n'],
    ['a carriage return alone in a value', `${ok}A: b\rc\r\n\r\n`],
    ['a carriage return alone instead of a line end', `${ok}A: b\rC: d\r\n\r\n`],
    ['two carriage returns at a line end', `${ok}A: b\r\r\n\r\n`],
    ['NUL in a value', `${ok}A: b\0c\r\n\r\n`],
    ['NUL in a name', `${ok}A\0: b\r\n\r\n`],
    ['DEL in a value', `${ok}A: \x7f\r\n\r\n`],
    ['a space before the colon', `${ok}A : b\r\n\r\n`],
    ['a tab before the colon', `${ok}A\t: b\r\n\r\n`],
    ['no colon', `${ok}A b\r\n\r\n`],
    ['a line that is a name only', `${ok}A\r\n\r\n`],
    ['no name', `${ok}: b\r\n\r\n`],
    ['a name beyond ASCII', `${ok}\xe9: b\r\n\r\n`],
    ['a folded line that continues nothing', `${ok} A: b\r\n\r\n`],
    ['a length beside a coding', `${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a coding beside a length', `${ok}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n`],
    ['lengths that differ', `${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`],
    ['lengths that differ in one field', `${ok}Content-Length: 3, 4\r\n\r\n`],
    ['a negative length', `${ok}Content-Length: -1\r\n\r\n`],
    ['a length with a sign', `${ok}Content-Length: +1\r\n\r\n`],
    ['an empty length', `${ok}Content-Length:\r\n\r\n`],
    ['a length with an empty part', `${ok}Content-Length: 3,\r\n\r\n`],
    ['a hexadecimal length', `${ok}Content-Length: 0x3\r\n\r\n`],
    ['a length with a fraction', `${ok}Content-Length: 3.0\r\n\r\n`],
    ['a length with an exponent', `${ok}Content-Length: 1e3\r\n\r\n`],
    ['a length beyond 2^53', `${ok}Content-Length: 9007199254740993\r\n\r\n`],
    ['a length beyond 2^64', `${ok}Content-Length: 18446744073709551617\r\n\r\n`],
    ['a folded length', `${ok}Content-Length:\r\n 3\r\n\r\n`],
    ['a coding nobody asked for', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['chunked that is not last', `${ok}Transfer-Encoding: chunked, gzip\r\n\r\n`],
    ['chunked twice', `${ok}Transfer-Encoding: chunked, chunked\r\n\r\n`],
    [
      'chunked twice, in two fields',
      `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['chunked with a parameter', `${ok}Transfer-Encoding: chunked;a=b\r\n\r\n`],
    ['identity, which is no coding any more', `${ok}Transfer-Encoding: identity\r\n\r\n`],
    ['almost chunked', `${ok}Transfer-Encoding: xchunked\r\n\r\n`],
    ['a folded coding', `${ok}Transfer-Encoding:\r\n chunked\r\n\r\n`],
    ['a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ])('%s', (_what, text) => {
    expect(read(text).failure).toMatch(/^protocol-failure: malformed HTTP\/1 reply: /);
  });

  it.each([
    ['nothing', ''],
    ['empty lines only', '\r\n\r\n'],
    ['half a status line', 'HTTP/1.1'],
    ['a status line without the empty line', 'HTTP/1.1 200 OK\r\n'],
    ['half a field', 'HTTP/1.1 200 OK\r\nConten'],
  ])('to be done with %s', (_what, text) => {
    const reading = read(text);
    expect(reading.failure).toBe('ended in the head');
  });
});

describe('the limits of a head', () => {
  const head = (fields: number): string => `HTTP/1.1 204 OK\r\n${'A: b\r\n'.repeat(fields)}\r\n`;

  it('are 100 fields', () => {
    expect(read(head(100)).failure).toBeUndefined();
    expect(read(head(101)).failure).toContain('more than 100 fields');
  });

  it('are 100 KiB for one line, with its end', () => {
    const line = (bytes: number): string => `A:${'b'.repeat(bytes - 3)}\n`;
    expect(read(`HTTP/1.1 204 OK\n${line(102_400)}\n`).failure).toBeUndefined();
    expect(read(`HTTP/1.1 204 OK\n${line(102_401)}\n`).failure).toContain(
      'longer than 102400 bytes',
    );
  });

  it('are 256 KiB in all', () => {
    const line = `A:${'b'.repeat(65_533)}\n`;
    const text = `HTTP/1.1 204 OK\n${line.repeat(4)}\n`;
    expect(read(text).failure).toContain('the head is longer than 262144 bytes');
    expect(read(`HTTP/1.1 204 OK\n${line.repeat(3)}\n`).failure).toBeUndefined();
  });

  it('hold for a head that never ends', () => {
    const parser = new HeadParser();
    parser.parse(bytesOf('HTTP/1.1 200 OK\r\n'));
    let fed = 0;
    expect(() => {
      for (; fed < 1_000_000; fed += 1000) parser.parse(bytesOf('a'.repeat(1000)));
    }).toThrow('longer than');
    expect(fed).toBeLessThan(headLimits.lineBytes + 2000);
  });

  it('are 8 empty lines before the status line', () => {
    expect(read(`${'\r\n'.repeat(8)}HTTP/1.1 204 OK\r\n\r\n`).failure).toBeUndefined();
    expect(read(`${'\r\n'.repeat(9)}HTTP/1.1 204 OK\r\n\r\n`).failure).toContain(
      'more than 8 empty lines',
    );
  });
});

it('a head that is cut anywhere is read as if it were not', () => {
  const text = '\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: a\r\n b\r\n\r\nabcd';
  const whole = readReply([bytesOf(text)]);
  expect(whole).toMatchObject({ content: 'abc', behind: 1, ended: true });
  for (let place = 1; place < text.length; place += 1) {
    expect(readReply(cut(text, [place]))).toEqual(whole);
  }
});

it('a parser says whether the peer sent anything', () => {
  const parser = new HeadParser();
  expect(parser.started).toBe(false);
  parser.parse(bytesOf('\r'));
  expect(parser.started).toBe(true);
});
