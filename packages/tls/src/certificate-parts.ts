import type { X509Certificate } from 'node:crypto';

import { bitsOf, expectDer, readAllDer, readSequence, tags } from './der.ts';

/** Parts of a certificate (RFC 5280 §4.1) that `X509Certificate` does not give as bytes. */
export interface CertificateParts {
  readonly serialNumber: Uint8Array;
  /** Distinguished names in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** SubjectPublicKeyInfo in DER, and the key's bits in it. */
  readonly publicKeyInfo: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Throws a `DerError` for what is no certificate. */
export function certificateParts({ raw }: Pick<X509Certificate, 'raw'>): CertificateParts {
  const [body] = readSequence(raw);
  const fields = readAllDer(expectDer(body, tags.sequence).content);
  // The version is absent from certificates of version 1.
  const [serial, , issuer, , subject, keyInfo] =
    fields[0]?.tag === tags.context(0) ? fields.slice(1) : fields;
  const publicKeyInfo = expectDer(keyInfo, tags.sequence);
  const [, key] = readAllDer(publicKeyInfo.content);
  return {
    serialNumber: expectDer(serial, tags.integer).content,
    issuer: expectDer(issuer, tags.sequence).raw,
    subject: expectDer(subject, tags.sequence).raw,
    publicKeyInfo: publicKeyInfo.raw,
    publicKey: bitsOf(expectDer(key, tags.bits)),
  };
}
