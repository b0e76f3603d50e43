import { describe, expect, it } from 'vitest';

import type { Stream } from '../../src/h2/stream.ts';
import { Conversation } from './fixtures/conversation.ts';
import {
  ACK,
  data,
  END_STREAM,
  frame,
  head,
  PADDED,
  ping,
  settings,
  settingsAck,
} from './fixtures/frames.ts';

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;
const block = 'x'.repeat(16_384);

/** Sends up to so many bytes, as far as the stream's credit goes; returns what was sent. */
function flood(talk: Conversation, stream: Stream, bytes: number): number {
  let sent = 0;
  const whole = data(stream.id, block);
  while (sent < bytes && stream.grantedBytes > 0) {
    if (talk.engine.failure !== undefined) throw talk.engine.failure;
    const count = Math.min(block.length, stream.grantedBytes, bytes - sent);
    talk.engine.receive(count === block.length ? whole : data(stream.id, block.slice(0, count)));
    sent += count;
  }
  return sent;
}

/** Lets a reader that keeps up read over a path of this delay, as fast as its windows allow; returns bytes of the last round trip. */
function race(talk: Conversation, stream: Stream, roundTrips: number, delay: number): number {
  let last = 0;
  for (let trip = 0; trip < roundTrips; trip += 1) {
    last = flood(talk, stream, stream.grantedBytes);
    talk.now += delay;
    talk.sent();
  }
  return last;
}

/** The peer's settings took so long. */
function over(delay: number, options = {}, stalled = false): Conversation {
  const talk = new Conversation({ options, stalled, silent: true, quiet: true });
  talk.now += delay;
  talk.receive(settings([3, 1000]), settingsAck);
  talk.sent();
  return talk;
}

