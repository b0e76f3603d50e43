import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import {
  block,
  bytes,
  continuation,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  head,
  headers,
  number,
  PADDED,
  ping,
  PRIORITY_FLAG,
  trailers,
} from './fixtures/frames.ts';

const goodbye = (name: string): string[] => [`GOAWAY 0 0 ${name}`];

describe('a head', () => {
  it('is told with its fields and the length of the body', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(
      head(1, 404, [
        ['content-length', '3'],
        ['a', ''],
        ['b', 'x y'],
      ]),
    );
    expect(talk.told()).toEqual(['1: head 404, content-length: 3, a: , b: x y, 3 bytes']);
  });
  it('that ends the stream has a body of no bytes', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200, [], END_STREAM));
    expect(talk.told()).toEqual(['1: head 200, 0 bytes', '1: ended']);
    expect(talk.engine.streamCount).toBe(0);
  });
  it('may come in several frames', () => {
    const talk = new Conversation();
    talk.asked();
    const whole = block([':status', '200'], ['a', 'b']);
    talk.receive(
      frame(1, END_STREAM, 1, whole.subarray(0, 3)),
      continuation(1, whole.subarray(3, 5)),
      continuation(1, whole.subarray(5), END_HEADERS),
    );
    expect(talk.told()).toEqual(['1: head 200, a: b, 0 bytes', '1: ended']);
  });
  it('may be padded, and name a priority that nobody heeds', () => {
    const talk = new Conversation();
    talk.asked();
    const priority = bytes(number(0x8000_0001), 255);
    const content = bytes(3, priority, 0x88, 'xxx');
    talk.receive(frame(1, END_HEADERS | PADDED | PRIORITY_FLAG, 1, content));
    expect(talk.told()).toEqual(['1: head 200']);
  });
  it('may follow interim ones', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 100), head(1, 103, [['link', '</a>']]), head(1, 200));
    expect(talk.told()).toEqual(['1: interim 100', '1: interim 103, link: </a>', '1: head 200']);
  });
  it.each([
    [204, 'GET', 'nothing'],
    [304, 'GET', 'nothing'],
    [200, 'HEAD', 'nothing'],
  ])('%i to %s may announce a length, and has no body', (status, operation) => {
    const talk = new Conversation();
    talk.asked({ operation });
    talk.receive(head(1, status, [['content-length', '5']], END_STREAM));
    expect(talk.told()).toEqual([`1: head ${status}, content-length: 5, 0 bytes`, '1: ended']);
  });
  it.each([
    ['on stream 0', frame(1, END_HEADERS, 0, bytes(0x88)), 'PROTOCOL_ERROR'],
    ['on a stream that is idle', head(3, 200), 'PROTOCOL_ERROR'],
    ['on a stream of the server', head(2, 200), 'PROTOCOL_ERROR'],
    [
      'with more padding than content',
      frame(1, END_HEADERS | PADDED, 1, bytes(2, 0x88)),
      'PROTOCOL_ERROR',
    ],
    ['too short for its padding', frame(1, END_HEADERS | PADDED, 1), 'FRAME_SIZE_ERROR'],
    [
      'too short for its priority',
      frame(1, END_HEADERS | PRIORITY_FLAG, 1, '1234'),
      'FRAME_SIZE_ERROR',
    ],
    ['that cannot be decoded', frame(1, END_HEADERS, 1, bytes(0xff)), 'COMPRESSION_ERROR'],
    [
      'interrupted by another frame',
      bytes(frame(1, 0, 1, bytes(0x88)), ping('12345678')),
      'PROTOCOL_ERROR',
    ],
    [
      'interrupted by an unknown frame',
      bytes(frame(1, 0, 1, bytes(0x88)), frame(0xee, 0, 1)),
      'PROTOCOL_ERROR',
    ],
    [
      'continued on another stream',
      bytes(frame(1, 0, 1, bytes(0x88)), continuation(3, bytes(), END_HEADERS)),
      'PROTOCOL_ERROR',
    ],
    [
      'continued after its end',
      bytes(head(1, 200), continuation(1, bytes(), END_HEADERS)),
      'PROTOCOL_ERROR',
    ],
  ])('ends the connection %s', (_, frames, name) => {
    const talk = new Conversation();
    talk.asked();
    expect(talk.receive(frames).sent()).toEqual(goodbye(name));
    expect(talk.told().at(-1)).toBe(`failed: ${name} protocol-failure`);
    expect(talk.engine.failure?.errorCode).toBeGreaterThan(0);
  });
});

