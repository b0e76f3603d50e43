import { X509Certificate } from 'node:crypto';
import { checkServerIdentity } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

import type { CertificateError, TlsOptions } from '@netaccess/transport';

import { chainErrors, dateError } from './certificate-chain.ts';
import {
  certificateError,
  certificateErrorCode,
  missingCertificate,
  nameMismatch,
} from './certificate-error.ts';
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
  const now = Date.now();
  const refused = openssl(socket);
  if (expected.resumed !== undefined && socket.isSessionReused()) {
    return judgeResumed(expected.resumed, expected.serverName, { refused, now });
  }
  const [leaf, ...issuers] = presentedChain(socket);
  if (leaf === undefined) return { certificate: undefined, errors: [missingCertificate] };
  const errors = nameErrors(leaf, expected.serverName);
  if (refused === undefined) return { certificate: leaf, errors };
  const trusted = trustedRoots(expected.options);
  const chain = { certificates: [leaf, ...issuers], trusted, now } as const;
  return { certificate: leaf, errors: [...chainErrors(chain, refused), ...errors] };
}

/** The chain is not shown again: what was wrong with it then is wrong now. */
function judgeResumed(
  { certificate, accepted }: SealedSession,
  serverName: string,
  { refused, now }: { readonly refused: string | undefined; readonly now: number },
): Verdict {
  const leaf = new X509Certificate(certificate);
  const codes = new Set(accepted);
  if (refused !== undefined) codes.add(certificateErrorCode(refused));
  const late = dateError(leaf, now);
  if (late !== undefined) codes.add(late.code);
  codes.delete('host-name-mismatch');
  const errors = [...codes].map((code) => certificateError(code, leaf, now));
  return { certificate: leaf, errors: [...errors, ...nameErrors(leaf, serverName)] };
}

function nameErrors(leaf: X509Certificate, serverName: string): readonly CertificateError[] {
  const matches = checkServerIdentity(serverName, leaf.toLegacyObject()) === undefined;
  return matches ? [] : [nameMismatch(serverName, leaf)];
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
