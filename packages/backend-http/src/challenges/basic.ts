import type { Challenge, Credentials, Request } from '@netaccess/core';

import type { ParsedChallenge } from './field.ts';
import { withCredentials, type ChallengeKind } from './kind.ts';

/** Basic (RFC 7617): user and password as they are, in base64. Nothing protects them but the connection. */
export function basicChallenge(
  { parameters }: ParsedChallenge,
  origin: URL,
  kind: ChallengeKind,
): Challenge {
  // Servers that say so must be sent the composed form; others get what the caller wrote, in UTF-8 like Qt's and browsers'.
  const composed = parameters.get('charset')?.toLowerCase() === 'utf-8';
  return {
    name: 'basic',
    // Required by RFC 7617 §2, and forgotten often: then all of the origin is one protection space.
    realm: parameters.get('realm') ?? '',
    origin,
    answer: (credentials: Credentials, request: Request): Request => {
      const pair = userAndPassword(credentials);
      const bytes = Buffer.from(composed ? pair.normalize('NFC') : pair, 'utf8');
      return withCredentials(request, kind, `Basic ${bytes.toString('base64')}`);
    },
  };
}

function userAndPassword({ user, password }: Credentials): string {
  if (user === undefined && password === undefined) {
    throw unanswerable('needs a user and a password, and was given neither');
  }
  if (user?.includes(':')) throw unanswerable('cannot carry a user with a colon');
  const pair = `${user ?? ''}:${password ?? ''}`;
  if (/\p{Cc}/u.test(pair)) throw unanswerable('cannot carry control characters');
  return pair;
}

/** Neither user nor password is in the message. */
function unanswerable(why: string): Error {
  return Object.assign(new Error(`the Basic scheme ${why} (RFC 7617 §2)`), {
    code: 'protocol-invalid-operation',
  });
}
