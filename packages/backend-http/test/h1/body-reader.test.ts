import { describe, expect, it } from 'vitest';

import { bytesOf, cut, readReply } from '../fixtures/engine.ts';

const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunked = (body: string): ReturnType<typeof readReply> =>
  readReply([bytesOf(chunkedHead + body)]);

describe('the body of a reply', () => {
  it.each([
    [
      'ends after its declared length',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd',
      'abc',
      1,
    ],
    ['ends at the peer’s end without one', 'HTTP/1.1 200 OK\r\n\r\nabcd', 'abcd', 0],
    ['is empty after 204', 'HTTP/1.1 204 OK\r\nContent-Length: 3\r\n\r\nabc', '', 3],
    ['is empty after 304', 'HTTP/1.1 304 OK\r\nTransfer-Encoding: chunked\r\n\r\nabc', '', 3],
    ['ends after its last chunk', `${chunkedHead}3\r\nabc\r\n0\r\n\r\nd`, 'abc', 1],
  ])('%s', (_what, text, content, behind) => {
    expect(readReply([bytesOf(text)])).toMatchObject({
      content,
      behind,
      ended: true,
      failure: undefined,
    });
  });

  it('is empty after HEAD, whatever the head says', () => {
    const reading = readReply([bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n')], true);
    expect(reading).toMatchObject({ content: '', ended: true, failure: undefined });
  });

  it('that is cut short of its length is an error that tells how much came', () => {
    const { failure } = readReply([bytesOf('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')]);
    expect(failure).toBe('remote-host-closed: closed after 3 of 10 bytes of the body');
  });

  it('that is cut short of its last chunk is an error', () => {
    expect(chunked('3\r\nabc\r\n').failure).toMatch(/^remote-host-closed: /);
    expect(chunked('3\r\nabc\r\n0\r\n').failure).toMatch(/^remote-host-closed: /);
  });
});

describe('a chunked body', () => {
  it.each([
    ['of many chunks', '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n', 'abc'],
    [
      'with upper-case and lower-case sizes',
      'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n',
      '01234567890123456789',
    ],
    ['with zeros before a size', '0003\r\nabc\r\n000\r\n\r\n', 'abc'],
    ['with extensions', '3;a\r\nabc\r\n0;b=c;d="e;\\"f\\r"\r\n\r\n', 'abc'],
    ['with blanks around extensions', '3 ; a = b\r\nabc\r\n0\t;\tc\r\n\r\n', 'abc'],
    ['that is empty', '0\r\n\r\n', ''],
  ])('%s is read', (_what, body, content) => {
    expect(chunked(body)).toMatchObject({ content, ended: true, failure: undefined, trailers: [] });
  });

  it('has its trailers apart', () => {
    const reading = chunked('1\r\na\r\n0\r\nDigest: x\r\nB:  c \r\n\r\nbehind');
    expect(reading).toMatchObject({ content: 'a', behind: 6, ended: true });
    expect(reading.trailers).toEqual([
      ['Digest', 'x'],
      ['B', 'c'],
    ]);
  });

  it.each([
    ['no size', '\r\nabc\r\n'],
    ['a size that is no number', 'g\r\nabc\r\n'],
    ['a negative size', '-3\r\nabc\r\n'],
    ['a size with a sign', '+3\r\nabc\r\n'],
    ['a size with a prefix', '0x3\r\nabc\r\n'],
    ['a size with a blank before it', ' 3\r\nabc\r\n'],
    ['a size with a blank behind it', '3 \r\nabc\r\n'],
    ['a size line that ends in LF alone', '3\nabc\r\n'],
    ['a size line that ends in CR alone', '3\rabc\r\n'],
    ['a size beyond 2^53', 'fffffffffffffff\r\na'],
    ['a size of too many digits', `${'0'.repeat(17)}3\r\nabc\r\n`],
    ['an extension without a name', '3;=b\r\nabc\r\n'],
    ['an extension with an open quote', '3;a="b\r\nabc\r\n'],
    ['an extension with a control character', '3;a=\x01\r\nabc\r\n'],
    ['an extension with a line feed', '3;a=b\nc\r\nabc\r\n'],
    ['an extension that is too long', `3;${'a'.repeat(5000)}\r\nabc\r\n`],
    ['bytes behind a chunk', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a chunk that ends in LF alone', '3\r\nabc\n0\r\n\r\n'],
    ['a chunk that ends in CR alone', '3\r\nabc\r0\r\n\r\n'],
    ['a malformed trailer', '0\r\nA : b\r\n\r\n'],
    ['a trailer that continues nothing', '0\r\n b\r\n\r\n'],
    ['too many trailers', `0\r\n${'A: b\r\n'.repeat(102)}\r\n`],
    ['a trailer that is too long', `0\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`],
  ])('with %s is refused', (_what, body) => {
    expect(chunked(body).failure).toMatch(/^protocol-failure: /);
  });

  it('is refused for extensions that are short each but many', () => {
    const body = `1;${'a'.repeat(1000)}\r\nx\r\n`.repeat(100);
    expect(chunked(body).failure).toContain('chunk extensions that are too long');
  });

  it('is read the same wherever it is cut', () => {
    const text = `${chunkedHead}3;a="b"\r\nabc\r\n00a\r\n0123456789\r\n0\r\nT: u\r\n\r\nx`;
    const whole = readReply([bytesOf(text)]);
    expect(whole).toMatchObject({
      content: 'abc0123456789',
      behind: 1,
      trailers: [['T', 'u']],
      ended: true,
    });
    for (let place = 1; place < text.length; place += 1) {
      expect(readReply(cut(text, [place]))).toEqual(whole);
    }
    expect(
      readReply(
        cut(
          text,
          Array.from(text, (_character, index) => index),
        ),
      ),
    ).toEqual(whole);
  });
});
