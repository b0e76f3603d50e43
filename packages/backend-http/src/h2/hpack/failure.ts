import { networkFailure, type NetworkFailure } from '@netaccess/transport';

/** What the decoder throws at a malformed block, and all that it throws: COMPRESSION_ERROR for the connection (RFC 9113 §4.3). */
export function hpackFailure(what: string): NetworkFailure {
  return networkFailure('protocol-failure', `malformed HTTP/2 header block: ${what}`);
}
