import type { X509Certificate } from 'node:crypto';

import type { CertificateError } from '@netaccess/transport';

import { certificateError, unspecifiedError } from './certificate-error.ts';
import { certificateParts } from './certificate-parts.ts';
import { DerError, expectDer, readAllDer, readDer, readSequence, tags, timeOf } from './der.ts';
import { hex, isSignedBy, readSigned, type Signed } from './signed.ts';

/** A list of revoked certificates (RFC 5280 §5.1). */
interface RevocationList extends Signed {
  /** The name in hexadecimal digits of DER. */
  readonly issuer: string;
  /** Milliseconds of Unix time. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  /** A SEQUENCE of what was revoked, which may be long. */
  readonly entries: Uint8Array;
}

/**
 * What lists in DER say of a chain. OpenSSL looks there itself, and tells its last finding only: that a certificate has expired hides
 * that it was revoked.
 */
export function revocationErrors(
  chain: readonly X509Certificate[],
  lists: readonly Uint8Array[],
  now: number,
): readonly CertificateError[] {
  const read = lists.flatMap((der) => listIn(der) ?? []);
  return chain.flatMap((certificate, depth) => {
    const issuer = chain[depth + 1] ?? certificate;
    return errorsOf({ certificate, issuer, now }, read) ?? [];
  });
}

interface Asked {
  readonly certificate: X509Certificate;
  readonly issuer: X509Certificate;
  readonly now: number;
}

function errorsOf(asked: Asked, lists: readonly RevocationList[]): CertificateError | undefined {
  const { certificate, now } = asked;
  const parts = certificateParts(certificate);
  const name = hex(parts.issuer);
  const about = lists.filter(({ issuer }) => issuer === name);
  if (about.some((list) => isListed(parts.serialNumber, list))) {
    return certificateError('certificate-revoked', certificate, now);
  }
  const problem = problemOf(asked, about);
  return problem === undefined ? undefined : unspecifiedError(problem, certificate);
}

/** OpenSSL's word for why the lists prove nothing. */
function problemOf({ issuer, now }: Asked, lists: readonly RevocationList[]): string | undefined {
  if (lists.length === 0) return 'UNABLE_TO_GET_CRL';
  const current = lists.filter(
    ({ thisUpdate, nextUpdate = Infinity }) => thisUpdate <= now && now <= nextUpdate,
  );
  if (current.length === 0) return 'CRL_HAS_EXPIRED';
  return current.some((list) => isBy(issuer, list)) ? undefined : 'CRL_SIGNATURE_FAILURE';
}

function isBy({ publicKey }: X509Certificate, list: RevocationList): boolean {
  try {
    return isSignedBy(publicKey, list);
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

/** Without a list of everything in it: some have a hundred thousand entries. */
function isListed(serialNumber: Uint8Array, { entries }: RevocationList): boolean {
  const wanted = hex(serialNumber);
  for (let rest = entries; rest.length > 0;) {
    const entry = readDer(rest, tags.sequence);
    if (hex(readDer(entry.content, tags.integer).content) === wanted) return true;
    rest = rest.subarray(entry.raw.length);
  }
  return false;
}

/** One that cannot be read proves nothing, as if it were not there. */
function listIn(der: Uint8Array): RevocationList | undefined {
  try {
    return readList(der);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function readList(der: Uint8Array): RevocationList {
  const signed = readSigned(readSequence(der));
  const fields = readAllDer(readDer(signed.signed, tags.sequence).content);
  // Lists of version 1 do not say so.
  const [, issuer, thisUpdate, ...rest] =
    fields[0]?.tag === tags.integer ? fields.slice(1) : fields;
  if (thisUpdate === undefined) throw new DerError('a list does not say of when it is');
  const [next] = rest;
  const dated = next?.tag === tags.generalizedTime || next?.tag === tags.utcTime;
  const entries = rest.find(({ tag }) => tag === tags.sequence);
  return {
    ...signed,
    issuer: hex(expectDer(issuer, tags.sequence).raw),
    thisUpdate: timeOf(thisUpdate),
    nextUpdate: dated ? timeOf(next) : undefined,
    entries: entries?.content ?? new Uint8Array(),
  };
}
