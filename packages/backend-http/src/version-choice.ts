import type { Request } from '@netaccess/core';

/**
 * How the version of HTTP is chosen. "http/1.1": no other; "negotiated": with the handshake (RFC 7301); "upgrade": by asking with the first
 * request (RFC 7540 §3.2); "direct": HTTP/2 whatever the peer says (RFC 9113 §3.3).
 */
export type VersionChoice = 'http/1.1' | 'negotiated' | 'upgrade' | 'direct';

/** What a request may say about versions, and what holds where it says nothing. */
export interface VersionRules {
  readonly http2Allowed?: boolean | undefined;
  readonly http2CleartextAllowed?: boolean | undefined;
  readonly http2Direct?: boolean | undefined;
}

/** What the peer of a secured connection is offered (RFC 7301), the best first. */
export const offers: Readonly<Record<VersionChoice, readonly string[]>> = {
  'http/1.1': ['http/1.1'],
  negotiated: ['h2', 'http/1.1'],
  upgrade: ['http/1.1'],
  direct: ['h2'],
};

/** `http2Direct` overrides the others, and a clear-text upgrade needs both of them, as in Qt. */
export function versionChoice({ url, attributes }: Request, defaults: VersionRules): VersionChoice {
  if (attributes.http2Direct ?? defaults.http2Direct ?? false) return 'direct';
  if (!(attributes.http2Allowed ?? defaults.http2Allowed ?? true)) return 'http/1.1';
  if (url.protocol === 'https:') return 'negotiated';
  const cleartext = attributes.http2CleartextAllowed ?? defaults.http2CleartextAllowed ?? false;
  return cleartext ? 'upgrade' : 'http/1.1';
}
