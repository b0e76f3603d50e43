import type { TlsObservation } from './tls-observation.ts';

/** How one channel is secured. Configuration that mirrors a standard: everything absent is the platform's default. */
export interface TlsOptions extends TlsObservation {
  /** Sent as SNI and checked against the certificate; default: the target's host. */
  readonly serverName?: string | undefined;
  /** Offered in this order (RFC 7301). */
  readonly alpn?: readonly string[] | undefined;
  /** Certificates in PEM that replace the platform's set: one text, which may hold many, or several. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /**
   * Sets of the platform that are trusted, besides `ca`. Absent: "default" (what the process trusts: Node's own set or, by its options,
   * the system's, and `NODE_EXTRA_CA_CERTS`), or nothing besides `ca` where that is given.
   */
  readonly caSets?: readonly CertificateSet[] | undefined;
  /** Lists of revoked certificates in PEM (RFC 5280 §5). With any, every authority of the chain needs one. */
  readonly revocationLists?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** PEM certificate chain of this side. */
  readonly certificate?: string | Uint8Array | undefined;
  /** PEM private key of this side. */
  readonly key?: string | Uint8Array | undefined;
  /** PKCS#12 (RFC 7292): chain and key of this side, instead of `certificate` and `key`. */
  readonly pkcs12?: Uint8Array | undefined;
  /** Opens `key` or `pkcs12`. */
  readonly passphrase?: string | undefined;
  readonly minimumVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly maximumVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Those offered, the best first, by OpenSSL's names, which for TLS 1.3 are IANA's. Default: Node's. */
  readonly cipherSuites?: readonly string[] | undefined;
  /** Groups for the exchange of keys (RFC 8446 §4.2.7), the best first: "X25519", "P-256"… Default: OpenSSL's. */
  readonly groups?: readonly string[] | undefined;
  /** Signature schemes (RFC 8446 §4.2.3), the best first. Default: OpenSSL's. */
  readonly signatureAlgorithms?: readonly string[] | undefined;
  /** A key that both sides know (RFC 4279, RFC 8446 §4.2.11): a peer that knows it, too, needs no certificate. */
  readonly preSharedKey?:
    | PreSharedKey
    | ((hint: string | undefined) => PreSharedKey | undefined)
    | undefined;
  /** False: no tickets are asked for (RFC 5077), and of TLS 1.3 none is kept. Default: true. */
  readonly sessionTickets?: boolean | undefined;
  /**
   * Qt's PeerVerifyMode. "verify" (default): a peer with an error is refused. "query": errors are listed, and accepted, so that the reply
   * says "unverified". "none": as "query", and no handshake is interrupted for them.
   */
  readonly peerVerifyMode?: 'verify' | 'query' | 'none' | undefined;
  /** Certificates of the peer's chain at most, the root not counted; longer: `path-length-exceeded`. 0 and by default: no limit but OpenSSL's. */
  readonly peerVerifyDepth?: number | undefined;
  /** Exact errors to accept, as Qt's ignoreSslErrors(list); "all" accepts whatever is wrong. The reply then says "unverified". */
  readonly ignoreErrors?: 'all' | readonly (CertificateErrorCode | IgnoredError)[] | undefined;
  /**
   * Public keys of which the chain has to have one: "sha256/" and the base64 of the SubjectPublicKeyInfo's hash (RFC 7469 §2.4), as
   * curl's --pinnedpubkey. Otherwise `pin-mismatch`, which only its own name ignores, not "all".
   */
  readonly pinnedPublicKeys?: readonly string[] | undefined;
  /** The same, by hashes of whole certificates. */
  readonly pinnedCertificates?: readonly string[] | undefined;
  /**
   * OCSP stapling (RFC 6066 §8). "ask": what the peer staples is verified, and a revocation is an error. "require": everything but a
   * verified "good" is. Default: not asked for.
   */
  readonly ocsp?: 'ask' | 'require' | undefined;
  /** Appends the secrets of the connection to this file, for Wireshark and the like; true: to the one that `SSLKEYLOGFILE` names, if it does. */
  readonly keyLogFile?: string | true | undefined;
  /** Where sessions are kept for the next connection of the same key; absent: no resumption. */
  readonly session?: SessionSlot | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the handshake. */
  readonly timeout?: number | undefined;
}

