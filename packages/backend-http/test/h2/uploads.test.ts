import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import { bytes, END_STREAM, head, reset, settings, windowUpdate } from './fixtures/frames.ts';

const put = { operation: 'PUT', hasUpload: true } as const;

describe('an upload', () => {
  it('leaves in frames of what the peer takes', () => {
    const talk = new Conversation();
    const stream = talk.asked({ ...put, length: 40_000 });
    talk.engine.write(stream, new Uint8Array(40_000));
    expect(talk.sent()).toEqual(['DATA 1 16384', 'DATA 1 16384', 'DATA 1 END_STREAM 7232']);
    expect(talk.told()).toEqual(['1: written']);
  });
  it('leaves in larger frames if the peer takes them', () => {
    const talk = new Conversation().receive(settings([5, 30_000]));
    const stream = talk.asked(put);
    talk.engine.write(stream, new Uint8Array(40_000));
    talk.engine.end(stream);
    expect(talk.sent()).toEqual(['DATA 1 30000', 'DATA 1 END_STREAM 10000']);
  });
  it('of an unknown length ends when it is said', () => {
    const talk = new Conversation();
    const stream = talk.asked(put);
    talk.engine.write(stream, bytes('ab'));
    expect(talk.sent()).toEqual(['DATA 1 2']);
    talk.engine.write(stream, bytes());
    expect(talk.sent()).toEqual([]);
    talk.engine.end(stream);
    expect(talk.sent()).toEqual(['DATA 1 END_STREAM 0']);
    expect(talk.told()).toEqual(['1: written', '1: written']);
  });
  it('of no bytes ends with its head', () => {
    const talk = new Conversation();
    const stream = talk.request({ ...put, length: 0 });
    talk.engine.end(stream);
    expect(talk.sent()[0]).toBe('HEADERS 1 END_STREAM');
  });
  it('is written into one output, view after view, as long as there is room', () => {
    const talk = new Conversation().receive(windowUpdate(0, 2 ** 20));
    const listener = talk.listener(1);
    let left = 3;
    const stream = talk.engine.request(
      { ...put, scheme: 'https', authority: 'a', path: '/', fields: [] },
      {
        ...listener,
        written: () => {
          left -= 1;
          if (left > 0) talk.engine.write(stream, bytes(String(left)));
          else talk.engine.end(stream);
        },
      },
    );
    talk.engine.write(stream, bytes('3'));
    expect(talk.sent().slice(-4)).toEqual([
      'DATA 1 1',
      'DATA 1 1',
      'DATA 1 1',
      'DATA 1 END_STREAM 0',
    ]);
  });
  it('waits for the windows of its stream and of the connection', () => {
    const talk = new Conversation();
    const stream = talk.asked(put);
    talk.engine.write(stream, new Uint8Array(100_000));
    expect(talk.sent().at(-1)).toBe('DATA 1 16383');
    expect(talk.receive(windowUpdate(1, 50_000)).sent()).toEqual([]);
    expect(talk.receive(windowUpdate(0, 10)).sent()).toEqual(['DATA 1 10']);
    expect(talk.receive(windowUpdate(0, 100_000)).sent().at(-1)).toBe('DATA 1 1687');
    expect(talk.told()).toEqual(['1: written']);
  });
  it('does not keep another one from its window', () => {
    const talk = new Conversation().receive(settings([4, 5]), windowUpdate(0, 10));
    const one = talk.asked(put);
    const other = talk.asked(put);
    talk.engine.write(one, new Uint8Array(100));
    talk.engine.write(other, new Uint8Array(3));
    expect(talk.sent()).toEqual(['DATA 1 5', 'DATA 3 3']);
  });
  it('takes turns with those that are as urgent', () => {
    const talk = new Conversation();
    for (const stream of [talk.asked(put), talk.asked(put)])
      talk.engine.write(stream, new Uint8Array(20_000));
    expect(talk.sent()).toEqual(['DATA 1 16384', 'DATA 3 16384', 'DATA 1 3616', 'DATA 3 3616']);
  });
  it('lets the more urgent go first', () => {
    const talk = new Conversation();
    const slow = talk.asked({ ...put, priority: { urgency: 7 } });
    const usual = talk.asked(put);
    const quick = talk.asked({ ...put, priority: { urgency: 0 } });
    for (const stream of [slow, usual, quick]) talk.engine.write(stream, new Uint8Array(20_000));
    talk.engine.prioritise(slow, { urgency: 7 });
    expect(talk.sent()).toEqual([
      'PRIORITY_UPDATE 0 u=7',
      'DATA 5 16384',
      'DATA 5 3616',
      'DATA 3 16384',
      'DATA 3 3616',
      'DATA 1 16384',
      'DATA 1 3616',
    ]);
  });
  it('ends when it is given up, or the peer gives up', () => {
    const talk = new Conversation();
    const one = talk.asked(put);
    const other = talk.asked(put);
    for (const stream of [one, other]) talk.engine.write(stream, bytes('abc'));
    talk.engine.reset(one);
    talk.receive(reset(3, 8));
    expect(talk.sent()).toEqual(['RST_STREAM 1 CANCEL']);
    talk.engine.write(one, bytes('x'));
    talk.engine.end(other);
    expect(talk.sent()).toEqual([]);
  });
  it('goes on after the end of the reply', () => {
    const talk = new Conversation();
    const stream = talk.asked(put);
    talk.receive(head(1, 200, [], END_STREAM));
    expect(talk.engine.streamCount).toBe(1);
    talk.engine.write(stream, bytes('abc'));
    talk.engine.end(stream);
    expect(talk.sent()).toEqual(['DATA 1 END_STREAM 3']);
    expect(talk.engine.streamCount).toBe(0);
  });
  it('is as long as it was announced', () => {
    const talk = new Conversation();
    const stream = talk.asked({ ...put, length: 3 });
    expect(() => talk.engine.write(stream, bytes('abcd'))).toThrow('longer than it was announced');
    talk.engine.write(stream, bytes('ab'));
    expect(() => talk.engine.end(stream)).toThrow('1 bytes shorter');
    expect(() => talk.engine.write(stream, bytes('c'))).toThrow('before it was ready');
  });
  it('fails when its window never opens', () => {
    const talk = new Conversation().receive(settings([4, 0]));
    const stream = talk.asked(put);
    talk.engine.write(stream, bytes('abc'));
    talk.now += 119_000;
    talk.engine.tick();
    expect(talk.told().at(-1)).not.toContain('failed');
    talk.now += 2000;
    talk.engine.tick();
    expect(talk.sent()).toEqual(['RST_STREAM 1 CANCEL']);
    expect(talk.told()).toEqual(['1: failed: CANCEL timeout temporary']);
  });
  it('fails when the window of the connection never opens', () => {
    const talk = new Conversation();
    const stream = talk.asked(put);
    talk.receive(windowUpdate(1, 100_000));
    talk.engine.write(stream, new Uint8Array(70_000));
    talk.sent();
    talk.now += 121_000;
    talk.engine.tick();
    expect(talk.sent()).toEqual(['RST_STREAM 1 CANCEL']);
  });
});
