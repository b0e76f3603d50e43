import {
  array,
  constantFrom,
  assert,
  integer,
  nat,
  oneof,
  property,
  record,
  string,
  tuple,
} from 'fast-check';
import { describe, it } from 'vitest';
import { expect } from 'vitest';

import { bytesOf, cut, readReply } from '../fixtures/engine.ts';

const token = string({
  unit: constantFrom(...'abcXYZ09-_!'.split('')),
  minLength: 1,
  maxLength: 12,
});
const value = string({ unit: constantFrom(...'abc ,;="\t\xe9\xff/'.split('')), maxLength: 20 });
const field = tuple(token, value).map(([name, text]) => `${name}: ${text}`);
const fields = array(field, { maxLength: 5 });
const lineEnd = constantFrom('\r\n', '\n');
const content = string({ unit: constantFrom(...'ab\r\n0;: \0\xff'.split('')), maxLength: 40 });

const interim = record({ status: integer({ min: 102, max: 199 }), fields, lineEnd }).map(
  ({ status, fields: lines, lineEnd: eol }) =>
    [`HTTP/1.1 ${status} Wait`, ...lines, '', ''].join(eol),
);

const chunks = tuple(array(content, { maxLength: 4 }), fields).map(([pieces, trailers]) => {
  const parts = pieces.filter((piece) => piece !== '');
  const body = parts.map((piece) => `${piece.length.toString(16)};x=y\r\n${piece}\r\n`).join('');
  return `${body}0\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`;
});

const framed = oneof(
  content.map((text) => ({ framing: [`Content-Length: ${text.length}`], body: text })),
  chunks.map((text) => ({ framing: ['Transfer-Encoding: chunked'], body: text })),
  content.map((text) => ({ framing: [] as string[], body: text })),
);

const validReply = record({
  empty: array(lineEnd, { maxLength: 3 }),
  interims: array(interim, { maxLength: 3 }),
  minor: constantFrom(1, 1, 1, 7),
  status: constantFrom(200, 200, 204, 206, 304, 404, 599),
  reason: value,
  fields,
  framed,
  eol: lineEnd,
  behind: content,
}).map(
  ({
    empty,
    interims,
    minor,
    status,
    reason,
    fields: lines,
    framed: { framing, body },
    eol,
    behind,
  }) =>
    [
      empty.join(''),
      interims.join(''),
      [`HTTP/1.${minor} ${status} ${reason}`, ...lines, ...framing, '', ''].join(eol),
      body,
      framing.length > 0 ? behind : '',
    ].join(''),
);

const mutation = tuple(nat(), constantFrom('drop', 'double', 'replace', 'insert', 'end'), nat(255));

function mutate(text: string, mutations: readonly (readonly [number, string, number])[]): string {
  let changed = text;
  for (const [place, kind, byte] of mutations) {
    const at = changed.length === 0 ? 0 : place % changed.length;
    const [before, after] = [changed.slice(0, at), changed.slice(at)];
    const character = String.fromCharCode(byte);
    if (kind === 'drop') changed = before + after.slice(1);
    else if (kind === 'double') changed = before + after.slice(0, 1) + after;
    else if (kind === 'replace') changed = before + character + after.slice(1);
    else if (kind === 'insert') changed = before + character + after;
    else changed = before;
  }
  return changed;
}

describe('the HTTP/1.1 engine', () => {
  it('reads every valid reply to its end', () => {
    assert(
      property(validReply, (text) => {
        expect(readReply([bytesOf(text)]).failure).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('sees the same in a valid reply however it is split', () => {
    assert(
      property(validReply, array(nat(600), { maxLength: 12 }), (text, places) => {
        expect(readReply(cut(text, places))).toEqual(readReply([bytesOf(text)]));
      }),
      { numRuns: 1000 },
    );
  });

  it('sees the same in a mutated reply however it is split, and throws nothing but failures with a code', () => {
    const mutations = array(mutation, { minLength: 1, maxLength: 6 });
    assert(
      property(
        validReply,
        mutations,
        array(nat(600), { maxLength: 12 }),
        (text, changes, places) => {
          const mutated = mutate(text, changes);
          expect(readReply(cut(mutated, places))).toEqual(readReply([bytesOf(mutated)]));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('sees the same in a reply that comes byte by byte', () => {
    assert(
      property(validReply, array(mutation, { maxLength: 2 }), (text, changes) => {
        const mutated = mutate(text, changes);
        const bytes = Array.from(mutated, (_character, index) => index);
        expect(readReply(cut(mutated, bytes))).toEqual(readReply([bytesOf(mutated)]));
      }),
      { numRuns: 300 },
    );
  });
});
