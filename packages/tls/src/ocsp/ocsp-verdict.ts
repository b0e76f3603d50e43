import { createHash, X509Certificate } from 'node:crypto';

import type { CertificateErrorCode, OcspFacts } from '@netaccess/transport';

import { certificateParts } from '../certificate-parts.ts';
import { DerError } from '../der.ts';
import { hex, isSignedBy, isWeaklySigned } from '../signed.ts';
import { OcspRefusal, readOcspReply, type OcspReply, type OcspStatement } from './ocsp-reply.ts';

/** What a stapled OCSP reply (RFC 6066 §8, RFC 6960) says, and Qt's word for what is wrong with it. */
export interface OcspVerdict extends OcspFacts {
  readonly error?: CertificateErrorCode | undefined;
}

/** Clocks differ: so much may a statement seem to come from the future, or be over. */
export const OCSP_CLOCK_SKEW_MILLISECONDS = 300_000;
/** A statement that does not say until when it holds is taken for so long. */
export const OCSP_UNDATED_MILLISECONDS = 86_400_000;
/** Longer ones are not read. */
export const OCSP_REPLY_BYTES = 65_536;
/** Certificates in a reply that are looked at; one is usual. */
const MOST_SIGNERS = 4;

const ocspSigning = '1.3.6.1.5.5.7.3.9';

const identityHashes: ReadonlyMap<string, string> = new Map([
  ['2b0e03021a', 'sha1'],
  ['608648016503040201', 'sha256'],
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]);

/** What the reply says of `certificate`, which `issuer` issued, at `now` (milliseconds of Unix time). Never throws. */
export function ocspVerdict(
  reply: Uint8Array | null | undefined,
  { certificate, issuer }: { certificate: X509Certificate; issuer: X509Certificate | undefined },
  now: number,
): OcspVerdict {
  if (reply === null || reply === undefined || reply.length === 0) return absent;
  if (reply.length > OCSP_REPLY_BYTES) return malformed('it is too long');
  if (issuer === undefined) return untrusted('the issuer of the certificate is not known');
  try {
    const read = readOcspReply(reply);
    if (!isSignedFor(issuer, read, now)) {
      return untrusted('neither the issuer nor one whom it trusts with that has signed it');
    }
    const about = read.statements.filter((one) => isAbout(certificate, issuer, one));
    return stated(about, isWeaklySigned(read), now);
  } catch (error) {
    if (error instanceof OcspRefusal) return invalid(error.code, error.message);
    if (error instanceof DerError) return malformed(error.message);
    return malformed('it cannot be verified');
  }
}

const absent: OcspVerdict = { state: 'absent', error: 'ocsp-no-response-found' };
const invalid = (error: CertificateErrorCode, problem: string): OcspVerdict => ({
  state: 'invalid',
  problem,
  error,
});
const malformed = (problem: string): OcspVerdict => invalid('ocsp-malformed-response', problem);
const untrusted = (problem: string): OcspVerdict =>
  invalid('ocsp-response-cannot-be-trusted', problem);

/** The newest statement counts, but revocation is for good: one who replays an old statement of it, or forges one, gains nothing. */
function stated(about: readonly OcspStatement[], weak: boolean, now: number): OcspVerdict {
  const revoked = about.find(({ status }) => status === 'revoked');
  if (revoked !== undefined) {
    const { revokedAt, thisUpdate, nextUpdate } = revoked;
    return { state: 'revoked', error: 'certificate-revoked', revokedAt, thisUpdate, nextUpdate };
  }
  const [newest] = about.toSorted((a, b) => b.thisUpdate - a.thisUpdate);
  if (newest === undefined) {
    return invalid('ocsp-response-cert-id-unknown', 'it is about another certificate');
  }
  return weak ? untrusted('it is signed with SHA-1, which can be forged') : dated(newest, now);
}

function dated(statement: OcspStatement, now: number): OcspVerdict {
  const { status: state, thisUpdate, nextUpdate } = statement;
  const until = nextUpdate ?? thisUpdate + OCSP_UNDATED_MILLISECONDS;
  if (thisUpdate - OCSP_CLOCK_SKEW_MILLISECONDS > now) return expired('it is from the future');
  if (until + OCSP_CLOCK_SKEW_MILLISECONDS < now) return expired('it is out of date');
  const known = state === 'good';
  return { state, thisUpdate, nextUpdate, ...(known ? {} : { error: 'ocsp-status-unknown' }) };
}

const expired = (problem: string): OcspVerdict => invalid('ocsp-response-expired', problem);

/** RFC 6960 §4.2.2.2: the issuer itself, or one to whom it has issued a certificate for just that. */
function isSignedFor(issuer: X509Certificate, reply: OcspReply, now: number): boolean {
  if (isSignedBy(issuer.publicKey, reply)) return true;
  return reply.certificates.slice(0, MOST_SIGNERS).some((der) => {
    const signer = new X509Certificate(der);
    return (
      (signer.keyUsage?.includes(ocspSigning) ?? false) &&
      isWithin(signer, now) &&
      signer.checkIssued(issuer) &&
      signer.verify(issuer.publicKey) &&
      isSignedBy(signer.publicKey, reply)
    );
  });
}

function isWithin({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return new Date(validFrom).getTime() <= now && now <= new Date(validTo).getTime();
}

function isAbout(
  certificate: X509Certificate,
  issuer: X509Certificate,
  statement: OcspStatement,
): boolean {
  const hash = identityHashes.get(hex(statement.hashIdentifier));
  if (hash === undefined) return false;
  const { serialNumber, issuer: issuerName } = certificateParts(certificate);
  const { publicKey } = certificateParts(issuer);
  return (
    equal(serialNumber, statement.serialNumber) &&
    equal(digest(hash, issuerName), statement.issuerNameHash) &&
    equal(digest(hash, publicKey), statement.issuerKeyHash)
  );
}

const digest = (hash: string, bytes: Uint8Array): Uint8Array =>
  createHash(hash).update(bytes).digest();

const equal = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other);
