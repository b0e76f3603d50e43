import { X509Certificate } from 'node:crypto';
import { checkServerIdentity } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import type { CertificateError, OcspFacts, TlsOptions } from '@netaccess/transport';

import { chainErrors, dateError, trustErrors } from './certificate-chain.ts';
import {
  certificateError,
  certificateErrorCode,
  chainTooLong,
  missingCertificate,
  nameMismatch,
  ocspError,
  pinMismatch,
} from './certificate-error.ts';
import { fingerprint, isIgnored } from './ignored-errors.ts';
import { revocationListsOf, trustedRoots } from './node/secure-context.ts';
import { ocspVerdict, type OcspVerdict } from './ocsp/ocsp-verdict.ts';
import { endsIn, linked, presentedChain } from './peer-chain.ts';
import { isPinned, readPins } from './pins.ts';
import type { SealedSession } from './sessions.ts';

/** What was found about a peer before anything was sent to it. */
export interface Verdict {
  readonly certificate: X509Certificate | undefined;
  /** The peer's own first, as far as it is known. */
  readonly chain: readonly X509Certificate[];
  /** All that is wrong; empty: verified. */
  readonly errors: readonly CertificateError[];
  /** Absent: not asked for, or the session was resumed. */
  readonly ocsp?: OcspFacts | undefined;
}

/** What a handshake was for. */
export interface Expectation {
  readonly serverName: string;
  readonly options: TlsOptions;
  /** The session that was offered. */
  readonly resumed: SealedSession | undefined;
  /** What the peer stapled; absent where that was not asked for. */
  readonly stapled?: Uint8Array | null | undefined;
  /** OpenSSL's word for its finding, '' for none, where it is known before Node tells it. */
  readonly refused?: string | undefined;
  /** What the peer is; a client's certificate has another purpose, and no name that could be known. Default: a server. */
  readonly peer?: 'server' | 'client' | undefined;
}

/**
 * Judges the peer of a handshake that Node has just ended. Node and OpenSSL check a resumed session neither for its name nor for time,
 * and take the verdict of the chain from the session.
 */
export function judge(socket: TLSSocket, expected: Expectation): Verdict {
  const now = Date.now();
  const refused = expected.refused === undefined ? openssl(socket) : expected.refused || undefined;
  if (expected.resumed !== undefined && socket.isSessionReused()) {
    return judgeResumed(expected.resumed, expected.serverName, { refused, now });
  }
  const presented = presentedChain(socket);
  const [leaf, ...issuers] = refused === undefined ? linked(presented) : presented;
  if (leaf === undefined) return judgeUnseen(refused, expected.options);
  const chain = [leaf, ...issuers] as const;
  const ocsp = ocspOf(chain, expected, now);
  const errors = [
    ...(refused === undefined
      ? strangerErrors(chain, expected)
      : refusalErrors(chain, refused, expected)),
    ...(expected.peer === 'client' ? [] : nameErrors(leaf, expected.serverName)),
    ...depthErrors(chain, expected.options, refused),
    ...pinErrors(chain, expected.options),
    ...ocspErrors(leaf, ocsp, expected.options),
  ];
  const placed = errors.map((error) => ({ ...error, depth: depthOf(error, chain) }));
  return { certificate: leaf, chain, errors: placed, ...(ocsp && { ocsp: factsOf(ocsp) }) };
}

