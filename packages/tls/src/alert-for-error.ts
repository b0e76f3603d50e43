import type { CertificateError, CertificateErrorCode, TlsAlertName } from '@netaccess/transport';

/** The order in which OpenSSL looks for errors, and the alert that it sends for the first one. What is looked at together is one group. */
const groups: readonly ReadonlyMap<CertificateErrorCode, TlsAlertName>[] = [
  new Map<CertificateErrorCode, TlsAlertName>([
    ['unable-to-get-issuer-certificate', 'unknown_ca'],
    ['unable-to-get-local-issuer-certificate', 'unknown_ca'],
    ['unable-to-verify-first-certificate', 'unknown_ca'],
    ['self-signed-certificate', 'unknown_ca'],
    ['self-signed-certificate-in-chain', 'unknown_ca'],
  ]),
  new Map<CertificateErrorCode, TlsAlertName>([
    ['invalid-ca-certificate', 'unknown_ca'],
    ['path-length-exceeded', 'unknown_ca'],
    ['invalid-purpose', 'unsupported_certificate'],
    ['certificate-untrusted', 'bad_certificate'],
    ['certificate-rejected', 'bad_certificate'],
  ]),
  new Map<CertificateErrorCode, TlsAlertName>([['host-name-mismatch', 'bad_certificate']]),
  new Map<CertificateErrorCode, TlsAlertName>([['certificate-revoked', 'certificate_revoked']]),
  new Map<CertificateErrorCode, TlsAlertName>([
    ['unable-to-decode-issuer-public-key', 'bad_certificate'],
    ['unable-to-decrypt-certificate-signature', 'bad_certificate'],
    ['certificate-signature-failed', 'decrypt_error'],
    ['invalid-not-before-field', 'bad_certificate'],
    ['invalid-not-after-field', 'bad_certificate'],
    ['certificate-not-yet-valid', 'bad_certificate'],
    ['certificate-expired', 'certificate_expired'],
  ]),
];

/** For findings that Qt has no word for; what is in neither list is `certificate_unknown`, as in OpenSSL. */
const alertsOfWords: Readonly<Record<string, TlsAlertName>> = {
  UNSPECIFIED: 'internal_error',
  X509_V_ERR_1: 'internal_error',
  OUT_OF_MEM: 'internal_error',
  X509_V_ERR_69: 'internal_error',
  X509_V_ERR_70: 'internal_error',
  X509_V_ERR_65: 'bad_certificate',
  UNABLE_TO_GET_CRL: 'unknown_ca',
  X509_V_ERR_33: 'unknown_ca',
  CERT_CHAIN_TOO_LONG: 'unknown_ca',
  CRL_HAS_EXPIRED: 'certificate_expired',
  CRL_NOT_YET_VALID: 'bad_certificate',
  CRL_SIGNATURE_FAILURE: 'decrypt_error',
  UNABLE_TO_DECRYPT_CRL_SIGNATURE: 'bad_certificate',
  ERROR_IN_CRL_LAST_UPDATE_FIELD: 'bad_certificate',
  ERROR_IN_CRL_NEXT_UPDATE_FIELD: 'bad_certificate',
  X509_V_ERR_50: 'handshake_failure',
  X509_V_ERR_66: 'bad_certificate',
  X509_V_ERR_67: 'bad_certificate',
  X509_V_ERR_68: 'bad_certificate',
  X509_V_ERR_95: 'bad_certificate',
};

/** The error that OpenSSL stops at; the first of those that it does not look for. */
export function firstError(
  errors: readonly [CertificateError, ...CertificateError[]],
): CertificateError {
  for (const group of groups) {
    const [first] = errors.filter(({ code }) => group.has(code)).toSorted(deepestFirst);
    if (first !== undefined) return first;
  }
  return errors[0];
}

/** The alert that OpenSSL sends itself for that error. `word` is its own for the last one that it found. */
export function alertForError({ code }: CertificateError, word: string): TlsAlertName {
  const known = groups.find((group) => group.has(code))?.get(code);
  if (known !== undefined) return known;
  if (code.startsWith('ocsp-')) return 'bad_certificate_status_response';
  return alertsOfWords[word] ?? 'certificate_unknown';
}

/** What a server says that wants a certificate and got none: TLS 1.3 has an alert of its own (RFC 8446 §6.2). */
export function alertForMissing(protocol: string | null): TlsAlertName {
  return protocol === 'TLSv1.3' ? 'certificate_required' : 'handshake_failure';
}

/** Signatures and dates are looked at from the root on. */
const deepestFirst = (a: CertificateError, b: CertificateError): number =>
  (b.depth ?? 0) - (a.depth ?? 0);
