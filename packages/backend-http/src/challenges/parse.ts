import type { Challenge } from '@netaccess/core';

import { basicChallenge } from './basic.ts';
import { parseChallengeField, type ParsedChallenge } from './field.ts';
import type { ChallengeKind } from './kind.ts';

/** Challenges of one reply that are looked at; those behind are ignored. */
const maximumChallenges = 32;
/** Characters in all challenge fields of one reply that are looked at; lines behind are ignored. */
const maximumChallengeLength = 64 * 1024;

type MakeChallenge = (
  parsed: ParsedChallenge,
  origin: URL,
  kind: ChallengeKind,
) => Challenge | undefined;

/** What can be answered, strongest first. */
const schemes: readonly (readonly [scheme: string, make: MakeChallenge])[] = [
  ['basic', basicChallenge],
];

/**
 * The challenges of a reply's `WWW-Authenticate` or `Proxy-Authenticate` lines that can be answered, strongest first, in the order of
 * the lines among equals. Unknown schemes and malformed challenges are left out; nothing is thrown. `asker` is the request's or the
 * proxy's URL, of which only the origin is kept.
 */
export function parseChallenges(
  values: readonly string[],
  asker: URL,
  kind: ChallengeKind,
): readonly Challenge[] {
  const parsed = parseLines(values);
  if (parsed.length === 0) return [];
  const origin = originOf(asker);
  return schemes.flatMap(([scheme, make]) =>
    parsed
      .filter((challenge) => challenge.scheme === scheme)
      .map((challenge) => make(challenge, origin, kind))
      .filter((challenge) => challenge !== undefined),
  );
}

function parseLines(values: readonly string[]): readonly ParsedChallenge[] {
  const found: ParsedChallenge[] = [];
  let length = 0;
  for (const value of values) {
    length += value.length;
    if (length > maximumChallengeLength) break;
    found.push(...parseChallengeField(value, maximumChallenges - found.length));
  }
  return found;
}

function originOf(url: URL): URL {
  const origin = new URL('/', url);
  origin.username = '';
  origin.password = '';
  return origin;
}
