import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import { bytes, data, END_STREAM, frame, head, PADDED, ping, reset } from './fixtures/frames.ts';

const goodbye = (name: string): string[] => [`GOAWAY 0 0 ${name}`];
const padded = (streamId: number, content: string, padding: number, flags = 0): Uint8Array =>
  frame(0, PADDED | flags, streamId, bytes(padding, content, 'p'.repeat(padding)));

/** A stream whose head came. */
function answered(fields: readonly (readonly [string, string])[] = []): Conversation {
  const talk = new Conversation();
  talk.asked();
  talk.receive(head(1, 200, fields));
  talk.told();
  return talk;
}

describe('a body', () => {
  it('is told as it comes, without its padding', () => {
    const talk = answered();
    talk.receive(
      data(1, 'ab'),
      padded(1, 'cd', 3),
      padded(1, 'e', 0),
      padded(1, '', 4, END_STREAM),
    );
    expect(talk.told()).toEqual(['1: data abcde', '1: ended']);
  });
  it('may end with an empty frame', () => {
    expect(
      answered()
        .receive(data(1, 'x'), data(1, '', END_STREAM))
        .told(),
    ).toEqual(['1: data x', '1: ended']);
  });
  it('is lent: its views are parts of what was received', () => {
    const talk = answered();
    const view = data(1, 'hello');
    talk.engine.receive(view);
    expect(talk.bodies[0]?.toString()).toBe('hello');
  });
  it.each([
    ['longer', data(1, 'xyz')],
    ['longer, with padding', padded(1, 'xyz', 2)],
    ['longer in its second frame', bytes(data(1, 'x'), data(1, 'yz'))],
    ['shorter', data(1, 'x', END_STREAM)],
    ['missing', data(1, '', END_STREAM)],
  ])('%s than announced is malformed', (_, frames) => {
    const talk = answered([['content-length', '2']]);
    expect(talk.receive(frames, ping('12345678')).sent()).toEqual([
      'RST_STREAM 1 PROTOCOL_ERROR',
      'PING 0 ACK 3132333435363738',
    ]);
    expect(talk.told().at(-1)).toBe('1: failed: PROTOCOL_ERROR protocol-failure');
  });
  it('longer than announced is not told of, however it is split', () => {
    const talk = answered([['content-length', '2']]);
    for (const byte of bytes(data(1, 'xyz'))) talk.receive(Uint8Array.of(byte));
    expect(talk.told()).toEqual(['1: failed: PROTOCOL_ERROR protocol-failure']);
  });
  it.each([
    ['HEAD', 200],
    ['GET', 304],
    ['GET', 204],
  ])('of a reply to %s with %i is malformed', (operation, status) => {
    const talk = new Conversation();
    talk.asked({ operation });
    expect(talk.receive(head(1, status), data(1, 'x', END_STREAM)).sent()).toEqual([
      'RST_STREAM 1 PROTOCOL_ERROR',
    ]);
  });
  it.each([
    ['on stream 0', data(0, 'x'), 'PROTOCOL_ERROR'],
    ['on a stream that is idle', data(5, 'x'), 'PROTOCOL_ERROR'],
    ['on a stream of the server that is idle', data(2, 'x'), 'PROTOCOL_ERROR'],
    ['with nothing but padding', frame(0, PADDED, 1, bytes(2, 'p')), 'PROTOCOL_ERROR'],
  ])('%s ends the connection', (_, frames, name) => {
    expect(answered().receive(frames).sent()).toEqual(goodbye(name));
  });
  it('too short for its padding ends its stream', () => {
    expect(
      answered()
        .receive(frame(0, PADDED, 1))
        .sent(),
    ).toEqual(['RST_STREAM 1 FRAME_SIZE_ERROR']);
  });
  it('after the end of a stream that is still being sent to ends it', () => {
    const talk = new Conversation();
    talk.asked({ operation: 'PUT', hasUpload: true });
    talk.receive(head(1, 200, [], END_STREAM), data(1, 'x'));
    expect(talk.sent()).toEqual(['RST_STREAM 1 STREAM_CLOSED']);
    expect(talk.told().slice(1)).toEqual(['1: ended', '1: stopped']);
  });
  it('after the end of a closed stream is answered once', () => {
    const talk = answered();
    talk.receive(data(1, 'x', END_STREAM), data(1, 'y'), data(1, 'z'));
    expect(talk.sent()).toEqual(['RST_STREAM 1 STREAM_CLOSED']);
    expect(talk.told()).toEqual(['1: data x', '1: ended']);
  });
  it('that comes after this side gave up is thrown away', () => {
    const talk = answered();
    const stream = talk.asked();
    talk.engine.reset(stream);
    expect(talk.sent()).toEqual(['RST_STREAM 3 CANCEL']);
    expect(talk.receive(head(3, 200), data(3, 'late', END_STREAM)).sent()).toEqual([]);
    expect(talk.told()).toEqual([]);
  });
  it('that comes after the peer gave up is a fault of the peer', () => {
    const talk = answered();
    talk.receive(reset(1, 8));
    expect(talk.receive(data(1, 'x')).sent()).toEqual(['RST_STREAM 1 STREAM_CLOSED']);
  });
  it('beyond the window of its stream ends that', () => {
    const talk = new Conversation({
      stalled: true,
      options: { streamBytes: 10, connectionBytes: 65_535 },
    });
    const stream = talk.asked({ operation: 'HEAD' });
    talk.engine.reset(stream);
    talk.asked();
    const granted = talk.engine.streamCount === 1 ? 1023 : 0;
    talk.sent();
    talk.receive(head(3, 200), data(3, 'x'.repeat(granted)));
    expect(talk.sent()).toEqual([]);
    expect(talk.receive(data(3, 'y')).sent()).toEqual(['RST_STREAM 3 FLOW_CONTROL_ERROR']);
  });
  it('beyond the window of the connection ends that', () => {
    const options = { connectionBytes: 65_535, streamBytes: 65_535 };
    const talk = new Conversation({ stalled: true, options });
    talk.asked();
    talk.asked();
    const frames = Array.from({ length: 4 }, () => data(1, 'x'.repeat(16_000)));
    talk.receive(head(1, 200), head(3, 200), ...frames);
    expect(talk.receive(data(3, 'x'.repeat(1535))).sent()).toEqual([]);
    expect(talk.receive(data(3, 'x')).sent()).toEqual(goodbye('FLOW_CONTROL_ERROR'));
  });
  it('may be given up while it is told', () => {
    const talk = new Conversation();
    const listener = talk.listener(1);
    const seen: string[] = [];
    const stream = talk.engine.request(
      {
        operation: 'GET',
        scheme: 'https',
        authority: 'a',
        path: '/',
        fields: [],
        hasUpload: false,
      },
      {
        ...listener,
        data: () => {
          seen.push('data');
          talk.engine.reset(stream);
        },
      },
    );
    talk.sent();
    talk.receive(head(1, 200), data(1, 'a'), data(1, 'b', END_STREAM));
    expect(seen).toEqual(['data']);
    expect(talk.told()).toEqual(['1: head 200']);
    expect(talk.sent()).toEqual(['RST_STREAM 1 CANCEL']);
  });
});
