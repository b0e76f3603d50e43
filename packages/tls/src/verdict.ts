import { X509Certificate } from 'node:crypto';
import { checkServerIdentity } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

import type { CertificateError, TlsOptions } from '@netaccess/transport';

import { chainErrors, dateError } from './certificate-chain.ts';
import { missingCertificate, nameMismatch } from './certificate-error.ts';
import { trustedRoots } from './node/secure-context.ts';
import type { SealedSession } from './sessions.ts';

/** Servers that send more certificates than this are looked at no further. */
const LONGEST_CHAIN = 32;

/** What was found about a peer before anything was sent to it. */
export interface Verdict {
  readonly certificate: X509Certificate | undefined;
  /** All that is wrong; empty: verified. */
  readonly errors: readonly CertificateError[];
}

/** What a handshake was for. */
export interface Expectation {
  readonly serverName: string;
  readonly options: TlsOptions;
  /** The session that was offered. */
  readonly resumed: SealedSession | undefined;
}

/**
 * Judges the peer of a handshake that Node has just ended. Node and OpenSSL check a resumed session neither for its name nor for time,
 * and take the verdict of the chain from the session.
 */
export function judge(socket: TLSSocket, expected: Expectation): Verdict {
  const refused = openssl(socket);
  const sealed = socket.isSessionReused() ? expected.resumed : undefined;
  const chain = sealed ? [new X509Certificate(sealed.certificate)] : presentedChain(socket);
  const [leaf, ...issuers] = chain;
  if (leaf === undefined) return { certificate: undefined, errors: [missingCertificate] };
  const errors: CertificateError[] = [];
  const now = Date.now();
  if (refused !== undefined) {
    const trusted = trustedRoots(expected.options);
    errors.push(...chainErrors({ certificates: [leaf, ...issuers], trusted, now }, refused));
  } else if (sealed !== undefined) {
    const late = dateError(leaf, now);
    if (late !== undefined) errors.push(late);
  }
  if (checkServerIdentity(expected.serverName, leaf.toLegacyObject()) !== undefined) {
    errors.push(nameMismatch(expected.serverName, leaf));
  }
  return { certificate: leaf, errors };
}

/** The errors that the options do not accept. */
export function unaccepted(
  errors: readonly CertificateError[],
  { ignoreErrors = [] }: TlsOptions,
): readonly CertificateError[] {
  if (ignoreErrors === 'all') return [];
  return errors.filter((error) => !ignoreErrors.includes(error.code));
}

/** OpenSSL's word for its last finding; Node declares an Error and gives a string. */
function openssl(socket: TLSSocket): string | undefined {
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : undefined;
}

/** As far as the peer sent it and trusted certificates go on. `getPeerX509Certificate` would take the leaf away on some Nodes. */
function presentedChain(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // Node links a root to itself, and gives an empty object for none.
  while (next?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    const { issuerCertificate }: DetailedPeerCertificate = next;
    chain.push(new X509Certificate(next.raw));
    next = issuerCertificate === next ? undefined : issuerCertificate;
  }
  return chain;
}
