import type { Request } from '@netaccess/core';

import type { Target } from './contract.ts';
import type { TlsAlert } from './tls-alert.ts';
import type { CertificateError } from './tls-contract.ts';

/** Told by whoever secures a channel, so that reports can say whom it serves. */
export interface ChannelUse {
  /** "scheme://host:port", where it is known. */
  readonly origin: string | undefined;
  /** Those that are under way now to where the channel leads; asked for each report. */
  requests(): readonly Request[];
}

/** Where something about TLS happened. */
export interface TlsPlace {
  readonly peer: Target;
  /** What the peer's certificate is checked for; empty for a peer that connected to this side. */
  readonly serverName: string;
  /** "scheme://host:port" of what the connection is for, where that is known. */
  readonly origin: string | undefined;
  /** Those that were under way then to where the connection leads, where they are known. */
  readonly requests: readonly Request[];
}

/** A handshake that waits for a decision. The peer has seen neither Finished nor a certificate of this side, nor a byte of the application. */
export interface InterruptedHandshake extends TlsPlace {
  /** What OpenSSL would have stopped at. */
  readonly error: CertificateError;
  /** All that is wrong and that the options do not accept; `error` is one of them. */
  readonly errors: readonly CertificateError[];
  /** DER of the peer's certificates, its own first, as far as they are known; empty if it sent none. */
  readonly chain: readonly Uint8Array[];
  /** "TLSv1.2", "TLSv1.3". */
  readonly protocol: string;
  /** Aborts when no answer is wanted any more: the time is over, the peer is gone, or the request was aborted. */
  readonly signal: AbortSignal;
}

/** A caller's functions that see and decide what happens in TLS. What one throws, or its promise rejects with, fails what uses the connection, and nothing else. */
export interface TlsObservation {
  /** Called for every alert of this side, when it is on its way. */
  readonly onAlertSent?: ((alert: TlsAlert, place: TlsPlace) => unknown) | undefined;
  /** Called for every alert of the peer, after the bytes before it were received and before its effect. */
  readonly onAlertReceived?: ((alert: TlsAlert, place: TlsPlace) => unknown) | undefined;
  /**
   * True: an error of the peer's certificate ends the handshake while it is in progress, so that the peer hears of it by an alert and sees
   * nothing of this side. Default: true where `onHandshakeInterrupted` is given.
   */
  readonly handshakeMustInterruptOnError?: boolean | undefined;
  /** Called then, before the end: true, or a promise of it, accepts all errors and continues. They are in `tls.errors` afterwards. */
  readonly onHandshakeInterrupted?:
    | ((handshake: InterruptedHandshake) => boolean | Promise<boolean>)
    | undefined;
  /** True: a peer without a certificate is refused and nobody is asked, as Qt's setMissingCertificateIsFatal. Default: false. */
  readonly missingCertificateIsFatal?: boolean | undefined;
  /** Milliseconds for that decision, which do not count for `timeout`; then it is no. Default: 60 s. */
  readonly interruptTimeout?: number | undefined;
  /** Given by whoever secures a channel, not by callers. */
  readonly use?: ChannelUse | undefined;
}
