import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import { settings } from './fixtures/frames.ts';
import { describeOutput, requestFieldsIn } from './fixtures/output-text.ts';

const noBody = { operation: 'HEAD' } as const;

describe('the head of a request', () => {
  it('begins with pseudo-fields, and has names in lower case', () => {
    const talk = new Conversation();
    talk.request({
      ...noBody,
      path: '/a?b',
      fields: [
        ['User-Agent', 'x'],
        ['Cookie', 'a=b'],
        ['TE', 'trailers'],
      ],
    });
    expect(requestFieldsIn(talk.sentBytes())).toEqual([
      ':method: HEAD',
      ':scheme: https',
      ':authority: peer.test',
      ':path: /a?b',
      'user-agent: x',
      'cookie: a=b',
      'te: trailers',
    ]);
  });
  it('announces the length of an upload, and a priority that is not the usual one', () => {
    const talk = new Conversation();
    talk.request({
      operation: 'PUT',
      hasUpload: true,
      length: 3,
      priority: { urgency: 1, incremental: true },
    });
    expect(requestFieldsIn(talk.sentBytes()).slice(4)).toEqual([
      'content-length: 3',
      'priority: u=1, i',
    ]);
    const usual = new Conversation();
    usual.request({ ...noBody, authority: '', priority: { urgency: 3 } });
    expect(requestFieldsIn(usual.sentBytes())).toEqual([
      ':method: HEAD',
      ':scheme: https',
      ':path: /',
    ]);
  });
  it('leaves the priority to the caller who wrote one', () => {
    const talk = new Conversation();
    talk.request({ ...noBody, fields: [['Priority', 'u=5']], priority: { urgency: 1 } });
    expect(requestFieldsIn(talk.sentBytes()).slice(4)).toEqual(['priority: u=5']);
  });
  it('takes as many frames as the peer makes necessary', () => {
    const talk = new Conversation({ options: { huffman: false } });
    const value = 'x'.repeat(40_000);
    talk.request({ ...noBody, fields: [['a', value]] });
    const output = talk.sentBytes();
    expect(describeOutput(output)).toEqual([
      'HEADERS 1 END_STREAM …',
      'CONTINUATION 1 …',
      'CONTINUATION 1',
    ]);
    expect(requestFieldsIn(output).at(-1)).toBe(`a: ${value}`);
    const roomy = new Conversation({ options: { huffman: false } }).receive(settings([5, 100_000]));
    roomy.sent();
    roomy.request({ ...noBody, fields: [['a', value]] });
    expect(roomy.sent()).toEqual(['HEADERS 1 END_STREAM']);
  });
  it('keeps to the table that the peer allows', () => {
    const talk = new Conversation().receive(settings([1, 0]));
    talk.sent();
    talk.request({ ...noBody, fields: [['a', 'b']] });
    // Behind the frame's head the block begins with the change of the table's size (RFC 7541 §6.3).
    expect(talk.sentBytes()[9]).toBe(0x20);
  });
  it('says that the table was smaller for a moment', () => {
    const talk = new Conversation().receive(settings([1, 0], [1, 4096]));
    talk.sent();
    talk.request({ ...noBody, fields: [['a', 'b']] });
    expect([...talk.sentBytes().subarray(9, 13)]).toEqual([0x20, 0x3f, 0xe1, 0x1f]);
  });
  it.each([
    ['a verb that is no token', { operation: 'G ET' }],
    ['CONNECT', { operation: 'CONNECT' }],
    ['a path with a space', { path: '/a b' }],
    ['a path with a line end', { path: '/\r\n' }],
    ['an empty path', { path: '' }],
    ['an authority with a space', { authority: 'a b' }],
    ['Connection', { fields: [['Connection', 'close']] }],
    ['Transfer-Encoding', { fields: [['Transfer-Encoding', 'chunked']] }],
    ['Host', { fields: [['Host', 'a']] }],
    ['HTTP2-Settings', { fields: [['HTTP2-Settings', 'a']] }],
    ['Content-Length', { fields: [['Content-Length', '1']] }],
    ['a pseudo-field', { fields: [[':path', '/']] }],
    ['TE with more than trailers', { fields: [['TE', 'gzip']] }],
    ['a name that is no token', { fields: [['a b', 'c']] }],
    ['a value with a line end', { fields: [['a', 'b\r\nc']] }],
    ['a value beyond one byte', { fields: [['a', '\u20ac']] }],
    ['an urgency that is none', { priority: { urgency: 8 } }],
  ] as const)('is refused with %s, and nothing of it is sent', (_, wrong) => {
    const talk = new Conversation();
    expect(() => talk.request(wrong)).toThrow(
      expect.objectContaining({ code: 'protocol-invalid-operation' }),
    );
    expect(talk.sent()).toEqual([]);
    expect(talk.request(noBody).id).toBe(1);
  });
});
