import type { HeaderEntry, NetworkErrorCode, ViewSource } from '@netaccess/core';

/** A request field that a stored reply was chosen by (RFC 9110 §12.5.5), and what it was; `null`: the request had none. */
export type VaryEntry = readonly [name: string, value: string | null];

/** What is kept of a reply beside its bytes. Plain values only: a store may write it as JSON. Times are milliseconds of Unix time. */
export interface StoredHead {
  /** The reply's, without a fragment. */
  readonly url: string;
  readonly headers: readonly HeaderEntry[];
  readonly trailers?: readonly HeaderEntry[] | undefined;
  readonly status?: { readonly code: number; readonly reason: string } | undefined;
  readonly redirect?: { readonly url: string; readonly keepOperation: boolean } | undefined;
  readonly error?:
    | { readonly code: NetworkErrorCode; readonly message: string; readonly temporary?: boolean }
    | undefined;
  readonly validator?: string | undefined;
  /** Bytes of the stored body. Absent while they are not known; a store sets it when the writing is done. */
  readonly length?: number | undefined;
  /** The stored bytes are this part of the whole; absent: they are all of it. */
  readonly range?:
    | { readonly from: number; readonly to: number; readonly total?: number }
    | undefined;
  readonly vary: readonly VaryEntry[];
  /** When the request was sent, and when the head of its reply was there. */
  readonly requestedAt: number;
  readonly receivedAt: number;
  /** The protection that it came with. */
  readonly secured?: 'verified' | undefined;
  /** From then on nobody has use for it, not even as a stale one: a store may drop it. Absent: never. */
  readonly uselessAt?: number | undefined;
}

/** A complete entry, as it was found. Stores may keep more in it. */
export interface StoredEntry {
  readonly key: string;
  /** Tells the entries of a store apart. */
  readonly id: string;
  readonly head: StoredHead;
}

/** An opened entry: its bytes stay readable until it is closed, whatever is removed or trimmed meanwhile. */
export interface EntryReader extends ViewSource {
  /** Exactly once, also before the end; a pending read rejects. Never throws. */
  close(): void | Promise<void>;
}

/** Takes the body of a new entry. Nobody finds the entry before it is committed, and nothing of it is left if it is not. */
export interface EntryWriter {
  /** Nothing returned: the memory may be used again at once. A promise settles when it may. */
  write(view: Uint8Array): void | Promise<void>;
  /**
   * Reads from the start what is being written, and goes on as it comes: the end is the end of the body once it is committed; reading
   * rejects once it is given up.
   */
  follow(): EntryReader;
  /** The body ended: from now on the entry is found, instead of those that it replaces. */
  commit(head: StoredHead): StoredEntry | Promise<StoredEntry>;
  /** Leaves nothing behind. Never throws. */
  abandon(): void | Promise<void>;
}

/** What a writer is asked for with. */
export interface WritePlan {
  readonly key: string;
  readonly head: StoredHead;
  /** Bytes to come, where known: a store refuses early what it will not hold. */
  readonly expectedBytes?: number | undefined;
  /** Gone once this one is committed. */
  readonly replaces: readonly StoredEntry[];
}

/** What a store holds. */
export interface StoreStats {
  readonly entries: number;
  /** As the store counts them against its limit: heads and what it needs itself included. */
  readonly bytes: number;
  readonly maximumBytes?: number | undefined;
  readonly maximumEntries?: number | undefined;
}

/** What a check of everything found. */
export interface StoreVerification {
  readonly entries: number;
  /** Damaged ones, which were removed: their key where it could still be read. */
  readonly damaged: readonly { readonly key?: string | undefined; readonly problem: string }[];
}

/**
 * Keeps entries. A key may have several: variants, and parts. It decides nothing about freshness. Everything may fail, by rejecting or
 * throwing: to the policy that is a miss. What is returned at once costs no turn of the loop; stores in memory do so.
 */
export interface CacheStore {
  /** "memory", "disk"…: named in messages and statistics. */
  readonly name: string;
  /** Whether more than one user's programs see what is stored: then private replies must not be. */
  readonly shared?: boolean | undefined;
  /** Complete entries of the key, the newest first; those that are useless now or damaged need not be among them. */
  find(key: string): readonly StoredEntry[] | Promise<readonly StoredEntry[]>;
  /** Reads a found entry's bytes from `from` to `to` (included; default: all). `undefined`: it is gone, or damaged. */
  open(
    entry: StoredEntry,
    part?: { readonly from: number; readonly to: number },
  ): EntryReader | undefined | Promise<EntryReader | undefined>;
  /** `undefined`: this store does not want it (too large, say). */
  write(plan: WritePlan): EntryWriter | undefined | Promise<EntryWriter | undefined>;
  /** Puts another head on an entry that is still there; its bytes stay. Resolves to the entry as it is then found; `undefined`: it is gone. */
  freshen(
    entry: StoredEntry,
    head: StoredHead,
  ): StoredEntry | undefined | Promise<StoredEntry | undefined>;
  /** Removes these, or all of the key. Resolves to how many there were. */
  remove(key: string, entries?: readonly StoredEntry[]): number | Promise<number>;
  clear(): void | Promise<void>;
  /** Everything that is stored, in no order; what is removed meanwhile may or may not be among it. */
  entries(): Iterable<StoredEntry> | AsyncIterable<StoredEntry>;
  stats(): StoreStats | Promise<StoreStats>;
  /** Reads everything, and removes what is damaged. */
  verify(): StoreVerification | Promise<StoreVerification>;
  /** Settles once nothing of it is open or under way any more: files, timers, connections that are its own. */
  close(): void | Promise<void>;
}
