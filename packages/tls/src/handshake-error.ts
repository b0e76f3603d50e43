import { networkFailure } from '@netaccess/transport';
import type { CertificateError, NetworkFailure, TlsOptions } from '@netaccess/transport';

/** What a failed handshake rejects with. */
export interface HandshakeFailure extends NetworkFailure {
  /** What was wrong with the peer's certificate; empty when something else failed. */
  readonly certificateErrors: readonly CertificateError[];
}

/** `reason` is why the handshake with `peer`, "host:port", failed. */
export function handshakeFailure(
  peer: string,
  reason: string,
  details: {
    readonly cause?: unknown;
    readonly temporary?: boolean | undefined;
    readonly certificateErrors?: readonly CertificateError[] | undefined;
  } = {},
): HandshakeFailure {
  const { certificateErrors = [], ...rest } = details;
  const message = `TLS handshake with ${peer} failed: ${reason}`;
  return Object.assign(networkFailure('tls-handshake-failed', message, rest), {
    certificateErrors,
  });
}

const plainPeer = 'the peer does not speak TLS (a server in clear on this port?)';
const closedByPeer = 'the peer closed the connection during the handshake';

const reasons: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: plainPeer,
  ERR_SSL_HTTP_REQUEST: plainPeer,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: plainPeer,
  ERR_SSL_UNEXPECTED_MESSAGE: plainPeer,
  ERR_SSL_BAD_PROTOCOL_VERSION_NUMBER: plainPeer,
  ERR_SSL_UNEXPECTED_EOF_WHILE_READING: closedByPeer,
  ECONNRESET: 'the peer reset the connection during the handshake',
  EPIPE: closedByPeer,
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'no protocol version is left between the minimum and the maximum',
};

/** What was offered belongs into a sentence about what was refused. */
type Offer = Pick<TlsOptions, 'alpn' | 'minimumVersion' | 'maximumVersion'>;

const alertReasons: Readonly<Record<string, (offer: Offer) => string>> = {
  'protocol version': (offer) => `protocol versions do not match: ${versions(offer)} was offered`,
  'no application protocol': ({ alpn = [] }) =>
    `the peer speaks none of the offered protocols (${alpn.join(', ')})`,
  'handshake failure': () =>
    'the peer found no acceptable parameters, or wants a certificate of this side',
  'certificate required': () => 'the peer wants a certificate of this side',
  'unknown ca': () => 'the peer does not know the issuer of the certificate of this side',
  'bad certificate': () => 'the peer does not accept the certificate of this side',
  'certificate expired': () => 'the certificate of this side has expired',
  'unrecognized name': () => 'the peer does not know the server name',
};

/** One sentence for what Node and OpenSSL said. */
export function handshakeReason(error: Error, offer: Offer): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error.message.includes('before secure TLS connection was established')) return closedByPeer;
  const alert = /_ALERT_([A-Z_]+)$/u.exec(code)?.[1]?.toLowerCase().replaceAll('_', ' ');
  if (alert !== undefined) return alertReason(alert, offer);
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') {
    return `protocol versions do not match: ${versions(offer)} was offered, and the peer chose another`;
  }
  return reasons[code] ?? spoken(error, code);
}

/** The alert that a peer sent after the handshake, as a TLS 1.3 server does that wants a certificate. */
function receivedAlert(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.includes('_ALERT_');
}

/** True where trying again may help: a peer that vanished may be back. */
export function isTemporary(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function alertReason(alert: string, offer: Offer): string {
  const known = alertReasons[alert]?.(offer);
  return known === undefined ? `the peer sent the alert "${alert}"` : `${known} (alert "${alert}")`;
}

function versions({ minimumVersion = 'TLSv1.2', maximumVersion = 'TLSv1.3' }: Offer): string {
  return minimumVersion === maximumVersion
    ? minimumVersion
    : `${minimumVersion} to ${maximumVersion}`;
}

function spoken(error: Error, code: string): string {
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
  return reason ?? (code === '' ? error.message : `${error.message} (${code})`);
}

/** What ends a secured channel after the handshake. */
export function lostConnection(error: Error, peer: string): NetworkFailure {
  const word = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  if (receivedAlert(error))
    return handshakeFailure(peer, handshakeReason(error, {}), { cause: error });
  if (word.startsWith('ERR_SSL_')) {
    const message = `the secured connection to ${peer} is broken (${word})`;
    return networkFailure('protocol-failure', message, { cause: error });
  }
  const message = `the secured connection to ${peer} was lost (${word})`;
  const details = { cause: error, temporary: true };
  const late = word === 'ETIMEDOUT';
  return networkFailure(late ? 'timeout' : 'remote-host-closed', message, details);
}
