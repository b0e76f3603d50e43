import { createHash, type X509Certificate } from 'node:crypto';

import { networkFailure } from '@netaccess/transport';

import { linked } from './peer-chain.ts';

/** SHA-256 of a certificate, or of its public key (SubjectPublicKeyInfo, RFC 7469 §2.4), by name and in base64. */
const pinText = /^(?:sha256\/{1,2}|sha256:)([A-Za-z0-9+/]{43}=?)$/u;

/** Throws for what is no pin, so that a misspelt one does not open what it was to close. */
export function readPins(pins: readonly string[]): ReadonlySet<string> {
  return new Set(
    pins.map((pin) => {
      const hash = pinText.exec(pin)?.[1];
      if (hash !== undefined) return hash.padEnd(44, '=');
      throw networkFailure(
        'tls-handshake-failed',
        `cannot use the TLS options: "${pin}" is no pin; it is "sha256/" and 44 characters of base64`,
      );
    }),
  );
}

/** The pin of a certificate's public key: "sha256/" and base64. */
export function publicKeyPin(certificate: X509Certificate): string {
  return `sha256/${digest(publicKeyInfo(certificate))}`;
}

/** Whether one of `pins` is that of a public key in the chain, leaf first, or, for `certificates`, of a certificate itself. */
export function isPinned(
  chain: readonly X509Certificate[],
  pins: ReadonlySet<string>,
  of: 'publicKeys' | 'certificates',
): boolean {
  return linked(chain).some((certificate) => {
    const bytes = of === 'certificates' ? certificate.raw : publicKeyInfo(certificate);
    return pins.has(digest(bytes));
  });
}

const publicKeyInfo = ({ publicKey }: X509Certificate): Uint8Array =>
  publicKey.export({ type: 'spki', format: 'der' });

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