describe('a malformed message', () => {
  it.each([
    ['no status', headers(1, [['a', 'b']])],
    [
      'two statuses',
      headers(1, [
        [':status', '200'],
        [':status', '200'],
      ]),
    ],
    ['a status that is none', headers(1, [[':status', '2x0']])],
    ['a status of four digits', headers(1, [[':status', '2000']])],
    ['a status below 100', headers(1, [[':status', '099']])],
    ['101', headers(1, [[':status', '101']])],
    [
      'an unknown pseudo-field',
      headers(1, [
        [':status', '200'],
        [':other', 'x'],
      ]),
    ],
    [
      'a pseudo-field of requests',
      headers(1, [
        [':status', '200'],
        [':path', '/'],
      ]),
    ],
    [
      'a pseudo-field after others',
      headers(1, [
        ['a', 'b'],
        [':status', '200'],
      ]),
    ],
    [
      'a name in upper case',
      headers(1, [
        [':status', '200'],
        ['Ab', 'c'],
      ]),
    ],
    [
      'a name with a space',
      headers(1, [
        [':status', '200'],
        ['a b', 'c'],
      ]),
    ],
    [
      'an empty name',
      headers(1, [
        [':status', '200'],
        ['', 'c'],
      ]),
    ],
    [
      'a value with a line end',
      headers(1, [
        [':status', '200'],
        ['a', 'b\r\nc: d'],
      ]),
    ],
    [
      'a value with NUL',
      headers(1, [
        [':status', '200'],
        ['a', 'b\0c'],
      ]),
    ],
    [
      'a value that begins with a space',
      headers(1, [
        [':status', '200'],
        ['a', ' b'],
      ]),
    ],
    [
      'a value that ends with a tab',
      headers(1, [
        [':status', '200'],
        ['a', 'b\t'],
      ]),
    ],
    [
      'Connection',
      headers(1, [
        [':status', '200'],
        ['connection', 'close'],
      ]),
    ],
    [
      'Keep-Alive',
      headers(1, [
        [':status', '200'],
        ['keep-alive', 'x'],
      ]),
    ],
    [
      'Proxy-Connection',
      headers(1, [
        [':status', '200'],
        ['proxy-connection', 'x'],
      ]),
    ],
    [
      'Transfer-Encoding',
      headers(1, [
        [':status', '200'],
        ['transfer-encoding', 'chunked'],
      ]),
    ],
    [
      'Upgrade',
      headers(1, [
        [':status', '200'],
        ['upgrade', 'h2c'],
      ]),
    ],
    [
      'two lengths that differ',
      head(1, 200, [
        ['content-length', '1'],
        ['content-length', '2'],
      ]),
    ],
    ['a length that is no number', head(1, 200, [['content-length', '+1']])],
    ['a length and an end at once', head(1, 200, [['content-length', '1']], END_STREAM)],
    ['an interim reply that ends it', head(1, 100, [], END_STREAM)],
    ['DATA before a head', data(1, 'x')],
  ])('with %s ends its stream, and only that', (_, frames) => {
    const talk = new Conversation();
    talk.asked();
    talk.asked();
    talk.receive(frames, ping('12345678'));
    expect(talk.sent()).toEqual(['RST_STREAM 1 PROTOCOL_ERROR', 'PING 0 ACK 3132333435363738']);
    expect(talk.told()).toEqual(['1: failed: PROTOCOL_ERROR protocol-failure']);
    expect(talk.receive(head(3, 200)).told()).toEqual(['3: head 200']);
  });
  it('with the same length twice is none', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(
      head(1, 200, [
        ['content-length', '2'],
        ['content-length', '2, 2'],
      ]),
    );
    expect(talk.told()).toHaveLength(1);
    expect(talk.sent()).toEqual([]);
  });
  it('with more interim replies than anybody needs ends its stream', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(...Array.from({ length: 32 }, () => head(1, 103)));
    expect(talk.sent()).toEqual([]);
    expect(talk.receive(head(1, 103)).sent()).toEqual(['RST_STREAM 1 PROTOCOL_ERROR']);
  });
  it('with a list of more bytes, or fields, than allowed ends its stream', () => {
    const talk = new Conversation({ options: { headerListBytes: 2000 } });
    talk.asked();
    talk.asked();
    talk.receive(head(1, 200, [['a', 'x'.repeat(2000)]]));
    expect(talk.sent()).toEqual(['RST_STREAM 1 ENHANCE_YOUR_CALM']);
    const many = new Conversation();
    many.asked();
    many.receive(
      head(
        1,
        200,
        Array.from({ length: 1001 }, () => ['a', 'b'] as const),
      ),
    );
    expect(many.sent()).toEqual(['RST_STREAM 1 ENHANCE_YOUR_CALM']);
  });
  it('after the end of a stream that is still being sent to ends that', () => {
    const talk = new Conversation();
    talk.asked({ operation: 'PUT', hasUpload: true });
    talk.receive(head(1, 200, [], END_STREAM), trailers(1, [['a', 'b']]));
    expect(talk.sent()).toEqual(['RST_STREAM 1 STREAM_CLOSED']);
    expect(talk.told().slice(1)).toEqual(['1: ended', '1: stopped']);
  });
  it('leaves the table in step for those that follow', () => {
    const talk = new Conversation();
    talk.asked();
    talk.asked();
    // A literal with incremental indexing, in a head without status; then the same by its index.
    talk.receive(frame(1, END_HEADERS, 1, bytes(0x40, 1, 'a', 1, 'b')));
    talk.receive(frame(1, END_HEADERS, 3, bytes(0x88, 0xbe)));
    expect(talk.told().at(-1)).toBe('3: head 200, a: b');
  });
});

