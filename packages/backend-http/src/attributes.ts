import type { HeaderEntry } from '@netaccess/core';

/** Which of the requests that wait for a connection goes first; in order of arrival among equals. */
export type Priority = 'high' | 'normal' | 'low';

/** A reply that the peer sends before it is asked for. */
export interface PromisedReply {
  readonly url: URL;
  /** Of the request that the peer imagines. */
  readonly headers: readonly HeaderEntry[];
}

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** Default: "normal". */
    readonly priority?: Priority | undefined;
    /** Milliseconds for which the connection is kept idle afterwards, instead of the backend's own limit. */
    readonly connectionIdleExpiry?: number | undefined;
    /** This request may use one connection more than its pool has: it feeds on another that holds one. */
    readonly mayExceedPool?: boolean | undefined;
    /** Asks the peer whether it wants the body before it is sent. Default: for large or endless ones that cannot be sent twice. */
    readonly expectContinue?: boolean | undefined;
    /** Told of interim replies (1xx), which are not the answer yet. What it throws fails this request. */
    readonly onInterim?: ((status: number, headers: readonly HeaderEntry[]) => void) | undefined;
    /** HTTP/2 may be negotiated with a peer of `https`. Default: the backend's `http2Allowed`, which is true. */
    readonly http2Allowed?: boolean | undefined;
    /** A peer of `http` may be asked to go on in HTTP/2, by the first request to it. Needs `http2Allowed`. Default: the backend's, false. */
    readonly http2CleartextAllowed?: boolean | undefined;
    /** The peer is known to speak HTTP/2: nothing is negotiated, and nothing else is tried. Over the other two. Default: the backend's, false. */
    readonly http2Direct?: boolean | undefined;
    /**
     * Asked about each reply that the peer promises along with the answer, where the backend allows that; `false` refuses. What is accepted
     * answers the next `get` of that URL. Default: all are accepted. What it throws fails this request.
     */
    readonly onPush?: ((promised: PromisedReply) => boolean) | undefined;
  }
  interface ReplyAttributes {
    /** The reply came over HTTP/2. */
    readonly http2WasUsed?: boolean | undefined;
  }
}
