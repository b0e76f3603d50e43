/** How one channel is secured. Configuration that mirrors a standard: everything absent is the platform's default. */
export interface TlsOptions {
  /** Sent as SNI and checked against the certificate; default: the target's host. */
  readonly serverName?: string | undefined;
  /** Offered in this order (RFC 7301). */
  readonly alpn?: readonly string[] | undefined;
  /** Certificates in PEM that replace the platform's set: one text, which may hold many, or several. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** PEM certificate chain of this side. */
  readonly certificate?: string | Uint8Array | undefined;
  /** PEM private key of this side. */
  readonly key?: string | Uint8Array | undefined;
  readonly passphrase?: string | undefined;
  readonly minimumVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly maximumVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Exact errors to accept, as Qt's ignoreSslErrors(list); "all" accepts whatever is wrong. The reply then says "unverified". */
  readonly ignoreErrors?: 'all' | readonly CertificateErrorCode[] | undefined;
  /** Where sessions are kept for the next connection of the same key; absent: no resumption. */
  readonly session?: SessionSlot | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the handshake. */
  readonly timeout?: number | undefined;
}

/** Holds what the peer gave to resume by. TLS 1.3 tickets arrive late and serve once, so it is mutable. */
export interface SessionSlot {
  take(): Uint8Array | undefined;
  put(session: Uint8Array): void;
}

/** Qt's SslError list as words, as far as Node can tell them apart. */
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
  | 'unspecified-error';

/** One thing wrong with a peer's certificate. */
export interface CertificateError {
  readonly code: CertificateErrorCode;
  /** A sentence for people: what, which certificate, since when, issued by whom. */
  readonly message: string;
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
}
