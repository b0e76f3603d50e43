import { createHash } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { networkFailure } from '@netaccess/transport';
import type { TlsOptions } from '@netaccess/transport';

/** Reading a set of certificates takes milliseconds, so contexts of the same content are one. */
const MOST_CONTEXTS = 64;

/** What connections with the same options share. */
export interface SharedContext {
  readonly secureContext: SecureContext;
  /** Of all that this side trusts, shows and allows. */
  readonly digest: string;
}

/** Oldest use first. */
const contexts = new Map<string, SharedContext>();

/** The context for these options; throws a failure that names the option which cannot be used. */
export function sharedContext(options: TlsOptions): SharedContext {
  const digest = contentDigest(options);
  const known = contexts.get(digest);
  contexts.delete(digest);
  const shared = known ?? { digest, secureContext: createContext(options) };
  contexts.set(digest, shared);
  const [oldest] = contexts.keys();
  if (contexts.size > MOST_CONTEXTS && oldest !== undefined) contexts.delete(oldest);
  return shared;
}

/** DER in base64 of every root that a peer's chain may end in. */
export function trustedRoots(options: TlsOptions): ReadonlySet<string> {
  const texts = authorities(options)?.map(textOf) ?? getCACertificates('default');
  return new Set(texts.flatMap(derOf));
}

function authorities({ ca }: TlsOptions): readonly (string | Uint8Array)[] | undefined {
  return typeof ca === 'string' || ca instanceof Uint8Array ? [ca] : ca;
}

function createContext(options: TlsOptions): SecureContext {
  const { certificate, key, passphrase } = options;
  const ca = authorities(options);
  for (const [index, entry] of (ca ?? []).entries()) {
    if (derOf(textOf(entry)).length > 0) continue;
    throw unusable(`entry ${index} of the CA certificates holds none in PEM`);
  }
  if ((certificate === undefined) !== (key === undefined)) {
    throw unusable('a certificate of this side and its key go together');
  }
  try {
    return createSecureContext({
      ca: ca?.map(nodeText),
      cert: certificate === undefined ? undefined : nodeText(certificate),
      key: key === undefined ? undefined : nodeText(key),
      passphrase,
      minVersion: options.minimumVersion ?? 'TLSv1.2',
      maxVersion: options.maximumVersion ?? 'TLSv1.3',
    });
  } catch (error) {
    throw unusable(reasonOf(error, options), error);
  }
}

function reasonOf(error: unknown, { certificate, key }: TlsOptions): string {
  const said = error instanceof Error ? error.message : String(error);
  const locked = key !== undefined && textOf(key).includes('ENCRYPTED');
  // One wrong passphrase in 256 decrypts to something that only then cannot be decoded.
  if (locked && /bad decrypt|interrupted or cancelled|bad password|DECODER/iu.test(said)) {
    return 'the passphrase does not open the key of this side';
  }
  if (/key values mismatch/iu.test(said)) {
    return 'the certificate of this side is not for its key';
  }
  const what = certificate === undefined ? 'CA certificates' : 'certificates or key';
  return `the ${what} cannot be read: ${said}`;
}

const unusable = (why: string, cause?: unknown): Error =>
  networkFailure('tls-handshake-failed', `cannot use the TLS options: ${why}`, { cause });

/** Each part with its length, so that no two different sets look alike. */
function contentDigest(options: TlsOptions): string {
  const hash = createHash('sha256');
  const add = (part: string | Uint8Array | undefined): void => {
    const bytes = part === undefined ? undefined : Buffer.from(part);
    hash.update(bytes === undefined ? '-;' : `${bytes.length};`);
    if (bytes !== undefined) hash.update(bytes);
  };
  const { certificate, key, passphrase, minimumVersion, maximumVersion } = options;
  const ca = authorities(options);
  for (const part of [certificate, key, passphrase, minimumVersion, maximumVersion]) add(part);
  add(ca === undefined ? undefined : String(ca.length));
  for (const entry of ca ?? []) add(entry);
  return hash.digest('base64');
}

const nodeText = (pem: string | Uint8Array): string | Buffer =>
  typeof pem === 'string' ? pem : Buffer.from(pem);

const textOf = (pem: string | Uint8Array): string =>
  typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');

const pemCertificate =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END/gu;

const derOf = (text: string): readonly string[] =>
  [...text.matchAll(pemCertificate)].map(([, base64 = '']) => base64.replaceAll(/\s/gu, ''));
