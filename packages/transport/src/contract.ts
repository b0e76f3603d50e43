import type { Duplex } from 'node:stream';

import type { Challenge, Credentials, ViewSource } from '@netaccess/core';

declare module '@netaccess/core' {
  interface Resources {
    /** Opens every channel of a networked backend. */
    connector: Connector;
  }
  interface SecurityResources {
    /** Secures the channels of a backend that claims "tls". */
    tls: TlsProvider;
  }
  interface RequestAttributes {
    /** Asked when a proxy wants credentials that its URL does not hold. */
    readonly proxyCredentials?: AskCredentials | undefined;
  }
  interface OriginAttributes {
    /** Path of a unix socket to connect to instead of the URL's host and port, as Qt's FullLocalServerName. */
    readonly unixSocket?: string | undefined;
    /** TLS options of this request, over the manager's; never sent to another origin. */
    readonly tls?: TlsOptions | undefined;
  }
  interface ReplyAttributes {
    readonly connection?: ConnectionFacts | undefined;
    readonly tls?: TlsFacts | undefined;
  }
}

/** Where a channel leads: a host and port, or the path of a unix socket. */
export type Target =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

/** An address after name resolution. `family` 0 is a unix socket or memory; its port is 0. */
export interface Address {
  readonly address: string;
  readonly port: number;
  readonly family: 0 | 4 | 6;
}

/** Milliseconds on the clock of `performance.now()`; absent: the phase did not happen. */
export interface ConnectTimings {
  readonly start: number;
  readonly dns?: number | undefined;
  readonly connected: number;
  readonly proxied?: number | undefined;
  readonly secured?: number | undefined;
}

/** What a reply says about the connection that carried it. */
export interface ConnectionFacts {
  /** "http/1.1", "h2", "ftp"… as the registered ALPN names say it, where there is one. */
  readonly protocol: string;
  /** Counts up in one manager's backend; equal for replies that shared a connection. */
  readonly id: number;
  readonly reused: boolean;
  readonly address: Address;
  /** The proxy that was used, without its credentials; absent: none. */
  readonly proxy?: URL | undefined;
  /** Of the connection, not of this exchange: a reused one was timed when it was opened. */
  readonly timings: ConnectTimings;
}

/** Asked when somebody on the way wants credentials; `undefined` gives up. */
export type AskCredentials = (challenge: Challenge) => Promise<Credentials | undefined>;

/** What one channel is opened with. */
export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for name look-up, proxies and TCP together. */
  readonly timeout?: number | undefined;
  /** `http:` (CONNECT) or `socks5:`; user and password may stand in it. Absent: directly. */
  readonly proxy?: URL | undefined;
  /** Asked when the proxy wants credentials; a tunnel's refusal never becomes a reply. */
  readonly proxyCredentials?: AskCredentials | undefined;
}

/**
 * Opens a channel to a peer, through a proxy if one is named. Rejects with an `Error` that carries one of the NetworkError codes
 * and names host, port and what was tried.
 */
export interface Connector {
  connect(target: Target, options: ConnectOptions): Promise<Channel>;
}

/** An open, ordered, two-way byte path. */
export interface Channel extends ViewSource {
  readonly peer: Target;
  /** The address connected to, after name resolution; of a proxy, if there is one. */
  readonly address: Address;
  readonly timings: ConnectTimings;
  /** False once the peer ended, reset or closed it, or this side did: an idle one that is not open is not worth a try. */
  readonly open: boolean;
  /** All of them in one write. Nothing returned: written or copied. A promise settles when the memory may be used again. */
  write(...views: readonly Uint8Array[]): void | Promise<void>;
  /** While idle, a channel does not keep the process alive, and holds no buffer. Bytes or an end that come meanwhile make it not `open`. */
  setIdle(idle: boolean): void;
  /** For libraries that insist on a stream. Afterwards the channel is read and written through it only, and may still be secured or closed. */
  toDuplex(): Duplex;
  /** Sends what was written, then the end; reading goes on. */
  end(): Promise<void>;
  /** Frees everything at once; pending reads and writes reject. Never throws; more than once does nothing. */
  close(): Promise<void>;
}

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

/** A channel whose bytes are protected on the way; closing it closes what is beneath. */
export interface SecureChannel extends Channel {
  readonly tls: TlsFacts;
  /**
   * After the end of reading: whether the peer's bytes were cut off, which TLS tells from an end that the peer meant (RFC 8446 §6.1).
   * `undefined`: cannot be told. The channel can only be closed afterwards. Absent: never known.
   */
  wasCutOff?(): Promise<boolean | undefined>;
}

/** Works on a channel instead of being one, so a plain channel can be upgraded in mid-protocol. */
export interface TlsProvider {
  /**
   * Fails when the channel, or its stream, holds bytes that nobody has read: they would be taken for protected ones. Rejects with an
   * `Error` of code `tls-handshake-failed`, whose `certificateErrors` list what was wrong where a certificate was.
   */
  secure(channel: Channel, options: TlsOptions): Promise<SecureChannel>;
}