/** A peer without a certificate is the right one only if it knows the key that both sides share: OpenSSL has no complaint then. */
function judgeUnseen(refused: string | undefined, { preSharedKey }: TlsOptions): Verdict {
  const shared = preSharedKey !== undefined && refused === undefined;
  return { certificate: undefined, chain: [], errors: shared ? [] : [missingCertificate] };
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

function refusalErrors(
  certificates: Chain,
  refused: string,
  { options, peer = 'server' }: Expectation,
): readonly CertificateError[] {
  const trusted = trustedRoots(options);
  const revocationLists = revocationListsOf(options);
  return chainErrors({ certificates, trusted, revocationLists, now: Date.now(), peer }, refused);
}

/** OpenSSL had no complaint, but Node lets it trust the authorities that a PKCS#12 holds besides this side's own certificate. */
function strangerErrors(
  certificates: Chain,
  { options, peer = 'server' }: Expectation,
): readonly CertificateError[] {
  if (options.pkcs12 === undefined) return [];
  const trusted = trustedRoots(options);
  if (endsIn(trusted, certificates)) return [];
  return trustErrors({ certificates, trusted, revocationLists: [], now: Date.now(), peer });
}

function depthOf({ certificate }: CertificateError, chain: Chain): number | undefined {
  if (certificate === undefined) return undefined;
  const depth = chain.findIndex(({ raw }) => raw.equals(certificate));
  return depth < 0 ? undefined : depth;
}

/** Where OpenSSL knew more of a chain than can be seen of it, nobody knows how long it is. */
function depthErrors(
  chain: Chain,
  { peerVerifyDepth = 0 }: TlsOptions,
  refused: string | undefined,
): readonly CertificateError[] {
  const top = chain.at(-1) ?? chain[0];
  const isRoot = top.subject === top.issuer;
  const below = chain.length - (isRoot ? 1 : 0);
  const known = isRoot || refused !== undefined;
  if (peerVerifyDepth === 0 || (known && below <= peerVerifyDepth)) return [];
  return [chainTooLong(top, peerVerifyDepth)];
}

function pinErrors(chain: Chain, options: TlsOptions): readonly CertificateError[] {
  const { pinnedPublicKeys, pinnedCertificates } = options;
  const kept =
    (pinnedPublicKeys === undefined || isPinned(chain, readPins(pinnedPublicKeys), 'publicKeys')) &&
    (pinnedCertificates === undefined ||
      isPinned(chain, readPins(pinnedCertificates), 'certificates'));
  return kept ? [] : [pinMismatch(chain[0])];
}

function ocspOf(
  chain: Chain,
  { stapled, options }: Expectation,
  now: number,
): OcspVerdict | undefined {
  if (options.ocsp === undefined) return undefined;
  const [certificate, issuer] = linked(chain);
  return certificate && ocspVerdict(stapled, { certificate, issuer }, now);
}

function ocspErrors(
  leaf: X509Certificate,
  verdict: OcspVerdict | undefined,
  { ocsp }: TlsOptions,
): readonly CertificateError[] {
  if (verdict?.error === undefined) return [];
  const matters = ocsp === 'require' || verdict.state === 'revoked';
  return matters ? [ocspError(verdict.error, verdict.problem, leaf)] : [];
}

function factsOf(verdict: OcspVerdict): OcspFacts {
  const { state, problem, revokedAt, thisUpdate, nextUpdate } = verdict;
  return { state, problem, revokedAt, thisUpdate, nextUpdate };
}

/** The chain is not shown again: what was wrong with it then is wrong now. */
function judgeResumed(
  { certificate, accepted }: SealedSession,
  serverName: string,
  { refused, now }: { readonly refused: string | undefined; readonly now: number },
): Verdict {
  const leaf = new X509Certificate(certificate);
  const before = accepted.filter(({ code }) => code !== 'host-name-mismatch');
  const known = new Set(before.map(({ code }) => code));
  const late = dateError(leaf, now);
  const errors: CertificateError[] = [...before];
  if (refused !== undefined && !known.has(certificateErrorCode(refused))) {
    errors.push(certificateError(certificateErrorCode(refused), leaf, now));
  }
  const lately = before.some(({ code, depth }) => code === late?.code && depth === 0);
  if (late !== undefined && !lately) errors.push(late);
  return { certificate: leaf, chain: [leaf], errors: [...errors, ...nameErrors(leaf, serverName)] };
}

function nameErrors(leaf: X509Certificate, serverName: string): readonly CertificateError[] {
  const matches = checkServerIdentity(serverName, leaf.toLegacyObject()) === undefined;
  return matches ? [] : [nameMismatch(serverName, leaf)];
}

/** The errors that the options do not accept. */
export function unaccepted(
  errors: readonly CertificateError[],
  options: TlsOptions,
): readonly CertificateError[] {
  return errors.filter(
    ({ code, certificate }) =>
      !isIgnored({ code, fingerprint: certificate && fingerprint(certificate) }, options),
  );
}

/** OpenSSL's word for its last finding; Node declares an Error and gives a string. */
function openssl(socket: TLSSocket): string | undefined {
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : undefined;
}
