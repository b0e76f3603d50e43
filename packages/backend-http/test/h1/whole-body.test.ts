import { describe, expect, it } from 'vitest';

import { bodyReader } from '../../src/h1/body-reader.ts';
import { HeadParser } from '../../src/h1/head-parser.ts';
import { wholeBody, type WholeBody } from '../../src/h1/whole-body.ts';
import { bytesOf } from '../fixtures/engine.ts';

function whole(text: string, limitBytes = 100): { found: WholeBody | undefined; view: Uint8Array } {
  const view = bytesOf(text);
  const parser = new HeadParser();
  const head = parser.parse(view);
  if (head === undefined) throw new Error('no head');
  return { found: wholeBody(bodyReader(head, false), view, parser.taken, limitBytes), view };
}

const counted = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('a body that came with its head', () => {
  it.each([
    ['of a declared length', `${counted}abcdef`, 3],
    ['in chunks', `${chunked}1\r\na\r\n2;x\r\nbc\r\n0\r\nT: u\r\n\r\ndef`, 3],
  ])('%s is copied out, exactly', (_what, text, behind) => {
    const { found, view } = whole(text);
    view.fill(0);
    expect(Buffer.from(found?.bytes ?? []).toString()).toBe('abc');
    expect(view.length - (found?.end ?? 0)).toBe(behind);
    expect(found?.reader.ended).toBe(true);
  });

  it('has its trailers', () => {
    expect(whole(`${chunked}0\r\nT: u\r\n\r\n`).found?.reader.trailers).toEqual([['T', 'u']]);
  });

  it.each([
    ['is larger than the limit', `${counted}abc`, 2],
    ['is not all there', `${counted}ab`, 100],
    ['ends with the connection', 'HTTP/1.1 200 OK\r\n\r\nabc', 100],
    ['is larger than the limit, in chunks', `${chunked}1\r\na\r\n2\r\nbc\r\n0\r\n\r\n`, 2],
    ['is not all there, in chunks', `${chunked}1\r\na\r\n2\r\nbc\r\n0\r\n`, 100],
    ['is malformed', `${chunked}1\r\na\r\nX`, 100],
  ])('is left where it is when it %s', (_what, text, limit) => {
    expect(whole(text, limit).found).toBeUndefined();
  });
});
