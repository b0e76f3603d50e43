import { networkFailure } from '@netaccess/transport';
import type {
  CertificateError,
  NetworkFailure,
  TlsAlert,
  TlsAlertName,
  TlsOptions,
} from '@netaccess/transport';

import { describeAlert } from './alerts/alert-registry.ts';
import { shownChain } from './certificate-error.ts';
import type { Verdict } from './verdict.ts';

/** What a failed handshake rejects with. */
export interface HandshakeFailure extends NetworkFailure {
  /** What was wrong with the peer's certificate; empty when something else failed. */
  readonly certificateErrors: readonly CertificateError[];
  /** What the peer said, if it said anything; its `cause` has it, too. */
  readonly alert?: AlertCause['alert'] | undefined;
}

/** What an error is caused by where the peer sent an alert. */
export interface AlertCause extends Error {
  readonly alert: Pick<TlsAlert, 'name' | 'number' | 'text' | 'level'>;
}

/** `reason` is why the handshake with `peer`, "host:port", failed. */
export function handshakeFailure(
  peer: string,
  reason: string,
  details: {
    readonly cause?: unknown;
    readonly temporary?: boolean | undefined;
    readonly certificateErrors?: readonly CertificateError[] | undefined;
    /** What the peer said; it goes with the cause. */
    readonly alert?: AlertCause['alert'] | undefined;
  } = {},
): HandshakeFailure {
  const { certificateErrors = [], alert, ...rest } = details;
  const message = `TLS handshake with ${peer} failed: ${reason}`;
  if (alert !== undefined) rest.cause = alertCause(alert, rest.cause);
  return Object.assign(networkFailure('tls-handshake-failed', message, rest), {
    certificateErrors,
    ...(alert && { alert }),
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
interface Offer extends Pick<TlsOptions, 'alpn' | 'minimumVersion' | 'maximumVersion'> {
  /** Who said so. Default: the server. */
  readonly peerRole?: 'server' | 'client' | undefined;
}

const alertReasons: Readonly<Partial<Record<TlsAlertName, (offer: Offer) => string>>> = {
  protocol_version: (offer) => `protocol versions do not match: ${versions(offer)} was offered`,
  no_application_protocol: ({ alpn = [] }) =>
    alpn.length === 0
      ? 'it wants a protocol to be offered'
      : `it speaks none of the offered protocols (${alpn.join(', ')})`,
  handshake_failure: () => 'it found no acceptable parameters, or wants a certificate of this side',
  certificate_required: () => 'it wants a certificate of this side',
  unknown_ca: () => 'it does not know the issuer of the certificate of this side',
  bad_certificate: () => 'it does not accept the certificate of this side',
  unsupported_certificate: () => 'it does not accept this kind of certificate of this side',
  certificate_expired: () => 'the certificate of this side has expired',
  certificate_revoked: () => 'the certificate of this side was revoked',
  certificate_unknown: () => 'it does not accept the certificate of this side',
  unrecognized_name: () => 'it does not know the server name',
};

/** One sentence for what Node and OpenSSL said, or for the alert that was seen. */
export function handshakeReason(
  error: Error,
  offer: Offer,
  seen: AlertCause['alert'] | undefined = alertOf(error),
): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (seen !== undefined) return alertReason(seen, offer);
  if (error.message.includes('before secure TLS connection was established')) return closedByPeer;
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') {
    return `protocol versions do not match: ${versions(offer)} was offered, and the peer chose another`;
  }
  return reasons[code] ?? spoken(error, code);
}

/** The fatal alert that made OpenSSL fail; it says the number of each. */
export function alertOf(error: Error): AlertCause['alert'] | undefined {
  const digits = /SSL alert number (\d{1,3})/u.exec(error.message)?.[1];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  return { ...describeAlert(number), number, level: 'fatal' };
}

function alertCause(alert: AlertCause['alert'], cause: unknown): AlertCause {
  const message = `${alert.name} (${alert.number}): ${alert.text}`;
  return Object.assign(new Error(message, { cause }), { alert });
}

/** A channel says in its own words what the system said to it: that is what counts. */
export function rootOf(error: Error): Error {
  const { cause } = error;
  return cause instanceof Error && 'syscall' in cause ? cause : error;
}

/** True where trying again may help: a peer that vanished may be back. */
export function isTemporary(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function alertReason({ name, text }: AlertCause['alert'], offer: Offer): string {
  return `the ${offer.peerRole ?? 'server'} sent ${name}: ${alertReasons[name]?.(offer) ?? text}`;
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

/** A TLS 1.3 server has this side's certificate, or its absence, only when the handshake is over for this side. */
const isAboutIdentity = ({ name }: AlertCause['alert']): boolean =>
  name.includes('certificate') || lateAlerts.has(name);

const lateAlerts: ReadonlySet<TlsAlertName> = new Set<TlsAlertName>([
  'handshake_failure',
  'unknown_ca',
  'access_denied',
  'decrypt_error',
]);

/** What ends a secured channel after the handshake. `seen` is the alert that the peer sent, where somebody looked for it. */
export function lostConnection(
  error: Error,
  peer: string,
  seen?: AlertCause['alert'],
): NetworkFailure {
  const word = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  const alert = seen ?? alertOf(error);
  if (alert !== undefined && isAboutIdentity(alert)) {
    return handshakeFailure(peer, handshakeReason(error, {}, alert), { cause: error, alert });
  }
  if (alert !== undefined) {
    const message = `the secured connection to ${peer} was given up: ${alertReason(alert, {})}`;
    const details = { cause: alertCause(alert, error) };
    return Object.assign(networkFailure('protocol-failure', message, details), { alert });
  }
  if (word.startsWith('ERR_SSL_')) {
    const message = `the secured connection to ${peer} is broken (${word})`;
    return networkFailure('protocol-failure', message, { cause: error });
  }
  const message = `the secured connection to ${peer} was lost (${word})`;
  const details = { cause: error, temporary: true };
  const late = word === 'ETIMEDOUT';
  return networkFailure(late ? 'timeout' : 'remote-host-closed', message, details);
}

/** What is wrong with a peer that is refused. OpenSSL says it twice where one sends a single certificate by an unknown issuer. */
export function refusalReason({ errors, chain }: Verdict): string {
  const codes = new Set(errors.map((error) => error.code));
  const twice = codes.has('unable-to-get-local-issuer-certificate');
  const sentences = errors
    .filter((error) => !(twice && error.code === 'unable-to-verify-first-certificate'))
    .map((error) => error.message);
  if (chain.length > 1) sentences.push(`the chain is: ${shownChain(chain)}`);
  return sentences.join('; ');
}
