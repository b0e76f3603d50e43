import type { Body, HeaderEntry, Reply, ReplyHead } from '@netaccess/core';

import { isStrongTag } from './http/entity-tag.ts';
import { isNamed } from './http/field-lookup.ts';
import { JoinedViews } from './joined-views.ts';
import type { EntryReader, StoredEntry } from './store.ts';

/** A stored start of what is asked for, of which the rest can be asked for (RFC 9111 §3.4). */
export interface Start {
  readonly entry: StoredEntry;
  readonly reader: EntryReader;
  /** The first byte that is missing. */
  readonly from: number;
  readonly validator: string;
}

/** The longest start among these; `undefined`: nothing says whether the rest would fit. */
export function longestStart(found: readonly StoredEntry[]): StoredEntry | undefined {
  let longest: StoredEntry | undefined;
  for (const entry of found) {
    const { range, validator } = entry.head;
    if (range?.from !== 0 || validator === undefined || !isStrongTag(validator)) continue;
    if (longest === undefined || range.to > (longest.head.range?.to ?? 0)) longest = entry;
  }
  return longest;
}

/** The whole reply, made of the stored start and the peer's rest; `undefined`: this is not that rest. */
export function completed(reply: Reply, start: Start): Reply | undefined {
  const { range, validator } = reply;
  if (range?.from !== start.from || range.to === undefined) return undefined;
  if (validator !== start.validator || range.total !== range.to + 1) return undefined;
  return reply.with({
    head: wholeReplyHead(reply, range.total),
    body: (source) => joinedBody(start.reader, source),
  });
}

function wholeReplyHead(reply: Reply, length: number): Partial<ReplyHead> {
  const others = [...reply.headers].filter(
    ([name]) => !isNamed(name, 'content-length') && !isNamed(name, 'content-range'),
  );
  const headers: readonly HeaderEntry[] = [...others, ['Content-Length', String(length)]];
  return { headers, length, range: undefined, status: { code: 200, reason: 'OK' } };
}

function joinedBody(start: EntryReader, rest: Body): Body {
  const views = new JoinedViews([start, rest]);
  return {
    readPointer: () => views.readPointer(),
    advanceReadPointer: (distance) => views.advanceReadPointer(distance),
    async close() {
      await start.close();
    },
  };
}
