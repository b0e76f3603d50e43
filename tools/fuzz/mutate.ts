import type { Dice } from './dice.ts';

type Mutation = (bytes: Buffer, dice: Dice, tokens: readonly string[]) => Buffer;

/** Longer than any base, so that nothing grows without end. */
const maximumBytes = 65_536;

const place = (bytes: Buffer, dice: Dice): number => dice.below(bytes.length + 1);

function replaced(bytes: Buffer, from: number, to: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

const mutations: readonly Mutation[] = [
  function flipBit(bytes, dice) {
    if (bytes.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    copy[dice.below(copy.length)]! ^= 1 << dice.below(8);
    return copy;
  },
  function otherByte(bytes, dice) {
    const at = place(bytes, dice);
    return replaced(bytes, at, at + 1, Buffer.of(dice.below(256)));
  },
  function insertToken(bytes, dice, tokens) {
    const at = place(bytes, dice);
    return replaced(bytes, at, at, Buffer.from(dice.pick(tokens), 'latin1'));
  },
  function drop(bytes, dice) {
    const from = place(bytes, dice);
    return replaced(bytes, from, from + dice.below(12), Buffer.alloc(0));
  },
  function repeat(bytes, dice) {
    const from = place(bytes, dice);
    const part = bytes.subarray(from, from + dice.below(40));
    const times = 1 + dice.below(dice.below(8) === 0 ? 400 : 3);
    return replaced(bytes, from, from, Buffer.concat(Array.from({ length: times }, () => part)));
  },
  function truncate(bytes, dice) {
    return bytes.subarray(0, place(bytes, dice));
  },
  function move(bytes, dice) {
    const from = place(bytes, dice);
    const part = bytes.subarray(from, from + dice.below(40));
    const to = place(bytes, dice);
    return replaced(bytes, to, to, part);
  },
];

/** `base` after up to eight changes. */
export function mutate(base: string, dice: Dice, tokens: readonly string[]): Buffer {
  let bytes = Buffer.from(base, 'latin1');
  for (let left = dice.below(8); left > 0; left -= 1) {
    bytes = Buffer.from(dice.pick(mutations)(bytes, dice, tokens)).subarray(0, maximumBytes);
  }
  return bytes;
}

/** `bytes` in pieces, often of one byte, as a network may deliver them. */
export function split(bytes: Buffer, dice: Dice): Buffer[] {
  const longest = dice.pick([1, 2, 7, 64, 4096]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + dice.below(longest);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}
