import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import {
  ACK,
  bytes,
  data,
  END_STREAM,
  frame,
  goaway,
  head,
  number,
  ping,
  reset,
  windowUpdate,
} from './fixtures/frames.ts';

const goodbye = (name: string): string[] => [`GOAWAY 0 0 ${name}`];

describe('PING', () => {
  it('is answered with what it holds', () => {
    expect(new Conversation().receive(ping('abcdefgh')).sent()).toEqual([
      'PING 0 ACK 6162636465666768',
    ]);
  });
  it('measures the path', () => {
    const talk = new Conversation();
    talk.engine.ping();
    talk.engine.ping();
    expect(talk.sent()).toEqual(['PING 0 0000000000000001']);
    talk.now += 40;
    talk.receive(ping('\0\0\0\0\0\0\0\x01', ACK));
    expect(talk.told()).toEqual(['ping acknowledged after 40 ms']);
  });
  it('with an answer to nothing says nothing', () => {
    const talk = new Conversation();
    talk.engine.ping();
    talk.receive(ping('abcdefgh', ACK), ping('\0\0\0\0\0\0\0\x02', ACK));
    expect(talk.told()).toEqual([]);
  });
  it.each([
    ['on a stream', frame(6, 0, 1, 'abcdefgh'), 'PROTOCOL_ERROR'],
    ['of another size', frame(6, 0, 0, 'abcdefg'), 'FRAME_SIZE_ERROR'],
  ])('%s ends the connection', (_, frames, name) => {
    expect(new Conversation().receive(frames).sent()).toEqual(goodbye(name));
  });
});

describe('GOAWAY', () => {
  it('lets those go on that will be answered, and fails the others, which may be sent again', () => {
    const talk = new Conversation();
    talk.asked();
    talk.asked();
    talk.receive(goaway(1, 0, 'bye\u0007'), head(1, 200, [], END_STREAM));
    expect(talk.told()).toEqual([
      '3: failed: NO_ERROR remote-host-closed unprocessed temporary',
      'going away: NO_ERROR remote-host-closed temporary',
      '1: head 200, 0 bytes',
      '1: ended',
    ]);
    expect(talk.engine.mayRequest).toBe(0);
    expect(() => talk.request()).toThrow('no more requests');
  });
  it('may announce an end before it names the last stream', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(goaway(2 ** 31 - 1, 0));
    expect(talk.told()).toEqual(['going away: NO_ERROR remote-host-closed temporary']);
    talk.receive(goaway(0, 0));
    expect(talk.told()[0]).toBe('1: failed: NO_ERROR remote-host-closed unprocessed temporary');
  });
  it('with an error lets the rest go on, and is the reason when the peer leaves', () => {
    const talk = new Conversation();
    talk.asked();
    talk.asked();
    talk.receive(goaway(1, 2));
    expect(talk.told()).toEqual([
      '3: failed: INTERNAL_ERROR internal-server unprocessed temporary',
      'going away: INTERNAL_ERROR internal-server',
    ]);
    expect(talk.sent()).toEqual([]);
    talk.engine.receiveEnd();
    expect(talk.told()).toEqual([
      '1: failed: INTERNAL_ERROR internal-server',
      'failed: INTERNAL_ERROR internal-server',
    ]);
  });
  it('says why, and nothing that a terminal would obey', () => {
    const talk = new Conversation();
    talk.receive(goaway(0, 11, 'too_many\x1b[31m'));
    expect(talk.told()).toEqual(['going away: ENHANCE_YOUR_CALM unknown-server']);
    talk.engine.receiveEnd();
    expect(talk.engine.failure?.message).toBe(
      'HTTP/2: the peer said goodbye: too_many?[31m (ENHANCE_YOUR_CALM)',
    );
    const curt = new Conversation().receive(goaway(0, 11));
    curt.engine.receiveEnd();
    expect(curt.engine.failure?.message).toBe('HTTP/2: the peer said goodbye (ENHANCE_YOUR_CALM)');
  });
  it.each([
    ['with a last stream that grows', bytes(goaway(1, 0), goaway(3, 0)), 'PROTOCOL_ERROR'],
    ['with a last stream that is not ours', goaway(2, 0), 'PROTOCOL_ERROR'],
    ['on a stream', frame(7, 0, 1, bytes(number(0), number(0))), 'PROTOCOL_ERROR'],
    ['that is too short', frame(7, 0, 0, 'abcdefg'), 'FRAME_SIZE_ERROR'],
  ])('%s is answered with an error', (_, frames, name) => {
    expect(new Conversation().receive(frames).sent()).toEqual(goodbye(name));
  });
  it('stays the reason when the peer closes', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(goaway(1, 0, 'maintenance'));
    talk.engine.receiveEnd();
    expect(talk.engine.failure?.message).toContain('maintenance');
    expect(talk.told().slice(1)).toEqual([
      '1: failed: NO_ERROR remote-host-closed temporary',
      'failed: NO_ERROR remote-host-closed temporary',
    ]);
  });
});

