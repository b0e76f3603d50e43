import type { HeaderEntry, ReplyAttributes, ViewSource } from '@netaccess/core';

/** The final head of an exchange, whatever version of HTTP carried it. */
export interface FinalHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly HeaderEntry[];
  /** Bytes of the body, when known. */
  readonly length: number | undefined;
}

/** One request and its reply on a connection. Each version of HTTP has its own. */
export interface Exchange extends ViewSource {
  /** Sends the request; resolves once the final head is there. */
  open(): FinalHead | Promise<FinalHead>;
  /** After a failure of `open`: the peer cannot have acted on the request, or acting twice does no harm, so a fresh connection may be tried. */
  readonly mayResend: boolean;
  /** Proxy to which the request went in clear and by its absolute form: it may have answered in the origin's stead. */
  readonly answeringProxy: URL | undefined;
  readonly attributes: ReplyAttributes;
  trailers(): readonly HeaderEntry[];
  /** Exactly once, at any time; what is pending rejects. Never throws. */
  close(): Promise<void>;
}
