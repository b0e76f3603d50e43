import { constants, createHash } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, getCACertificates } from 'node:tls';
import type { SecureContext, SecureContextOptions } from 'node:tls';

import type { TlsOptions } from '@netaccess/transport';

import { checkOptions, unusable } from '../option-check.ts';

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
  checkOptions(options);
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
  return new Set((authorities(options) ?? getCACertificates('default')).flatMap(derOf));
}

/** In DER. */
export function revocationListsOf({ revocationLists }: TlsOptions): readonly Uint8Array[] {
  return listed(revocationLists)
    .flatMap((text) => listsIn(textOf(text)))
    .flatMap((text) => base64In(text, pemRevocationList))
    .map((base64) => Buffer.from(base64, 'base64'));
}

/** Node reads the first of a text only. */
function listsIn(text: string): readonly string[] {
  const found = [...text.matchAll(pemRevocationList)].map(([block]) => `${block}\n`);
  return found.length === 0 ? [text] : found;
}

/** In PEM; nothing where the platform's default is meant. */
function authorities({ ca, caSets }: TlsOptions): readonly string[] | undefined {
  if (ca === undefined && caSets === undefined) return undefined;
  const sets = (caSets ?? []).flatMap((set) => getCACertificates(set));
  return [...listed(ca).map(textOf), ...sets];
}

function listed(
  texts: string | Uint8Array | readonly (string | Uint8Array)[] | undefined,
): readonly (string | Uint8Array)[] {
  if (texts === undefined) return [];
  return typeof texts === 'string' || texts instanceof Uint8Array ? [texts] : texts;
}

function createContext(options: TlsOptions): SecureContext {
  checkContents(options);
  const { cipherSuites, groups, signatureAlgorithms, revocationLists, sessionTickets } = options;
  try {
    return createSecureContext({
      ...identityOf(options),
      ca: authorities(options)?.slice(),
      ...(revocationLists !== undefined && {
        crl: listed(revocationLists).flatMap((text) => listsIn(textOf(text))),
      }),
      ciphers: suites(cipherSuites, options),
      ...(groups && { ecdhCurve: groups.join(':') }),
      ...(signatureAlgorithms && { sigalgs: signatureAlgorithms.join(':') }),
      ...(sessionTickets === false && { secureOptions: constants.SSL_OP_NO_TICKET }),
      minVersion: options.minimumVersion ?? 'TLSv1.2',
      maxVersion: options.maximumVersion ?? 'TLSv1.3',
    });
  } catch (error) {
    throw unusable(reasonOf(error, options), error);
  }
}

function checkContents({ ca, certificate, key, pkcs12 }: TlsOptions): void {
  for (const [index, entry] of listed(ca).entries()) {
    if (derOf(textOf(entry)).length > 0) continue;
    throw unusable(`entry ${index} of the CA certificates holds none in PEM`);
  }
  if ((certificate === undefined) !== (key === undefined)) {
    throw unusable('a certificate of this side and its key go together');
  }
  if (pkcs12 !== undefined && certificate !== undefined) {
    throw unusable('PKCS#12 is instead of a certificate and its key');
  }
}

function identityOf({ certificate, key, pkcs12, passphrase }: TlsOptions): SecureContextOptions {
  return {
    ...(certificate !== undefined && { cert: nodeText(certificate) }),
    ...(key !== undefined && { key: nodeText(key) }),
    ...(pkcs12 !== undefined && { pfx: Buffer.from(pkcs12) }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** Node's own list leaves out the suites of keys that both sides know. */
const withPreSharedKey = `${DEFAULT_CIPHERS.replaceAll(':!PSK', '')}:PSK+AESGCM:PSK+CHACHA20`;

function suites(
  stated: readonly string[] | undefined,
  { preSharedKey }: TlsOptions,
): string | undefined {
  if (stated !== undefined) return stated.join(':');
  return preSharedKey === undefined ? undefined : withPreSharedKey;
}

function reasonOf(error: unknown, { certificate, key, pkcs12, ...options }: TlsOptions): string {
  const said = error instanceof Error ? error.message : String(error);
  const locked = key !== undefined && textOf(key).includes('ENCRYPTED');
  // One wrong passphrase in 256 decrypts to something that only then cannot be decoded.
  if (locked && /bad decrypt|interrupted or cancelled|bad password|DECODER/iu.test(said)) {
    return 'the passphrase does not open the key of this side';
  }
  if (/key values mismatch/iu.test(said)) {
    return 'the certificate of this side is not for its key';
  }
  if (pkcs12 !== undefined && /mac verify|asn1|pkcs/iu.test(said)) {
    return 'the PKCS#12 is damaged, or the passphrase does not open it';
  }
  if (/cipher/iu.test(said)) return `the cipher suites ${shown(options.cipherSuites)} are unknown`;
  if (/curve|group/iu.test(said)) return `the groups ${shown(options.groups)} are unknown`;
  if (/sigalg|signature alg/iu.test(said)) {
    return `the signature algorithms ${shown(options.signatureAlgorithms)} are unknown`;
  }
  if (/crl/iu.test(said)) return 'a list of revoked certificates cannot be read';
  const what = certificate === undefined ? 'CA certificates' : 'certificates or key';
  return `the ${what} cannot be read: ${said}`;
}

const shown = (names: readonly string[] = []): string => `"${names.join(', ')}"`;

/** All that a connection is judged by: what was found out by one is true for another of the same only. Each part with its length. */
function contentDigest(options: TlsOptions): string {
  const hash = createHash('sha256');
  const add = (part: unknown): void => {
    if (Array.isArray(part)) {
      hash.update(`${part.length}[`);
      part.forEach(add);
      return;
    }
    const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part));
    hash.update(part === undefined ? '-;' : `${bytes.length};`);
    if (part !== undefined) hash.update(bytes);
  };
  for (const member of judgedBy) add(options[member]);
  add(options.preSharedKey !== undefined);
  return hash.digest('base64');
}

const judgedBy = [
  'certificate',
  'key',
  'pkcs12',
  'passphrase',
  'minimumVersion',
  'maximumVersion',
  'ca',
  'caSets',
  'revocationLists',
  'cipherSuites',
  'groups',
  'signatureAlgorithms',
  'sessionTickets',
  'peerVerifyDepth',
  'pinnedPublicKeys',
  'pinnedCertificates',
  'ocsp',
] as const satisfies readonly (keyof TlsOptions)[];

const nodeText = (pem: string | Uint8Array): string | Buffer =>
  typeof pem === 'string' ? pem : Buffer.from(pem);

const textOf = (pem: string | Uint8Array): string =>
  typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1');

const pemCertificate =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END/gu;

const pemRevocationList = /-----BEGIN X509 CRL-----([\sA-Za-z0-9+/=]+)-----END X509 CRL-----/gu;

const derOf = (text: string): readonly string[] => base64In(text, pemCertificate);

const base64In = (text: string, pem: RegExp): readonly string[] =>
  [...text.matchAll(pem)].map(([, base64 = '']) => base64.replaceAll(/\s/gu, ''));