/** "default": what the process trusts. "bundled": Node's own. "system": the system's. "extra": those of `NODE_EXTRA_CA_CERTS`. */
export type CertificateSet = 'default' | 'bundled' | 'system' | 'extra';

/** A key that both sides know. */
export interface PreSharedKey {
  readonly identity: string;
  readonly key: Uint8Array;
}

/** An error that is accepted for one certificate only. */
export interface IgnoredError {
  readonly code: CertificateErrorCode;
  /** The certificate that has it, in DER, or its SHA-256 in hexadecimal digits, with or without colons. */
  readonly certificate: Uint8Array | string;
}

/** Holds what the peer gave to resume by. TLS 1.3 tickets arrive late and serve once, so it is mutable. */
export interface SessionSlot {
  take(): Uint8Array | undefined;
  put(session: Uint8Array): void;
}

/** Qt's SslError list as words, as far as Node can tell them apart, and `pin-mismatch`, for which Qt has none. */
export type CertificateErrorCode =
  | 'unable-to-get-issuer-certificate'
  | 'unable-to-decrypt-certificate-signature'
  | 'unable-to-decode-issuer-public-key'
  | 'certificate-signature-failed'
  | 'certificate-not-yet-valid'
  | 'certificate-expired'
  | 'invalid-not-before-field'
  | 'invalid-not-after-field'
  | 'self-signed-certificate'
  | 'self-signed-certificate-in-chain'
  | 'unable-to-get-local-issuer-certificate'
  | 'unable-to-verify-first-certificate'
  | 'certificate-revoked'
  | 'invalid-ca-certificate'
  | 'path-length-exceeded'
  | 'invalid-purpose'
  | 'certificate-untrusted'
  | 'certificate-rejected'
  | 'subject-issuer-mismatch'
  | 'authority-issuer-serial-number-mismatch'
  | 'no-peer-certificate'
  | 'host-name-mismatch'
  | 'ocsp-no-response-found'
  | 'ocsp-malformed-response'
  | 'ocsp-malformed-request'
  | 'ocsp-internal-error'
  | 'ocsp-try-later'
  | 'ocsp-sig-required'
  | 'ocsp-unauthorized'
  | 'ocsp-response-cannot-be-trusted'
  | 'ocsp-response-cert-id-unknown'
  | 'ocsp-response-expired'
  | 'ocsp-status-unknown'
  | 'pin-mismatch'
  | 'unspecified-error';

/** One thing wrong with a peer's certificate. */
export interface CertificateError {
  readonly code: CertificateErrorCode;
  /** A sentence for people: what, which certificate, since when, issued by whom. */
  readonly message: string;
  /** What can be done about it, for people. */
  readonly advice?: string | undefined;
  /** DER of the certificate that has it. */
  readonly certificate?: Uint8Array | undefined;
  /** Where that stands in the peer's chain: 0 is the peer's own. */
  readonly depth?: number | undefined;
}

/** What the peer stapled of its certificate's state (RFC 6960); times are milliseconds of Unix time. Only "good" speaks for it. */
export interface OcspFacts {
  readonly state: 'good' | 'revoked' | 'unknown' | 'absent' | 'invalid';
  /** Why it is invalid. */
  readonly problem?: string | undefined;
  readonly revokedAt?: number | undefined;
  readonly thisUpdate?: number | undefined;
  readonly nextUpdate?: number | undefined;
}

/** What a secured channel knows about its protection. */
export interface TlsFacts {
  /** "TLSv1.2", "TLSv1.3". */
  readonly protocol: string;
  /** The standard (IANA) name. */
  readonly cipher: string;
  /** What the peer chose (RFC 7301); absent: it chose nothing. */
  readonly alpn?: string | undefined;
  readonly resumed: boolean;
  /** Errors that were accepted because the options said so. Empty: the peer is verified. */
  readonly errors: readonly CertificateError[];
  /** DER of the peer's certificate, where it sent one. */
  readonly peerCertificate?: Uint8Array | undefined;
  /** DER of the peer's chain, its own certificate first, as far as it is known; a resumed session knows the first only. */
  readonly peerChain?: readonly Uint8Array[] | undefined;
  /** Absent: not asked for, or the session was resumed. */
  readonly ocsp?: OcspFacts | undefined;
}
