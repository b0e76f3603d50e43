import type { Challenge, Credentials, ReplyHead, Request } from '../contract.ts';
import { sameOrigin } from '../origin.ts';

/** For maps; `URL.origin` would not tell strangers apart. */
export function originKey(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

/** Who asks, how and for what (RFC 9110 §11.5): answers are shared within a space and with no other. */
export function spaceOf(challenge: Challenge): string {
  return `${originKey(challenge.origin)} ${challenge.name} ${challenge.realm}`;
}

/** The path that a challenge speaks for at least: all that is as deep as the last slash, or deeper (RFC 7617 §2.2). */
export function scopeOf(url: URL): string {
  return url.pathname.slice(0, url.pathname.lastIndexOf('/') + 1);
}

/** False for a proxy on the way. A policy below may have upgraded the scheme of the request. */
export function isOwnChallenge(challenge: Challenge, request: Request, head: ReplyHead): boolean {
  const { origin } = challenge;
  if (sameOrigin(origin, request.url)) return true;
  return sameOrigin(origin, head.url) && head.url.hostname === request.url.hostname;
}

/** User and password of a URL, decoded. */
export function userinfoOf(url: URL): Credentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return { user: decoded(url.username), password: decoded(url.password) };
}

/** By what they hold; nothing is like nothing else. */
export function sameCredentials(a: Credentials, b: Credentials | undefined): boolean {
  return b !== undefined && a.user === b.user && a.password === b.password && a.token === b.token;
}

/** The first challenge of the same origin that asks for what these credentials are; the strongest if none does. */
export function challengeFor(
  credentials: Credentials,
  strongest: Challenge,
  challenges: readonly Challenge[],
): Challenge {
  const bearer = credentials.user === undefined && credentials.token !== undefined;
  const fitting = challenges.find(
    ({ name, origin }) => (name === 'bearer') === bearer && sameOrigin(origin, strongest.origin),
  );
  return fitting ?? strongest;
}

/** The URL parser leaves a stray "%" as it is, and so does this. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
