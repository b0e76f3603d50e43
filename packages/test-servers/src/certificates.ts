import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP } from 'node:net';

import { bits, der, identifier, integer, octets, sequence, set, time, truth, utf8 } from './der.ts';

/** A key and its certificates in PEM, named as `tls.createServer` wants them. */
export interface TestIdentity {
  /** The leaf, then the intermediates; never the root. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority made by `issue`; it can issue further ones. */
export interface Issued extends TestIdentity {
  readonly subject: string;
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
  readonly selfSigned: boolean;
}

/** What a certificate for tests says; by default a good one for two days around now. */
export interface Issue {
  /** The common name. */
  readonly subject: string;
  /** Absent: it signs itself. */
  readonly issuer?: Issued | undefined;
  /** Host names and IP addresses. */
  readonly names?: readonly string[] | undefined;
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
  /** A certificate authority, with at most so many others below it; absent: a leaf. */
  readonly authority?: { readonly pathLength?: number | undefined } | undefined;
  readonly purposes?: readonly ('server' | 'client' | 'ocsp')[] | undefined;
}

const dayMilliseconds = 86_400_000;
export const ecdsaWithSha256: Uint8Array = sequence(identifier('1.2.840.10045.4.3.2'));
const purposeIdentifiers = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  ocsp: '1.3.6.1.5.5.7.3.9',
} as const;

/**
 * Makes an EC P-256 key and a certificate for it, in about a millisecond. No package does this without either a global polyfill or
 * RSA only, so the few structures of RFC 5280 that tests need are written here.
 */
export function issue(what: Issue): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuerKey = what.issuer?.privateKey ?? privateKey;
  const body = toBeSigned(what, publicKey);
  const signature = sign('sha256', body, issuerKey);
  const raw = sequence(body, ecdsaWithSha256, bits(signature));
  const certificate = new X509Certificate(raw);
  const above = what.issuer === undefined || what.issuer.selfSigned ? '' : what.issuer.cert;
  return {
    subject: what.subject,
    certificate,
    privateKey,
    selfSigned: what.issuer === undefined,
    cert: certificate.toString() + above,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function toBeSigned(what: Issue, publicKey: KeyObject): Uint8Array {
  const now = Date.now();
  const notBefore = what.notBefore ?? new Date(now - dayMilliseconds);
  const notAfter = what.notAfter ?? new Date(now + dayMilliseconds);
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  return sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    ecdsaWithSha256,
    commonName(what.issuer?.subject ?? what.subject),
    sequence(time(notBefore), time(notAfter)),
    commonName(what.subject),
    publicKeyInfo,
    der(0xa3, sequence(...extensions(what, publicKeyInfo))),
  );
}

function serialNumber(): Uint8Array {
  const serial = randomBytes(12);
  // A leading zero octet would not be DER.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

export const commonName = (name: string): Uint8Array =>
  sequence(set(sequence(identifier('2.5.4.3'), utf8(name))));

function extensions(what: Issue, publicKeyInfo: Uint8Array): readonly Uint8Array[] {
  const issuerInfo = what.issuer?.certificate.publicKey.export({ type: 'spki', format: 'der' });
  return [
    extension('2.5.29.19', basicConstraints(what), true),
    // keyCertSign and cRLSign, or digitalSignature.
    extension(
      '2.5.29.15',
      what.authority ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x80]), 7),
      true,
    ),
    extension('2.5.29.14', octets(keyId(publicKeyInfo))),
    extension('2.5.29.35', sequence(der(0x80, keyId(issuerInfo ?? publicKeyInfo)))),
    ...(what.authority ? [] : [extension('2.5.29.37', purposes(what))]),
    ...(what.names?.length
      ? [extension('2.5.29.17', sequence(...what.names.map(generalName)))]
      : []),
  ];
}

const extension = (id: string, value: Uint8Array, critical = false): Uint8Array =>
  sequence(identifier(id), ...(critical ? [truth()] : []), octets(value));

function basicConstraints({ authority }: Issue): Uint8Array {
  if (authority === undefined) return sequence();
  const { pathLength } = authority;
  return sequence(
    truth(),
    ...(pathLength === undefined ? [] : [integer(Buffer.from([pathLength]))]),
  );
}

const purposes = (what: Issue): Uint8Array =>
  sequence(...(what.purposes ?? ['server']).map((word) => identifier(purposeIdentifiers[word])));

const keyId = (publicKeyInfo: Uint8Array): Uint8Array =>
  createHash('sha256').update(publicKeyInfo).digest().subarray(0, 20);

function generalName(name: string): Uint8Array {
  return isIP(name) === 0 ? der(0x82, Buffer.from(name, 'latin1')) : der(0x87, addressOctets(name));
}

function addressOctets(address: string): Uint8Array {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const left = addressWords(head);
  const right = addressWords(tail ?? '');
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return Buffer.from([...left, ...middle, ...right].flatMap((word) => [word >> 8, word & 0xff]));
}

