import type { HeaderEntry, ReplyAttributes, ViewSource } from '@netaccess/core';

import type { VersionChoice } from './version-choice.ts';

/** The final head of an exchange, whatever version of HTTP carried it. */
export interface FinalHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly HeaderEntry[];
  /** Bytes of the body, when known. */
  readonly length: number | undefined;
}

/** Why a request may be sent again: its kept connection was lost, the peer had no place for it, went away before it, or wants HTTP/1.1. */
export type ResendReason = 'lost' | 'refused' | 'gone' | 'http/1.1';

/** How a request may be sent again that failed. */
export interface Resending {
  readonly reason: ResendReason;
  /** The peer says that it did nothing for it; otherwise it may have acted, and only what may be done twice is sent again. */
  readonly unprocessed: boolean;
  /** Another version is needed. */
  readonly choice?: VersionChoice | undefined;
}

/** One request and its reply on a connection. Each version of HTTP has its own. */
export interface Exchange extends ViewSource {
  /** Sends the request; resolves once the final head is there. */
  open(): FinalHead | Promise<FinalHead>;
  /** After a failure of `open`: how another connection may be tried. Absent: not at all. */
  readonly resending: Resending | undefined;
  /** It went over a connection of another origin's, which may not be meant for it. */
  readonly isCoalesced: boolean;
  /** Proxy to which the request went in clear and by its absolute form: it may have answered in the origin's stead. */
  readonly answeringProxy: URL | undefined;
  readonly attributes: ReplyAttributes;
  trailers(): readonly HeaderEntry[];
  /** Exactly once, at any time; what is pending rejects. Never throws. */
  close(): Promise<void>;
}
