import type { HeaderEntry } from '@netaccess/core';

import type { StoredHead } from '../store.ts';
import { dated, storableFields } from './storable.ts';
import type { CacheRole } from './stored-facts.ts';

/** What describes the stored bytes, which a reply without a body cannot change (RFC 9111 §3.2). */
const kept: ReadonlySet<string> = new Set(['content-length', 'content-encoding', 'content-range']);

/** A reply that confirms a stored one: its fields, and when it was asked for and came. */
export interface Confirmation {
  readonly headers: Iterable<HeaderEntry>;
  readonly requestedAt: number;
  readonly receivedAt: number;
}

/** The stored head with the fields that the confirming reply has, instead of its own of the same names (RFC 9111 §3.2, §4.3.4). */
export function freshenedHead(
  head: StoredHead,
  { headers, requestedAt, receivedAt }: Confirmation,
  role: CacheRole,
): StoredHead {
  const news = dated(storableFields(headers, role), receivedAt).filter(
    ([name]) => !kept.has(name.toLowerCase()),
  );
  const renewed = new Set(news.map(([name]) => name.toLowerCase()));
  // An age that is not repeated is that of the former reply.
  renewed.add('age');
  const stayed = head.headers.filter(([name]) => !renewed.has(name.toLowerCase()));
  return { ...head, headers: [...stayed, ...news], requestedAt, receivedAt };
}