const addressWords = (text: string): readonly number[] =>
  text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));

/** Names of the loopback interface, which the good certificates are for. */
export const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/** Good and bad certificates for servers on loopback. `ca.cert` is what trusts them. */
export interface TestCertificates {
  readonly ca: Issued;
  /** Good for `localhost`, `127.0.0.1` and `::1`. */
  readonly localhost: Issued;
  /** The same through an intermediate that the server sends along. */
  readonly throughIntermediate: Issued;
  /** The same, but the server forgets its intermediate. */
  readonly missingIntermediate: Issued;
  /** Ended 10 days ago. */
  readonly expired: Issued;
  /** Begins in 10 days. */
  readonly notYetValid: Issued;
  /** Good, but for `other.test` and `*.example.test`. */
  readonly wrongName: Issued;
  /** For the names of loopback, signed by itself. */
  readonly selfSigned: Issued;
  /** For the names of loopback, by an authority that `ca` knows nothing of. */
  readonly unknownIssuer: Issued;
  /** `unknownIssuer` with its root sent along. */
  readonly selfSignedInChain: Issued;
  /** For the names of loopback, but to be used by clients only. */
  readonly wrongPurpose: Issued;
  /** By an intermediate below one that allows none below it. */
  readonly pathTooLong: Issued;
  /** Signed by `localhost`, which is no authority. */
  readonly invalidAuthority: Issued;
  /** Expired, and by an unknown issuer, and for another name. */
  readonly allWrong: Issued;
  /** What a client shows to a server that asks for a certificate. */
  readonly clientIdentity: Issued;
}

let made: TestCertificates | undefined;

/** The certificates of this process; each is made when first looked at. */
export function certificates(): TestCertificates {
  return (made ??= new LazyCertificates());
}

class LazyCertificates implements TestCertificates {
  readonly #made = new Map<string, Issued>();

  get ca(): Issued {
    return this.#once({ subject: 'Test CA', authority: {} });
  }
  get localhost(): Issued {
    return this.#leaf('localhost', {});
  }
  get throughIntermediate(): Issued {
    return this.#leaf('through intermediate', { issuer: this.#intermediate });
  }
  get missingIntermediate(): Issued {
    const whole = this.throughIntermediate;
    return { ...whole, cert: whole.certificate.toString() };
  }
  get expired(): Issued {
    return this.#leaf('expired', { notBefore: daysFromNow(-100), notAfter: daysFromNow(-10) });
  }
  get notYetValid(): Issued {
    return this.#leaf('not yet valid', { notBefore: daysFromNow(10), notAfter: daysFromNow(100) });
  }
  get wrongName(): Issued {
    return this.#leaf('wrong name', { names: ['other.test', '*.example.test'] });
  }
  get selfSigned(): Issued {
    return this.#once({ subject: 'self signed', names: loopbackNames });
  }
  get unknownIssuer(): Issued {
    return this.#leaf('unknown issuer', { issuer: this.#otherAuthority });
  }
  get selfSignedInChain(): Issued {
    const leaf = this.unknownIssuer;
    return { ...leaf, cert: leaf.cert + this.#otherAuthority.cert };
  }
  get wrongPurpose(): Issued {
    return this.#leaf('wrong purpose', { purposes: ['client'] });
  }
  get pathTooLong(): Issued {
    const last = this.#once({ subject: 'Last CA', issuer: this.ca, authority: { pathLength: 0 } });
    const tooLow = this.#once({ subject: 'CA below the last', issuer: last, authority: {} });
    return this.#leaf('path too long', { issuer: tooLow });
  }
  get invalidAuthority(): Issued {
    return this.#leaf('below a leaf', { issuer: this.localhost });
  }
  get allWrong(): Issued {
    return this.#leaf('all wrong', {
      issuer: this.#otherAuthority,
      names: ['other.test'],
      notBefore: daysFromNow(-100),
      notAfter: daysFromNow(-10),
    });
  }
  get clientIdentity(): Issued {
    return this.#leaf('client identity', { names: [], purposes: ['client'] });
  }

  get #intermediate(): Issued {
    return this.#once({ subject: 'Test intermediate CA', issuer: this.ca, authority: {} });
  }
  get #otherAuthority(): Issued {
    return this.#once({ subject: 'Other CA', authority: {} });
  }

  #leaf(subject: string, what: Omit<Issue, 'subject'>): Issued {
    return this.#once({ subject, issuer: what.issuer ?? this.ca, names: loopbackNames, ...what });
  }

  #once(what: Issue): Issued {
    const known = this.#made.get(what.subject);
    if (known !== undefined) return known;
    const issued = issue(what);
    this.#made.set(what.subject, issued);
    return issued;
  }
}

const daysFromNow = (days: number): Date => new Date(Date.now() + days * dayMilliseconds);
