import type { NetworkErrorCode, ReplyHead } from '@netaccess/core';

/** Qt's table; every other 4xx is `unknown-content`, every other code above `unknown-server`. */
const codes: ReadonlyMap<number, NetworkErrorCode> = new Map([
  [400, 'protocol-invalid-operation'],
  [401, 'authentication-required'],
  [403, 'content-access-denied'],
  [404, 'content-not-found'],
  [405, 'content-operation-not-permitted'],
  [407, 'proxy-authentication-required'],
  [409, 'content-conflict'],
  [410, 'content-gone'],
  [418, 'protocol-invalid-operation'],
  [500, 'internal-server'],
  [501, 'operation-not-implemented'],
  [503, 'service-unavailable'],
]);

/**
 * Statuses that tell of the moment and not of the request: too slow, too early, too often (RFC 9110 §15.5.9, RFC 8470, RFC 6585),
 * and servers in trouble. Others will be the same the next time.
 */
const temporaryStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Characters of a reason phrase that are quoted in a message. */
const maximumReasonLength = 200;

/** What a status means as an error; `undefined` below 400. The message has neither userinfo nor query, which may hold secrets. */
export function replyError(status: number, reason: string, url: URL): ReplyHead['error'] {
  if (status < 400) return undefined;
  const code = codes.get(status) ?? (status < 500 ? 'unknown-content' : 'unknown-server');
  const message = `${url.protocol}//${url.host}${url.pathname}: server replied ${`${status} ${printable(reason)}`.trim()}`;
  return temporaryStatuses.has(status) ? { code, message, temporary: true } : { code, message };
}

/** A server's text, safe for a terminal or a log. */
function printable(text: string): string {
  return text.slice(0, maximumReasonLength).replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
}