describe('trailers', () => {
  it('are told before the end', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200), data(1, 'x'), trailers(1, [['a', 'b']]));
    expect(talk.told()).toEqual(['1: head 200', '1: data x', '1: trailers, a: b', '1: ended']);
  });
  it.each([
    ['that do not end the stream', headers(1, [['a', 'b']])],
    ['with a pseudo-field', trailers(1, [[':status', '200']])],
    ['with a field of connections', trailers(1, [['upgrade', 'x']])],
  ])('%s are malformed', (_, frames) => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200), frames);
    expect(talk.sent()).toEqual(['RST_STREAM 1 PROTOCOL_ERROR']);
    expect(talk.told().at(-1)).toBe('1: failed: PROTOCOL_ERROR protocol-failure');
  });
  it('do not make up for a body that is too short', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200, [['content-length', '2']]), data(1, 'x'), trailers(1, [['a', 'b']]));
    expect(talk.told().at(-1)).toBe('1: failed: PROTOCOL_ERROR protocol-failure');
  });
});

describe('a header block', () => {
  it('of too many frames ends the connection', () => {
    const talk = new Conversation();
    talk.asked();
    const pieces = Array.from({ length: 128 }, () => continuation(1, bytes(0x88)));
    expect(talk.receive(frame(1, 0, 1, bytes(0x88)), ...pieces).sent()).toEqual(
      goodbye('ENHANCE_YOUR_CALM'),
    );
  });
  it('of too many bytes ends the connection', () => {
    const talk = new Conversation({ options: { headerListBytes: 1024 } });
    talk.asked();
    const piece = bytes('x'.repeat(9000));
    talk.receive(frame(1, 0, 1, piece));
    expect(talk.sent()).toEqual([]);
    expect(talk.receive(continuation(1, piece)).sent()).toEqual(goodbye('ENHANCE_YOUR_CALM'));
  });
});
