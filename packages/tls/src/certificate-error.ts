import type { X509Certificate } from 'node:crypto';

import type { CertificateError, CertificateErrorCode } from '@netaccess/transport';

import { certificateAdvice } from './certificate-advice.ts';

const DAY_MILLISECONDS = 86_400_000;
/** A certificate may be for hundreds of names, and be a stranger's. */
const MOST_NAMES_SHOWN = 10;
const LONGEST_NAME_SHOWN = 200;

/** The words of OpenSSL's verification, as Node gives them. */
const codesOfOpenssl: ReadonlyMap<string, CertificateErrorCode> = new Map([
  ['UNABLE_TO_GET_ISSUER_CERT', 'unable-to-get-issuer-certificate'],
  ['UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'unable-to-decrypt-certificate-signature'],
  ['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'unable-to-decode-issuer-public-key'],
  ['CERT_SIGNATURE_FAILURE', 'certificate-signature-failed'],
  ['CERT_NOT_YET_VALID', 'certificate-not-yet-valid'],
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['ERROR_IN_CERT_NOT_BEFORE_FIELD', 'invalid-not-before-field'],
  ['ERROR_IN_CERT_NOT_AFTER_FIELD', 'invalid-not-after-field'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed-certificate'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed-certificate-in-chain'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable-to-get-local-issuer-certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable-to-verify-first-certificate'],
  ['CERT_REVOKED', 'certificate-revoked'],
  ['INVALID_CA', 'invalid-ca-certificate'],
  ['PATH_LENGTH_EXCEEDED', 'path-length-exceeded'],
  ['INVALID_PURPOSE', 'invalid-purpose'],
  ['CERT_UNTRUSTED', 'certificate-untrusted'],
  ['CERT_REJECTED', 'certificate-rejected'],
  ['SUBJECT_ISSUER_MISMATCH', 'subject-issuer-mismatch'],
  ['AKID_ISSUER_SERIAL_MISMATCH', 'authority-issuer-serial-number-mismatch'],
  ['HOSTNAME_MISMATCH', 'host-name-mismatch'],
]);

/** The word for what OpenSSL found; `unspecified-error` for what Qt has no word for. */
export function certificateErrorCode(openssl: string): CertificateErrorCode {
  return codesOfOpenssl.get(openssl) ?? 'unspecified-error';
}

const sentences: Readonly<
  Partial<Record<CertificateErrorCode, (subject: string, issuer: string) => string>>
> = {
  'self-signed-certificate': (subject) =>
    `certificate ${subject} is signed by itself and not trusted`,
  'self-signed-certificate-in-chain': (subject) =>
    `unknown issuer: the chain ends in ${subject}, which is signed by itself and not trusted`,
  'unable-to-get-issuer-certificate': (subject, issuer) =>
    `unknown issuer: ${issuer}, which issued ${subject}, is not there`,
  'unable-to-get-local-issuer-certificate': (subject, issuer) =>
    `unknown issuer: ${issuer}, which issued ${subject}, is neither trusted nor sent along`,
  'unable-to-verify-first-certificate': (subject, issuer) =>
    `certificate ${subject} cannot be verified: the peer sent no certificate of its issuer ${issuer}`,
  'certificate-signature-failed': (subject, issuer) =>
    `the signature of certificate ${subject} is not by its issuer ${issuer}`,
  'invalid-ca-certificate': (subject) =>
    `certificate ${subject} may not issue certificates, but did`,
  'path-length-exceeded': (subject) =>
    `certificate ${subject} allows fewer certificate authorities below it than there are`,
  'invalid-purpose': (subject) => `certificate ${subject} is not for servers`,
  'certificate-revoked': (subject, issuer) => `certificate ${subject} was revoked by ${issuer}`,
};

/** A sentence about `certificate`, which has the error `code`. */
export function certificateError(
  code: CertificateErrorCode,
  certificate: X509Certificate,
  now: number,
): CertificateError {
  return errorOf(code, sentence(code, certificate, now), certificate);
}

function errorOf(
  code: CertificateErrorCode,
  message: string,
  certificate?: X509Certificate,
): CertificateError {
  const advice = certificateAdvice(code);
  return {
    code,
    message,
    ...(advice === undefined ? {} : { advice }),
    ...(certificate && { certificate: certificate.raw }),
  };
}

function sentence(code: CertificateErrorCode, certificate: X509Certificate, now: number): string {
  const subject = shownName(certificate.subject);
  const issuer = shownName(certificate.issuer);
  if (code === 'certificate-expired') {
    const when = `${day(certificate.validTo)} (${daysBetween(certificate.validTo, now)} ago)`;
    return `certificate expired on ${when}: ${subject}, issued by ${issuer}`;
  }
  if (code === 'certificate-not-yet-valid') {
    const when = `${day(certificate.validFrom)} (in ${daysBetween(certificate.validFrom, now)})`;
    return `certificate is not valid before ${when}: ${subject}, issued by ${issuer}`;
  }
  const known = sentences[code]?.(subject, issuer);
  return known ?? `certificate ${subject}, issued by ${issuer}: ${code.replaceAll('-', ' ')}`;
}

/** What OpenSSL found wrong and has no word of Qt's. */
export function unspecifiedError(openssl: string, certificate: X509Certificate): CertificateError {
  const about = `${shownName(certificate.subject)}, issued by ${shownName(certificate.issuer)}`;
  const message = `certificate ${about} was rejected (OpenSSL: ${openssl})`;
  return errorOf('unspecified-error', message, certificate);
}

/** More certificates than `most` are between the peer and its root, `top`, or nobody knows how many. */
export function chainTooLong(top: X509Certificate, most: number): CertificateError {
  const message = `the chain up to ${shownName(top.subject)} has more certificates below its root than the ${most} that are allowed`;
  return errorOf('path-length-exceeded', message, top);
}

/** The peer sent no certificate at all. */
export const missingCertificate: CertificateError = errorOf(
  'no-peer-certificate',
  'the peer sent no certificate',
);

/** No key or certificate of the chain is among those that were pinned. */
export function pinMismatch(leaf: X509Certificate): CertificateError {
  const message = `pinned keys do not match: neither certificate ${shownName(leaf.subject)} nor one above it has a pinned key`;
  return errorOf('pin-mismatch', message, leaf);
}

/** What is wrong with the OCSP reply that the peer stapled, or did not. */
export function ocspError(
  code: CertificateErrorCode,
  problem: string | undefined,
  leaf: X509Certificate,
): CertificateError {
  const about = `of the certificate ${shownName(leaf.subject)}`;
  const message =
    problem === undefined ? ocspSentences[code] : `the OCSP reply proves nothing: ${problem}`;
  return errorOf(code, `${message ?? code.replaceAll('-', ' ')}, ${about}`, leaf);
}

const ocspSentences: Readonly<Partial<Record<CertificateErrorCode, string>>> = {
  'certificate-revoked': 'the issuer says by OCSP that it revoked it',
  'ocsp-no-response-found': 'the peer stapled no OCSP reply',
  'ocsp-status-unknown': 'the OCSP responder does not know the state',
};

/** "leaf" ← "intermediate" ← "root", each issued by the next. */
export function shownChain(chain: readonly X509Certificate[]): string {
  return chain.map(({ subject }) => shownName(subject)).join(' ← ');
}

/** "name mismatch: certificate is for a, b; not for c". `subjectAltName` is Node's list, as "DNS:a, IP Address:b". */
export function nameMismatch(serverName: string, certificate: X509Certificate): CertificateError {
  const names = namesOf(certificate);
  const shown = names.slice(0, MOST_NAMES_SHOWN).map(printable).join(', ');
  const more = names.length - MOST_NAMES_SHOWN;
  const list = more > 0 ? `${shown} and ${more} more` : shown;
  const message = `name mismatch: certificate is for ${list || 'no name'}; not for ${printable(serverName)}`;
  return errorOf('host-name-mismatch', message, certificate);
}

function namesOf(certificate: X509Certificate): readonly string[] {
  // Commas inside a name are quoted by Node, so a quoted one is one item.
  const items = certificate.subjectAltName?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/gu) ?? [];
  const names = items
    .map((item) => /^\s*(?:DNS|IP Address):(.+)$/u.exec(item)?.[1])
    .filter((name) => name !== undefined);
  if (names.length > 0) return names;
  const common = attribute(certificate.subject, 'CN');
  return common === undefined ? [] : [common];
}

/** The common name in quotes, or the organisation, or all of it. */
function shownName(name: string | undefined): string {
  const text = name ?? '';
  const short = attribute(text, 'CN') ?? attribute(text, 'O') ?? text.replaceAll('\n', ', ');
  return `"${printable(short)}"`;
}

const attribute = (name: string, key: string): string | undefined =>
  name
    .split('\n')
    .find((line) => line.startsWith(`${key}=`))
    ?.slice(key.length + 1);

/** Names are a stranger's text. */
function printable(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
  return clean.length > LONGEST_NAME_SHOWN ? `${clean.slice(0, LONGEST_NAME_SHOWN)}…` : clean;
}

function day(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString().slice(0, 10);
}

function daysBetween(text: string, now: number): string {
  const days = Math.abs(new Date(text).getTime() - now) / DAY_MILLISECONDS;
  if (days < 1) return 'less than a day';
  const whole = Math.round(days);
  return whole === 1 ? '1 day' : `${whole} days`;
}
