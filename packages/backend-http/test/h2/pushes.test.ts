import { describe, expect, it } from 'vitest';

import { Conversation, type Setup } from './fixtures/conversation.ts';
import {
  bytes,
  data,
  END_STREAM,
  frame,
  head,
  pushPromise,
  reset,
  settings,
  windowUpdate,
} from './fixtures/frames.ts';

const fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'peer.test'],
  [':path', '/style.css'],
] as const;
const goodbye = (name: string): string => `GOAWAY 0 0 ${name}`;

function pushing(setup: Setup = {}): Conversation {
  const talk = new Conversation({ wantsPushes: true, options: { pushAllowed: true }, ...setup });
  talk.asked();
  return talk;
}

describe('a promise', () => {
  it('that is wanted becomes a reply', () => {
    const talk = pushing();
    talk.receive(
      pushPromise(1, 2, [...fields, ['accept', '*/*']]),
      head(2, 200),
      data(2, 'css', END_STREAM),
    );
    expect(talk.told()).toEqual([
      '1: promised 2 GET https://peer.test/style.css, accept: */*',
      '2: head 200',
      '2: data css',
      '2: ended',
    ]);
    expect(talk.sent()).toEqual([]);
    expect(talk.engine.streamCount).toBe(1);
  });
  it('that is not wanted is refused', () => {
    const talk = pushing({ wantsPushes: false });
    talk.receive(pushPromise(1, 2, fields), head(2, 200), data(2, 'late', END_STREAM));
    expect(talk.sent()).toEqual(['RST_STREAM 2 REFUSED_STREAM']);
    expect(talk.told()).toHaveLength(1);
  });
  it('ends the connection where push is off', () => {
    const talk = new Conversation();
    talk.asked();
    expect(talk.receive(pushPromise(1, 2, fields)).sent()).toEqual([goodbye('PROTOCOL_ERROR')]);
  });
  it('is refused where push is off, and the peer may not know it yet', () => {
    const talk = new Conversation({ silent: true });
    talk.request();
    talk.receive(settings());
    talk.sent();
    talk.receive(pushPromise(1, 2, fields));
    expect(talk.sent()).toEqual(['RST_STREAM 2 REFUSED_STREAM']);
  });
  it.each([
    ['of what is not safe', [[':method', 'POST'], ...fields.slice(1)]],
    ['without a path', fields.slice(0, 3)],
    ['without an authority', [fields[0], fields[1], fields[3]]],
    ['with two paths', [...fields, [':path', '/b']]],
    ['with a body', [...fields, ['content-length', '3']]],
    ['with a status', [...fields, [':status', '200']]],
  ] as const)('%s is malformed', (_, wrong) => {
    const talk = pushing();
    expect(talk.receive(pushPromise(1, 2, wrong)).sent()).toEqual(['RST_STREAM 2 PROTOCOL_ERROR']);
  });
  it.each([
    ['on stream 0', pushPromise(0, 2, fields)],
    ['on a stream that is idle', pushPromise(3, 2, fields)],
    ['of a stream of ours', pushPromise(1, 3, fields)],
    ['of no stream', pushPromise(1, 0, fields)],
    ['of the same stream again', bytes(pushPromise(1, 4, fields), pushPromise(1, 4, fields))],
    ['of an earlier stream', bytes(pushPromise(1, 4, fields), pushPromise(1, 2, fields))],
    ['on a promised stream', bytes(pushPromise(1, 2, fields), pushPromise(2, 4, fields))],
    [
      'after the end of the request',
      bytes(head(1, 200, [], END_STREAM), pushPromise(1, 2, fields)),
    ],
    ['with DATA before its head', bytes(pushPromise(1, 2, fields), data(2, 'x'))],
    ['with WINDOW_UPDATE before its head', bytes(pushPromise(1, 2, fields), windowUpdate(2, 1))],
  ])('%s ends the connection', (_, frames) => {
    expect(pushing().receive(frames).sent().at(-1)).toMatch(/^GOAWAY 0 \d PROTOCOL_ERROR$/);
  });
  it('that is too short ends the connection', () => {
    expect(
      pushing()
        .receive(frame(5, 4, 1, 'abc'))
        .sent(),
    ).toEqual([goodbye('FRAME_SIZE_ERROR')]);
  });
  it('of more than may be open at once is refused', () => {
    const talk = pushing({ options: { pushAllowed: true, pushedStreams: 1 } });
    talk.receive(pushPromise(1, 2, fields), pushPromise(1, 4, fields));
    expect(talk.sent()).toEqual(['RST_STREAM 4 REFUSED_STREAM']);
    talk.receive(head(2, 200, [], END_STREAM), pushPromise(1, 6, fields));
    expect(talk.sent()).toEqual([]);
  });
  it('for a request that was given up is refused, and keeps the table in step', () => {
    const talk = pushing();
    const stream = talk.asked();
    talk.engine.reset(stream);
    talk.sent();
    talk.receive(pushPromise(3, 2, fields), head(1, 200));
    expect(talk.sent()).toEqual(['RST_STREAM 2 REFUSED_STREAM']);
    expect(talk.told()).toEqual(['1: head 200']);
  });
  it('may be broken', () => {
    const talk = pushing();
    talk.receive(pushPromise(1, 2, fields), reset(2, 8));
    expect(talk.told().at(-1)).toBe('2: failed: CANCEL protocol-failure');
  });
});
