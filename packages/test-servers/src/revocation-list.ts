import { sign, type X509Certificate } from 'node:crypto';

import { commonName, ecdsaWithSha256, type Issued } from './certificates.ts';
import { bits, integer, sequence, time } from './der.ts';

const dayMilliseconds = 86_400_000;

/** A list of revoked certificates of `issuer` (RFC 5280 §5) in PEM, good for two days around now. */
export function revocationList(issuer: Issued, revoked: readonly X509Certificate[]): string {
  const now = Date.now();
  const since = time(new Date(now - dayMilliseconds));
  const entries = revoked.map(({ serialNumber }) =>
    sequence(integer(Buffer.from(serialNumber, 'hex')), since),
  );
  const body = sequence(
    integer(Buffer.from([1])),
    ecdsaWithSha256,
    commonName(issuer.subject),
    since,
    time(new Date(now + dayMilliseconds)),
    // An empty list would have to be absent.
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
  );
  const signature = sign('sha256', body, issuer.privateKey);
  const list = Buffer.from(sequence(body, ecdsaWithSha256, bits(signature)));
  return `-----BEGIN X509 CRL-----\n${list.toString('base64').replaceAll(/.{64}(?=.)/gu, '$&\n')}\n-----END X509 CRL-----\n`;
}
