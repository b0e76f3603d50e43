import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { completeHttp2Options, defaultHttp2Options } from '../../src/h2/http2-options.ts';
import { http2SettingsField } from '../../src/h2/upgrade-settings.ts';
import { Conversation } from './fixtures/conversation.ts';
import {
  ACK,
  data,
  END_STREAM,
  head,
  ping,
  reset,
  settings,
  settingsAck,
} from './fixtures/frames.ts';

describe('the engine', () => {
  it('has room for as many requests as the peer and the options allow', () => {
    const talk = new Conversation({ silent: true, options: { concurrentStreams: 150 } });
    expect(talk.engine.mayRequest).toBe(100);
    talk.receive(settings([3, 2]), settingsAck);
    expect(talk.engine.mayRequest).toBe(2);
    talk.receive(settings([3, 2 ** 32 - 1]));
    expect(talk.engine.mayRequest).toBe(150);
  });
  it('tells when there is room again', () => {
    const talk = new Conversation().receive(settings([3, 1]));
    talk.told();
    talk.asked();
    expect(() => talk.request()).toThrow(
      expect.objectContaining({ code: 'protocol-invalid-operation' }),
    );
    talk.receive(ping('abcdefgh'));
    expect(talk.told()).toEqual([]);
    talk.receive(head(1, 200, [], END_STREAM));
    expect(talk.told()).toEqual(['1: head 200, 0 bytes', '1: ended', 'may request more']);
    const stream = talk.asked();
    expect(talk.engine.mayRequest).toBe(0);
    talk.engine.reset(stream);
    expect(talk.told()).toEqual(['may request more']);
  });
  it('answers a request that was upgraded on stream 1', () => {
    const talk = new Conversation({ upgraded: true });
    expect(talk.engine.upgradedStream?.id).toBe(1);
    talk.receive(head(1, 200), data(1, 'x', END_STREAM));
    expect(talk.told()).toEqual(['1: head 200', '1: data x', '1: ended']);
    expect(talk.asked().id).toBe(3);
  });
  it('says in a request to be upgraded what it wants', () => {
    const content = Buffer.from(http2SettingsField(), 'base64url');
    expect(content.readUInt16BE(0)).toBe(2);
    expect(content.length % 6).toBe(0);
    expect(http2SettingsField()).not.toMatch(/[=+/]/);
  });
  it('says goodbye once, and lets streams go on', () => {
    const talk = new Conversation();
    talk.asked();
    talk.engine.goaway();
    talk.engine.goaway();
    expect(talk.sent()).toEqual(['GOAWAY 0 0 NO_ERROR']);
    expect(talk.engine.mayRequest).toBe(0);
    talk.receive(head(1, 200, [], END_STREAM));
    expect(talk.told().at(-1)).toBe('1: ended');
  });
  it('ends with the last identifier that a stream can have', () => {
    const talk = new Conversation({ firstStreamId: 2 ** 31 - 3 });
    talk.asked();
    expect(talk.told()).toEqual([]);
    expect(talk.asked().id).toBe(2 ** 31 - 1);
    expect(talk.told()).toEqual(['going away: NO_ERROR protocol-failure']);
    expect(talk.engine.mayRequest).toBe(0);
    talk.receive(head(2 ** 31 - 1, 200, [], END_STREAM));
    expect(talk.told()[0]).toContain('head 200');
  });
  it('fails every stream when the peer closes', () => {
    const talk = new Conversation();
    talk.asked();
    talk.asked();
    talk.engine.receiveEnd();
    talk.engine.receiveEnd();
    const failed = 'failed: NO_ERROR remote-host-closed temporary';
    expect(talk.told().toSorted()).toEqual([`1: ${failed}`, `3: ${failed}`, failed]);
    expect(talk.sent()).toEqual([]);
  });
  it('does nothing more after a failure', () => {
    const talk = new Conversation();
    const stream = talk.asked({ operation: 'PUT', hasUpload: true });
    talk.receive(ping('short'));
    expect(talk.sent()).toEqual(['GOAWAY 0 0 FRAME_SIZE_ERROR']);
    talk.told();
    talk.receive(ping('abcdefgh'));
    talk.engine.write(stream, Buffer.from('x'));
    talk.engine.end(stream);
    talk.engine.reset(stream);
    talk.engine.consumed(stream, 5);
    talk.engine.ping();
    talk.engine.goaway();
    talk.engine.prioritise(stream, { urgency: 1 });
    talk.engine.tick();
    talk.engine.receiveEnd();
    expect(talk.sent()).toEqual([]);
    expect(talk.told()).toEqual([]);
    expect(() => talk.request()).toThrow('no more requests');
  });
  it('notices a peer that does not answer a ping', () => {
    const talk = new Conversation({ options: { pingTimeoutMilliseconds: 100 } });
    talk.asked();
    talk.engine.ping();
    talk.sent();
    talk.now += 101;
    talk.engine.tick();
    expect(talk.sent()).toEqual(['GOAWAY 0 0 SETTINGS_TIMEOUT']);
    expect(talk.told()).toEqual([
      '1: failed: SETTINGS_TIMEOUT timeout temporary',
      'failed: SETTINGS_TIMEOUT timeout temporary',
    ]);
  });
  it('asks a peer that is silent while requests wait', () => {
    const talk = new Conversation({ options: { pingMilliseconds: 1000 } });
    talk.now += 2000;
    talk.engine.tick();
    expect(talk.sent()).toEqual([]);
    talk.asked();
    talk.engine.tick();
    talk.engine.tick();
    expect(talk.sent()).toEqual(['PING 0 0000000000000001']);
    talk.now += 5;
    talk.receive(ping('\0\0\0\0\0\0\0\x01', ACK));
    expect(talk.told()).toEqual(['ping acknowledged after 5 ms']);
    talk.now += 999;
    talk.engine.tick();
    expect(talk.sent()).toEqual([]);
  });
  it('makes requests while it tells of others', () => {
    const talk = new Conversation();
    const listener = talk.listener(1);
    talk.engine.request(
      {
        operation: 'GET',
        scheme: 'https',
        authority: 'a',
        path: '/',
        fields: [],
        hasUpload: false,
      },
      { ...listener, failed: () => void talk.request() },
    );
    talk.sent();
    talk.receive(reset(1, 7));
    expect(talk.sent()[0]).toBe('HEADERS 3 END_STREAM');
  });
  it('has nothing to take when there is nothing to say', () => {
    const talk = new Conversation();
    expect(talk.engine.hasOutput).toBe(false);
    expect(talk.engine.takeOutput()).toEqual([]);
  });
  it('does not take a defect of a listener for a fault of the peer', () => {
    const talk = new Conversation();
    const defect = new Error('a defect');
    talk.engine.request(
      {
        operation: 'HEAD',
        scheme: 'https',
        authority: 'a',
        path: '/',
        fields: [],
        hasUpload: false,
      },
      {
        ...talk.listener(1),
        head: () => {
          throw defect;
        },
      },
    );
    expect(() => talk.receive(head(1, 200))).toThrow(defect);
    expect(talk.engine.failure).toBeUndefined();
  });
  it('needs little memory for a stream that waits', () => {
    const talk = new Conversation({ quiet: true }).receive(settings([3, 20_000]));
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 5000; count += 1) talk.asked();
    const each = (process.memoryUsage().heapUsed - before) / 5000;
    expect(talk.engine.streamCount).toBe(5000);
    expect(each).toBeLessThan(20_000);
  });
});

describe('options', () => {
  it('have defaults', () => {
    expect(completeHttp2Options()).toEqual(defaultHttp2Options);
    expect(completeHttp2Options({ streamBytes: undefined }).streamBytes).toBe(65_536);
  });
  it.each([
    ['connectionBytes', 65_534],
    ['streamBytes', 0],
    ['frameBytes', 16_383],
    ['frameBytes', 2 ** 24],
    ['headerTableBytes', -1],
    ['headerListBytes', 0.5],
    ['concurrentStreams', Number.NaN],
    ['pingTimeoutMilliseconds', 0],
  ])('refuse %s of %d', (key, value) => {
    expect(() => completeHttp2Options({ [key]: value })).toThrow(RangeError);
  });
});
