import type { OpenedReply } from './opened-reply.ts';

/** What a request wants of the cache, as in Qt. */
export type CacheLoadControl =
  | 'always-network'
  | 'prefer-network'
  | 'prefer-cache'
  | 'always-cache';

/**
 * What the cache did for a reply. "hit": fresh, nobody was asked; "stale": stale, nobody was asked, or whoever was could not answer;
 * "revalidated": the peer said that it still holds; "miss": the peer's, because nothing stored would do; "shared": the peer's, by
 * another request's exchange; "bypass": the cache had no part in it.
 */
export type CacheOutcome = 'hit' | 'stale' | 'revalidated' | 'miss' | 'shared' | 'bypass';

/** Where a reply came from. */
export interface CacheFacts {
  readonly source: 'cache' | 'network';
  readonly outcome: CacheOutcome;
  /** Seconds since the reply was made or confirmed by its origin (RFC 9111 §4.2.3), of one from the cache. */
  readonly age?: number | undefined;
}

/** The opened entry on its way from the policy to the backend; nobody else's. */
export const openedReply: unique symbol = Symbol('netaccess.openedReply');

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** Default: "prefer-network". */
    readonly cacheLoadControl?: CacheLoadControl | undefined;
    /** Nothing is served that its origin does not confirm for this request, but for what is fresh and immutable. */
    readonly cacheConfirm?: boolean | undefined;
    /** Whether the reply may be stored. Default: true. */
    readonly cacheSaveControl?: boolean | undefined;
    /** `null`: nothing stored would do. */
    readonly [openedReply]?: OpenedReply | null | undefined;
  }
  interface ReplyAttributes {
    readonly cache?: CacheFacts | undefined;
  }
}
