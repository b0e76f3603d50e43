import { createHash } from 'node:crypto';

import type { CertificateErrorCode, TlsOptions } from '@netaccess/transport';

/** An error, and whose it is: SHA-256 of the certificate in hexadecimal digits. */
export interface ErrorOfCertificate {
  readonly code: CertificateErrorCode;
  readonly fingerprint: string | undefined;
}

type Judged = Pick<TlsOptions, 'ignoreErrors' | 'peerVerifyMode'>;

/** Whether the options accept the error. Who pins means it: only its own name ignores a mismatch. */
export function isIgnored(error: ErrorOfCertificate, options: Judged): boolean {
  const { ignoreErrors = [], peerVerifyMode = 'verify' } = options;
  const everything = ignoreErrors === 'all' || peerVerifyMode !== 'verify';
  if (everything && error.code !== 'pin-mismatch') return true;
  if (ignoreErrors === 'all') return false;
  return ignoreErrors.some((ignored) =>
    typeof ignored === 'string'
      ? ignored === error.code
      : ignored.code === error.code && fingerprint(ignored.certificate) === error.fingerprint,
  );
}

/** SHA-256 in hexadecimal digits, of a certificate in DER; a text is one already. */
export function fingerprint(certificate: Uint8Array | string): string {
  return typeof certificate === 'string'
    ? certificate.replaceAll(':', '').toLowerCase()
    : createHash('sha256').update(certificate).digest('hex');
}