describe('credit', () => {
  it('is given ahead with a request, as far as there is plenty', () => {
    const talk = new Conversation();
    talk.request();
    expect(talk.sent()).toEqual(['HEADERS 1 END_STREAM', `WINDOW_UPDATE 1 ${1_047_552 - 65_536}`]);
  });
  it('is not given ahead for a reply that has no body', () => {
    const talk = new Conversation();
    talk.request({ operation: 'HEAD' });
    expect(talk.sent()).toEqual(['HEADERS 1 END_STREAM']);
  });
  it('is renewed when half of a window was read', () => {
    const options = { connectionBytes: 100_000, streamBytes: 40_000 };
    const talk = new Conversation({ options, stalled: true });
    const stream = talk.asked();
    talk.receive(head(1, 200), data(1, 'x'.repeat(16_000)), data(1, 'x'.repeat(16_000)));
    talk.engine.consumed(stream, 19_999);
    expect(talk.sent()).toEqual([]);
    talk.now += 1000;
    talk.engine.consumed(stream, 1);
    expect(talk.sent()).toContain('WINDOW_UPDATE 1 20000');
  });
  it('is not renewed for a body whose rest was granted', () => {
    const options = { connectionBytes: 65_535, streamBytes: 40_000 };
    const talk = new Conversation({ options });
    talk.asked();
    talk.receive(
      head(1, 200, [['content-length', '30000']]),
      data(1, block),
      data(1, block.slice(0, 10_000)),
    );
    expect(talk.sent()).toEqual([]);
  });
  it('of the connection comes back for what nobody reads, and for padding', () => {
    const options = { connectionBytes: 65_535, streamBytes: 65_535 };
    const talk = new Conversation({ options, stalled: true });
    const stream = talk.asked();
    talk.receive(head(1, 200), data(1, block), data(1, block));
    expect(talk.sent()).toEqual([]);
    talk.engine.reset(stream);
    expect(talk.sent()).toEqual(['WINDOW_UPDATE 0 32768', 'RST_STREAM 1 CANCEL']);
    const padded = frame(0, PADDED, 1, `\xff${'p'.repeat(255)}`);
    talk.receive(data(1, block), padded, data(1, block));
    expect(talk.sent()).toEqual(['WINDOW_UPDATE 0 33024']);
  });
  it('comes back for what is read after the end', () => {
    const options = { connectionBytes: 65_535, streamBytes: 65_535 };
    const talk = new Conversation({ options, stalled: true });
    const stream = talk.asked();
    talk.receive(head(1, 200), data(1, block), data(1, block), data(1, block, END_STREAM));
    talk.engine.consumed(stream, 3 * block.length);
    expect(talk.sent()).toEqual(['WINDOW_UPDATE 0 49152']);
    talk.engine.consumed(stream, 3 * block.length);
    expect(talk.sent()).toEqual([]);
  });
  it('does not grow for a reader that is slow', () => {
    const talk = over(100);
    const stream = talk.asked();
    talk.receive(head(1, 200));
    for (let trip = 0; trip < 20; trip += 1) {
      talk.now += 1000;
      flood(talk, stream, 300 * KILOBYTE);
    }
    expect(stream.windowBytes).toBeLessThanOrEqual(MEGABYTE);
  });
  it('grows for a reader that keeps up, until a gigabit a second goes over a path of 100 ms', () => {
    const talk = over(100);
    const stream = talk.asked();
    talk.receive(head(1, 200));
    // 1 Gbit/s · 100 ms.
    expect(race(talk, stream, 8, 100)).toBeGreaterThan(12_500_000);
    expect(stream.windowBytes).toBeLessThanOrEqual(64 * MEGABYTE);
  });
  it('never exceeds the limit of the connection, however many readers stall', () => {
    const talk = over(100, {}, true);
    let held = 0;
    for (let count = 0; count < 100; count += 1) {
      const stream = talk.asked();
      talk.receive(head(stream.id, 200));
      held += flood(talk, stream, Infinity);
    }
    expect(held).toBeLessThanOrEqual(64 * MEGABYTE);
    expect(talk.engine.failure).toBeUndefined();
  });
  it('lets one that keeps up be quick among a hundred that stall', () => {
    const talk = over(10, {}, true);
    for (let count = 0; count < 100; count += 1) {
      const stalled = talk.asked();
      talk.receive(head(stalled.id, 200));
      flood(talk, stalled, Infinity);
    }
    const lively = talk.asked();
    talk.receive(head(lively.id, 200));
    let last = 0;
    for (let trip = 0; trip < 10; trip += 1) {
      last = flood(talk, lively, lively.grantedBytes);
      talk.engine.consumed(lively, last);
      talk.now += 10;
      talk.sent();
    }
    // 1 Gbit/s · 10 ms.
    expect(last).toBeGreaterThan(1_250_000);
  });
  it('grants the least to each stream even when the limit is reached', () => {
    const talk = new Conversation({
      options: { connectionBytes: 65_535, streamBytes: 40_000 },
      stalled: true,
    });
    const streams = [talk.asked(), talk.asked(), talk.asked()];
    for (const stream of streams) expect(stream.grantedBytes).toBe(40_000);
    talk.receive(head(1, 200), data(1, block), data(1, block));
    talk.engine.consumed(streams[0]!, 2 * block.length);
    expect(streams[0]!.grantedBytes).toBe(40_000);
  });
  it('asks for the delay of the path while large bodies come', () => {
    const talk = over(100);
    const stream = talk.asked();
    talk.receive(head(1, 200));
    talk.now += 6000;
    talk.request();
    expect(talk.sent().filter((line) => line.startsWith('PING'))).toEqual([]);
    flood(talk, stream, MEGABYTE);
    const pings = talk.sent().filter((line) => line.startsWith('PING'));
    expect(pings).toEqual(['PING 0 0000000000000001']);
    talk.now += 7;
    talk.receive(ping('\0\0\0\0\0\0\0\x01', ACK));
    expect(talk.told().filter((line) => line.startsWith('ping'))).toEqual([]);
  });
});
