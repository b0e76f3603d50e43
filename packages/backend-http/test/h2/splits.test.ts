import { Buffer } from 'node:buffer';

import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Conversation } from './fixtures/conversation.ts';
import {
  block,
  bytes,
  continuation,
  data,
  END_STREAM,
  frame,
  goaway,
  head,
  number,
  ping,
  pushPromise,
  reset,
  settings,
  trailers,
  windowUpdate,
} from './fixtures/frames.ts';

const streamId = constantFrom(1, 1, 3, 3, 5, 7, 0, 2);
const text = string({ maxLength: 60 });
const flags = constantFrom(0, 0, END_STREAM);
const field = tuple(
  string({ unit: constantFrom('a', 'b', '-'), minLength: 1, maxLength: 4 }),
  string({ unit: constantFrom('x', 'y', ' ', 'z'), maxLength: 6 }),
);
const fields = array(field, { maxLength: 3 });

/** What a server may say, and some of what it may not. */
const sentence: Arbitrary<Buffer> = oneof(
  record({ id: streamId, status: constantFrom(200, 200, 103, 404, 204), fields, flags }).map(
    (one) => head(one.id, one.status, one.fields, one.flags),
  ),
  record({ id: streamId, text, flags }).map((one) => data(one.id, one.text, one.flags)),
  record({ id: streamId, text, padding: nat(20), flags }).map((one) =>
    frame(0, 8 | one.flags, one.id, bytes(one.padding, one.text)),
  ),
  record({ id: streamId, fields }).map((one) => trailers(one.id, one.fields)),
  record({ id: streamId, cut: nat(8), ends: boolean() }).map(({ id, cut, ends }) => {
    const whole = block([':status', '200'], ['a', 'b']);
    return bytes(
      frame(1, 0, id, whole.subarray(0, cut)),
      continuation(id, whole.subarray(cut), ends ? 4 : 0),
    );
  }),
  record({ id: streamId, promised: constantFrom(2, 4, 6), fields }).map((one) =>
    pushPromise(one.id, one.promised, [
      [':method', 'GET'],
      [':scheme', 'https'],
      [':authority', 'a'],
      [':path', '/'],
      ...one.fields,
    ]),
  ),
  record({ id: streamId, code: nat(14) }).map((one) => reset(one.id, one.code)),
  record({ id: nat(9), value: nat(70_000) }).map((one) => settings([one.id, one.value])),
  record({ id: streamId, value: integer({ min: 0, max: 2 ** 31 }) }).map((one) =>
    windowUpdate(one.id, one.value),
  ),
  text.map((content) => ping(content.slice(0, 8).padEnd(8))),
  record({ id: constantFrom(1, 3, 2 ** 31 - 1), code: constantFrom(0, 0, 2) }).map((one) =>
    goaway(one.id, one.code),
  ),
  record({ type: nat(255), flags: nat(255), id: streamId, text }).map((one) =>
    frame(one.type, one.flags, one.id, one.text),
  ),
  record({ id: streamId }).map(({ id }) => frame(2, 0, id, bytes(number(0), 1))),
);

/** Everything that can be observed of a conversation with a server that says this, in these pieces. */
function observe(said: Buffer, cuts: readonly number[], pushes: boolean): readonly string[] {
  const talk = new Conversation({
    wantsPushes: true,
    options: { pushAllowed: pushes, streamBytes: 300 },
  });
  talk.request();
  const upload = talk.request({ operation: 'PUT', hasUpload: true });
  talk.request({ operation: 'HEAD' });
  talk.engine.write(upload, new Uint8Array(70_000));
  const edges = [...cuts.map((cut) => cut % (said.length + 1)), said.length].toSorted(
    (a, b) => a - b,
  );
  let from = 0;
  for (const edge of edges) {
    talk.receive(said.subarray(from, edge));
    from = edge;
  }
  talk.engine.receiveEnd();
  return [...talk.events, ...talk.sent()];
}

describe('what a peer says', () => {
  it('means the same however it is split', () => {
    assert(
      property(
        array(sentence, { maxLength: 12 }),
        array(nat(5000), { maxLength: 30 }),
        boolean(),
        (sentences, cuts, pushes) => {
          const said = Buffer.concat(sentences);
          expect(observe(said, cuts, pushes)).toEqual(observe(said, [], pushes));
        },
      ),
      { numRuns: 400 },
    );
  });
  it('byte by byte, too', () => {
    assert(
      property(array(sentence, { maxLength: 8 }), (sentences) => {
        const said = Buffer.concat(sentences);
        expect(observe(said, [...said.keys()], true)).toEqual(observe(said, [], true));
      }),
      { numRuns: 100 },
    );
  });
});
