import type { Duplex } from 'node:stream';

import type { Challenge, Credentials, ViewSource } from '@netaccess/core';

import type { TlsFacts, TlsOptions } from './tls-contract.ts';

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
  /** True once `toDuplex` was called: only the stream may be read and written then. Absent: never known to be. */
  readonly usedAsStream?: boolean | undefined;
  /** For libraries that insist on a stream. Afterwards the channel is read and written through it only, and may still be secured or closed. */
  toDuplex(): Duplex;
  /** Sends what was written, then the end; reading goes on. */
  end(): Promise<void>;
  /** Frees everything at once; pending reads and writes reject. Never throws; more than once does nothing. */
  close(): Promise<void>;
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
