import type { X509Certificate } from 'node:crypto';

import type { CertificateError, CertificateErrorCode } from '@netaccess/transport';

import { certificateError, certificateErrorCode, unspecifiedError } from './certificate-error.ts';
import { endsIn } from './peer-chain.ts';
import { revocationErrors } from './revocation.ts';

const authentication = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
const anyPurpose = '2.5.29.37.0';
/** The identifiers 2.5.29.19 and 2.5.29.30 in DER. */
const basicConstraints = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x13]);
const nameConstraints = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x1e]);

/** A peer's chain, leaf first, as far as it goes. */
export interface PresentedChain {
  readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
  /** DER in base64 of every trusted root. */
  readonly trusted: ReadonlySet<string>;
  /** In DER; with any, each authority has to have one. */
  readonly revocationLists: readonly Uint8Array[];
  readonly now: number;
  /** What the certificate has to be for. */
  readonly peer: 'server' | 'client';
}

/**
 * All that is wrong with a chain that OpenSSL refused with the word `openssl`. OpenSSL tells its last finding only, so that an expired
 * certificate hides an unknown issuer: who accepts the one must not accept the other unseen.
 */
export function chainErrors(chain: PresentedChain, openssl: string): readonly CertificateError[] {
  const [leaf] = chain.certificates;
  const found = [
    ...trustErrors(chain),
    ...linkErrors(chain),
    ...listErrors(chain),
    ...dateErrors(chain),
  ];
  if (chain.certificates.some((certificate) => certificate.raw.includes(nameConstraints))) {
    found.push(unspecifiedError(`${openssl}; name constraints may be violated too`, leaf));
  }
  const code = certificateErrorCode(openssl);
  if (code === 'unspecified-error') found.push(unspecifiedError(openssl, leaf));
  else if (!found.some((error) => error.code === code)) {
    found.push(certificateError(code, leaf, chain.now));
  }
  return found;
}

/** What time alone makes wrong with a certificate. */
export function dateError(certificate: X509Certificate, now: number): CertificateError | undefined {
  const code = dateCode(certificate, now);
  return code && certificateError(code, certificate, now);
}

function dateCode(certificate: X509Certificate, now: number): CertificateErrorCode | undefined {
  if (new Date(certificate.validTo).getTime() < now) return 'certificate-expired';
  if (new Date(certificate.validFrom).getTime() > now) return 'certificate-not-yet-valid';
  return undefined;
}

const dateErrors = ({ certificates, now }: PresentedChain): readonly CertificateError[] =>
  certificates
    .map((certificate) => dateError(certificate, now))
    .filter((error) => error !== undefined);

const listErrors = ({
  certificates,
  revocationLists,
  now,
}: PresentedChain): readonly CertificateError[] =>
  revocationLists.length === 0 ? [] : revocationErrors(certificates, revocationLists, now);

/** Whom the chain ends in, if that is nobody who is trusted. */
export function trustErrors(chain: PresentedChain): readonly CertificateError[] {
  const { certificates, trusted, now } = chain;
  const top = certificates.at(-1) ?? certificates[0];
  const alone = certificates.length === 1;
  if (endsIn(trusted, certificates)) return [];
  if (isSelfSigned(top)) {
    const code = alone ? 'self-signed-certificate' : 'self-signed-certificate-in-chain';
    return [certificateError(code, top, now)];
  }
  const missing = certificateError('unable-to-get-local-issuer-certificate', top, now);
  if (!alone) return [missing];
  return [missing, certificateError('unable-to-verify-first-certificate', top, now)];
}

function linkErrors(chain: PresentedChain): readonly CertificateError[] {
  return chain.certificates.flatMap((certificate, depth) =>
    linkCodes(chain, depth).map((code) => certificateError(code, certificate, chain.now)),
  );
}

function linkCodes(
  { certificates, peer }: PresentedChain,
  depth: number,
): readonly CertificateErrorCode[] {
  const codes: CertificateErrorCode[] = [];
  const certificate = certificates[depth];
  const issuer = certificates[depth + 1];
  if (certificate === undefined) return codes;
  if (issuer && !certificate.verify(issuer.publicKey)) codes.push('certificate-signature-failed');
  if (depth > 0 && !certificate.ca) codes.push('invalid-ca-certificate');
  // Authorities between this one and the leaf.
  if (depth - 1 > longestPath(certificate)) codes.push('path-length-exceeded');
  if (!isSelfSigned(certificate) && !isFor(peer, certificate)) codes.push('invalid-purpose');
  return codes;
}

/** `checkIssued` says no to a self-signed certificate that may not issue others. */
const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);

/** Node calls the extended key usage `keyUsage`; without it a certificate is for everything. */
function isFor(peer: 'server' | 'client', { keyUsage }: X509Certificate): boolean {
  return (
    keyUsage === undefined ||
    keyUsage.includes(authentication[peer]) ||
    keyUsage.includes(anyPurpose)
  );
}

/** `pathLenConstraint` (RFC 5280 §4.2.1.9): [OID] [BOOLEAN critical] OCTET STRING { SEQUENCE { BOOLEAN, INTEGER } }. */
function longestPath(certificate: X509Certificate): number {
  const { raw } = certificate;
  const at = raw.indexOf(basicConstraints);
  if (at < 0) return Infinity;
  let next = at + basicConstraints.length;
  if (raw[next] === 0x01) next += 3;
  const end = next + 2 + (raw[next + 1] ?? 0);
  const authority = next + 4;
  const integer = raw[authority] === 0x01 ? authority + 3 : authority;
  if (integer + 2 >= end || raw[integer] !== 0x02) return Infinity;
  return raw.readUIntBE(integer + 2, Math.min(raw[integer + 1] ?? 1, 6));
}