describe('RST_STREAM', () => {
  it.each([
    [0, 'NO_ERROR remote-host-closed temporary'],
    [1, 'PROTOCOL_ERROR protocol-failure'],
    [2, 'INTERNAL_ERROR internal-server'],
    [7, 'REFUSED_STREAM protocol-failure unprocessed temporary'],
    [8, 'CANCEL protocol-failure'],
    [11, 'ENHANCE_YOUR_CALM unknown-server'],
    [12, 'INADEQUATE_SECURITY content-access-denied'],
    [13, 'HTTP_1_1_REQUIRED protocol-failure'],
    [500_000, 'error code 500000 protocol-failure'],
  ])('with code %i fails its stream, and only that', (errorCode, failure) => {
    const talk = new Conversation();
    talk.asked();
    talk.asked();
    talk.receive(reset(1, errorCode), head(3, 200));
    expect(talk.told()).toEqual([`1: failed: ${failure}`, '3: head 200']);
    expect(talk.sent()).toEqual([]);
  });
  it('after a whole reply only stops the upload', () => {
    const talk = new Conversation();
    const stream = talk.asked({ operation: 'PUT', hasUpload: true });
    talk.engine.write(stream, bytes('abc'));
    talk.receive(head(1, 413, [], END_STREAM), reset(1, 0));
    expect(talk.told()).toEqual(['1: head 413, 0 bytes', '1: ended', '1: stopped']);
    expect(talk.sent()).toEqual([]);
  });
  it('for a stream that is closed is ignored', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200, [], END_STREAM), reset(1, 0), reset(1, 8));
    expect(talk.sent()).toEqual([]);
  });
  it.each([
    ['on stream 0', reset(0, 8), 'PROTOCOL_ERROR'],
    ['on a stream that is idle', reset(1, 8), 'PROTOCOL_ERROR'],
    ['of another size', frame(3, 0, 1, 'abc'), 'FRAME_SIZE_ERROR'],
  ])('%s ends the connection', (_, frames, name) => {
    expect(new Conversation().receive(frames).sent()).toEqual(goodbye(name));
  });
});

describe('WINDOW_UPDATE', () => {
  it.each([
    ['by nothing', windowUpdate(0, 0), 'PROTOCOL_ERROR'],
    ['beyond what a window can be', windowUpdate(0, 2 ** 31 - 1), 'FLOW_CONTROL_ERROR'],
    ['for a stream that is idle', windowUpdate(3, 1), 'PROTOCOL_ERROR'],
    ['of another size', frame(8, 0, 0, 'abc'), 'FRAME_SIZE_ERROR'],
  ])('%s ends the connection', (_, frames, name) => {
    const talk = new Conversation();
    talk.asked();
    expect(talk.receive(frames).sent()).toEqual(goodbye(name));
  });
  it.each([
    ['by nothing', windowUpdate(1, 0), 'PROTOCOL_ERROR'],
    ['beyond what a window can be', windowUpdate(1, 2 ** 31 - 1), 'FLOW_CONTROL_ERROR'],
  ])('of a stream %s ends that', (_, frames, name) => {
    const talk = new Conversation();
    talk.asked({ operation: 'PUT', hasUpload: true });
    expect(talk.receive(frames).sent()).toEqual([`RST_STREAM 1 ${name}`]);
  });
  it('for a stream that is closed is ignored', () => {
    const talk = new Conversation();
    talk.asked();
    talk.receive(head(1, 200, [], END_STREAM), windowUpdate(1, 5), windowUpdate(1, 0));
    expect(talk.sent()).toEqual([]);
  });
});

describe('PRIORITY_UPDATE', () => {
  it('is none of a server', () => {
    const talk = new Conversation();
    expect(talk.receive(frame(0x10, 0, 0, bytes(number(1), 'u=1'))).sent()).toEqual(
      goodbye('PROTOCOL_ERROR'),
    );
  });
});

describe('PRIORITY', () => {
  it('is ignored, whatever stream it is for', () => {
    const talk = new Conversation();
    talk.asked();
    const content = bytes(number(1), 16);
    talk.receive(
      frame(2, 0, 1, content),
      frame(2, 0, 99, content),
      frame(2, 0, 4, content),
      data(1, ''),
    );
    expect(talk.sent()).toEqual(['RST_STREAM 1 PROTOCOL_ERROR']);
  });
  it('of another size ends its stream', () => {
    const talk = new Conversation();
    talk.asked();
    expect(talk.receive(frame(2, 0, 1, 'abcd')).sent()).toEqual(['RST_STREAM 1 FRAME_SIZE_ERROR']);
  });
  it('on stream 0 ends the connection', () => {
    expect(new Conversation().receive(frame(2, 0, 0, 'abcde')).sent()).toEqual(
      goodbye('PROTOCOL_ERROR'),
    );
  });
});
