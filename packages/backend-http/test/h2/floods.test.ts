import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { floodLimits } from '../../src/h2/limits.ts';
import { Conversation } from './fixtures/conversation.ts';
import {
  bytes,
  continuation,
  data,
  END_STREAM,
  frame,
  head,
  lengthOf,
  number,
  ping,
  pushPromise,
  reset,
  settings,
  windowUpdate,
} from './fixtures/frames.ts';

const calm = 'GOAWAY 0 0 ENHANCE_YOUR_CALM';
const promised = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'peer.test'],
  [':path', '/style.css'],
] as const;

/** Sends the same again and again while this side writes what it has to; returns how often it was borne. */
function bearable(talk: Conversation, make: (turn: number) => Uint8Array, most: number): number {
  for (let turn = 0; turn < most; turn += 1) {
    talk.receive(make(turn));
    if (talk.engine.failure !== undefined) return turn;
    talk.sentBytes();
  }
  return most;
}

function repeated(one: Uint8Array, count: number): Buffer {
  return Buffer.alloc(one.length * count, one);
}

function answered(): Conversation {
  const talk = new Conversation({ quiet: true });
  talk.asked();
  return talk.receive(head(1, 200));
}

describe('a flood', () => {
  it.each([
    ['PING frames', () => ping('abcdefgh'), floodLimits.pings],
    ['acknowledged pings', () => frame(6, 1, 0, 'abcdefgh'), floodLimits.pings],
    ['SETTINGS frames', () => settings(), floodLimits.settings],
    ['empty DATA frames', () => data(1, ''), floodLimits.emptyFrames],
    ['padded empty DATA frames', () => frame(0, 8, 1, bytes(2, 'pp')), floodLimits.emptyFrames],
    ['DATA frames of one byte', () => data(1, 'x'), floodLimits.tinyFrames],
    ['PRIORITY frames', () => frame(2, 0, 1, bytes(number(0), 1)), floodLimits.priorities],
    ['unknown frames', () => frame(0xbb, 0, 0, 'x'), floodLimits.unknownFrames],
    ['WINDOW_UPDATE frames', () => windowUpdate(0, 1), floodLimits.windowUpdates],
  ] as const)('of %s ends the connection', (_, make, limit) => {
    const talk = answered();
    const many = limit - 10;
    talk.receive(repeated(make(), many));
    talk.sentBytes();
    const borne = many + bearable(talk, make, 20);
    // The first settings of the conversation, and their acknowledgement, count, too.
    expect(borne).toBeGreaterThanOrEqual(limit - 2);
    expect(borne).toBeLessThanOrEqual(limit);
    expect(talk.sent().at(-1)).toBe(calm);
    expect(talk.engine.failure?.message).toContain('floods');
  });
  it('is none when it takes its time', () => {
    const talk = answered();
    expect(bearable(talk, () => settings(), floodLimits.settings - 5)).toBe(
      floodLimits.settings - 5,
    );
    talk.now += 10_001;
    expect(bearable(talk, () => settings(), floodLimits.settings - 5)).toBe(
      floodLimits.settings - 5,
    );
  });
  it('of empty fragments ends the connection', () => {
    const talk = new Conversation();
    talk.asked();
    const empty = continuation(1, bytes());
    const make = (): Uint8Array =>
      bytes(frame(1, 0, 1, ''), repeated(empty, 99), continuation(1, bytes(0x88), 4));
    expect(bearable(talk, make, 20)).toBe(floodLimits.emptyFrames / 100);
    expect(talk.engine.failure?.message).toContain('nothing in them');
  });
  it('of resets ends the connection, unless there are replies between them', () => {
    const talk = new Conversation();
    const refuse = (): Uint8Array => reset(talk.asked().id, 7);
    expect(bearable(talk, refuse, floodLimits.resets + 10)).toBe(floodLimits.resets);
    expect(talk.engine.failure?.message).toContain('streams reset');
    const other = new Conversation();
    const both = (): Uint8Array =>
      bytes(head(other.asked().id, 200, [], END_STREAM), reset(other.asked().id, 7));
    expect(bearable(other, both, floodLimits.resets + 10)).toBe(floodLimits.resets + 10);
  });
  it('of frames for closed streams ends the connection', () => {
    const talk = answered();
    talk.receive(data(1, '', END_STREAM));
    const many = floodLimits.lateFrames - 10;
    talk.receive(repeated(reset(1, 8), many));
    expect(bearable(talk, () => reset(1, 8), 20)).toBe(10);
  });
  it('of bytes for closed streams ends the connection', () => {
    const talk = answered();
    talk.receive(data(1, '', END_STREAM));
    const block = data(1, 'x'.repeat(16_384));
    expect(bearable(talk, () => block, 1000)).toBeLessThanOrEqual(64);
    expect(talk.sent().at(-1)).toBe('GOAWAY 0 0 PROTOCOL_ERROR');
  });
  it('of promises that are refused ends the connection', () => {
    const talk = new Conversation({ options: { pushAllowed: true } });
    talk.asked();
    const make = (turn: number): Uint8Array =>
      pushPromise(1, 2 + turn * 2, [...promised.slice(1), [':method', 'POST']]);
    expect(bearable(talk, make, 2000)).toBe(floodLimits.refusedPushes);
  });
  it('of replies that the peer does not read ends the connection', () => {
    const talk = answered();
    const most = (256 * 1024) / 17;
    let turns = 0;
    while (talk.engine.failure === undefined && turns < most) {
      talk.now += 10_001;
      talk.receive(...Array.from({ length: 5000 }, () => ping('abcdefgh')));
      turns += 5000;
    }
    expect(talk.engine.failure?.message).toContain('does not read');
    expect(talk.sentBytes().length).toBeLessThan(300 * 1024);
  });
  it('of header lists that refer to one large entry is cut off at the limit, without memory for what is beyond', () => {
    const bomb = new Conversation();
    bomb.asked();
    const value = 'x'.repeat(4000);
    const entry = bytes(0x88, 0x40, 1, 'a', lengthOf(value), value);
    bomb.receive(
      frame(1, 0, 1, entry),
      continuation(1, Buffer.alloc(16_000, 0xbe)),
      continuation(1, Buffer.alloc(16_000, 0xbe), 4),
    );
    expect(bomb.sent()).toEqual(['RST_STREAM 1 ENHANCE_YOUR_CALM']);
    expect(bomb.told()).toEqual(['1: failed: ENHANCE_YOUR_CALM protocol-failure']);
  });
});
