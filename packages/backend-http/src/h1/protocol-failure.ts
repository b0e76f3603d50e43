import { networkFailure, type NetworkFailure } from '@netaccess/transport';

/** What the engine throws when the peer breaks RFC 9112, and all that it throws. The connection is of no further use. */
export function protocolFailure(what: string): NetworkFailure {
  return networkFailure('protocol-failure', `malformed HTTP/1 reply: ${what}`);
}
