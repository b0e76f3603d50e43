import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import { ACK, bytes, frame, number, settings, settingsAck } from './fixtures/frames.ts';

const goodbye = (name: string): string[] => [`GOAWAY 0 0 ${name}`];

describe('settings', () => {
  it('begin the connection, behind the preface, with what this side wants', () => {
    expect(new Conversation({ silent: true }).sent()).toEqual([
      'preface',
      'SETTINGS 0 2=0 4=65536 6=262144 9=1',
      'WINDOW_UPDATE 0 67043329',
    ]);
  });
  it('say what the options say', () => {
    const options = {
      connectionBytes: 65_535,
      streamBytes: 70_000,
      frameBytes: 20_000,
      headerTableBytes: 0,
      headerListBytes: 5000,
      pushAllowed: true,
      pushedStreams: 7,
    };
    expect(new Conversation({ silent: true, options }).sent()).toEqual([
      'preface',
      'SETTINGS 0 2=1 4=70000 6=5000 9=1 1=0 5=20000 3=7',
    ]);
  });
  it('of the peer are acknowledged', () => {
    const talk = new Conversation({ silent: true });
    talk.sent();
    talk.receive(settings([3, 7], [4, 1000]), settingsAck);
    expect(talk.sent()).toEqual(['SETTINGS 0 ACK']);
    expect(talk.told()).toEqual(['settings']);
    expect(talk.engine.mayRequest).toBe(7);
  });
  it('that are unknown are ignored', () => {
    const talk = new Conversation().receive(settings([0x99, 5], [0xff, 2 ** 32 - 1]));
    expect(talk.sent()).toEqual(['SETTINGS 0 ACK']);
  });
  it('have to be the first that the peer sends', () => {
    for (const first of [
      settingsAck,
      frame(6, 0, 0, '12345678'),
      bytes('HTTP/1.1 400 Bad Request\r\n'),
    ]) {
      const talk = new Conversation({ silent: true });
      talk.sent();
      expect(talk.receive(first).sent()).toEqual(goodbye('PROTOCOL_ERROR'));
      expect(talk.told()).toEqual(['failed: PROTOCOL_ERROR protocol-failure']);
    }
  });
  it.each([
    ['ENABLE_PUSH of a server', [2, 1], 'PROTOCOL_ERROR'],
    ['ENABLE_PUSH of 2', [2, 2], 'PROTOCOL_ERROR'],
    ['a window beyond 2^31-1', [4, 2 ** 31], 'FLOW_CONTROL_ERROR'],
    ['frames that are too small', [5, 16_383], 'PROTOCOL_ERROR'],
    ['frames that are too large', [5, 2 ** 24], 'PROTOCOL_ERROR'],
    ['ENABLE_CONNECT_PROTOCOL of 2', [8, 2], 'PROTOCOL_ERROR'],
    ['NO_RFC7540_PRIORITIES of 2', [9, 2], 'PROTOCOL_ERROR'],
  ] as const)('end the connection with %s', (_, pair, name) => {
    expect(new Conversation().receive(settings(pair)).sent()).toEqual(goodbye(name));
  });
  it('may allow extended CONNECT, and not take it back', () => {
    const talk = new Conversation().receive(settings([8, 0], [8, 1]));
    expect(talk.sent()).toEqual(['SETTINGS 0 ACK']);
    expect(talk.receive(settings([8, 0])).sent()).toEqual(goodbye('PROTOCOL_ERROR'));
  });
  it.each([
    ['on a stream', frame(4, 0, 1), 'PROTOCOL_ERROR'],
    ['of a size that is no multiple of six', frame(4, 0, 0, '12345'), 'FRAME_SIZE_ERROR'],
    [
      'that acknowledge and say something',
      frame(4, ACK, 0, bytes(0, 3, number(1))),
      'FRAME_SIZE_ERROR',
    ],
    ['that acknowledge what was not sent', settingsAck, 'PROTOCOL_ERROR'],
    [
      'in great numbers',
      settings(...Array.from({ length: 65 }, () => [3, 1] as const)),
      'PROTOCOL_ERROR',
    ],
  ])('are refused %s', (_, frames, name) => {
    expect(new Conversation().receive(frames).sent()).toEqual(goodbye(name));
  });
  it('move the windows of streams that are open', () => {
    const talk = new Conversation();
    const stream = talk.asked({ operation: 'PUT', hasUpload: true });
    talk.engine.write(stream, new Uint8Array(70_000));
    expect(talk.receive(settings([4, 100])).sent()).toEqual(['SETTINGS 0 ACK', 'DATA 1 100']);
    expect(talk.receive(settings([4, 50])).sent()).toEqual(['SETTINGS 0 ACK']);
    expect(talk.receive(settings([4, 160])).sent()).toEqual(['SETTINGS 0 ACK', 'DATA 1 60']);
  });
  it('end the connection when they make a window larger than it can be', () => {
    const talk = new Conversation();
    talk.asked({ operation: 'PUT', hasUpload: true });
    talk.receive(frame(8, 0, 1, number(2 ** 31 - 1 - 65_535)));
    expect(
      talk
        .receive(settings([4, 65_536]))
        .sent()
        .at(-1),
    ).toBe('GOAWAY 0 0 FLOW_CONTROL_ERROR');
  });
  it('end the connection when they are never acknowledged', () => {
    const talk = new Conversation({ silent: true });
    talk.receive(settings());
    talk.sent();
    talk.now += 19_000;
    talk.engine.tick();
    expect(talk.sent()).toEqual([]);
    talk.now += 2000;
    talk.engine.tick();
    expect(talk.sent()).toEqual(goodbye('SETTINGS_TIMEOUT'));
    expect(talk.told()).toEqual(['settings', 'failed: SETTINGS_TIMEOUT timeout temporary']);
  });
});
