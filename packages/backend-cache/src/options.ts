import type { Clock } from '@netaccess/core';

/** How a cache behaves. */
export interface CacheOptions {
  /**
   * Whether several users share it: then nothing private is stored. Default: whether the store is, and has no partition. A shared store
   * is nobody's private cache, unless a partition says whose.
   */
  readonly shared?: boolean | undefined;
  /** Keeps these entries from all others of the same store: one for each user, say. */
  readonly partition?: string | undefined;
  /** Whether concurrent equal requests become one. Default: for a private cache. */
  readonly collapse?: boolean | undefined;
  /** So many bytes of a body that its caller leaves are still fetched, so that it can be stored. Default: 0. */
  readonly backgroundBytes?: number | undefined;
  /** How long one answer of the store is awaited; without it in time, nothing is stored. Default: 2,000. */
  readonly storeMilliseconds?: number | undefined;
  /** Fields that are meant for this cache, if it is shared (RFC 9213), the most specific first. Default: `CDN-Cache-Control`. */
  readonly targetedFields?: readonly string[] | undefined;
  /** The wall clock, in milliseconds of Unix time. */
  readonly now?: (() => number) | undefined;
  /** For `storeMilliseconds`. */
  readonly clock?: Clock | undefined;
}
