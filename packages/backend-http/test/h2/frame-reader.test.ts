import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import { bytes, data, frame, head, ping, END_STREAM } from './fixtures/frames.ts';

describe('frames', () => {
  it('may be split anywhere', () => {
    const talk = new Conversation();
    talk.asked();
    const all = bytes(head(1, 200), data(1, 'hello'), ping('12345678'), data(1, '', END_STREAM));
    for (const byte of all) talk.receive(Uint8Array.of(byte));
    expect(talk.told()).toEqual(['1: head 200', '1: data hello', '1: ended']);
    expect(talk.sent()).toEqual(['PING 0 ACK 3132333435363738']);
  });
  it('may come together', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200), data(1, 'a'), data(1, 'b'), ping('12345678'));
    expect(talk.told()).toEqual(['1: head 200', '1: data ab']);
    expect(talk.sent()).toEqual(['PING 0 ACK 3132333435363738']);
  });
  it('pass on parts of a body before all of it came', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200), data(1, 'hello').subarray(0, 11));
    expect(talk.told()).toEqual(['1: head 200', '1: data he']);
  });
  it('of unknown types are ignored, whatever they hold', () => {
    const talk = new Conversation();
    talk.asked();
    // ALTSVC, ORIGIN, and what nobody knows, on streams of all kinds.
    const others = [
      frame(0xa, 0, 0, 'x'),
      frame(0xc, 0, 0, ''),
      frame(0xfe, 0xff, 77, 'x'.repeat(3000)),
    ];
    talk.receive(...others, head(1, 200, [], END_STREAM));
    expect(talk.told()).toEqual(['1: head 200, 0 bytes', '1: ended']);
    expect(talk.sent()).toEqual([]);
  });
  it.each([
    ['HEADERS', 1, 1],
    ['SETTINGS', 4, 0],
    ['CONTINUATION', 9, 1],
    ['unknown', 0xee, 1],
  ])(
    'of type %s that are larger than allowed end the connection before their content comes',
    (_, type, streamId) => {
      const talk = new Conversation();
      talk.asked();
      const begin = frame(type, 0, streamId, '', 16_385);
      expect(talk.receive(begin).sent().at(-1)).toMatch(/^GOAWAY 0 0 (FRAME_SIZE|PROTOCOL)_ERROR$/);
    },
  );
  it('with a body that are larger than allowed end their stream', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200), data(1, 'x'.repeat(16_385)), ping('12345678'));
    expect(talk.sent()).toEqual(['RST_STREAM 1 FRAME_SIZE_ERROR', 'PING 0 ACK 3132333435363738']);
  });
  it('may be as large as the options say', () => {
    const talk = new Conversation({ options: { frameBytes: 20_000 } });
    talk.asked();
    talk.receive(head(1, 200), data(1, 'x'.repeat(20_000)));
    expect(talk.sent()).toEqual([]);
    expect(talk.bodies.reduce((sum, body) => sum + body.length, 0)).toBe(20_000);
  });
  it('ignore the first bit of a stream identifier', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(frame(1, 0x5, 0x8000_0001, bytes(0x88)));
    expect(talk.told()).toEqual(['1: head 200, 0 bytes', '1: ended']);
  });
});
