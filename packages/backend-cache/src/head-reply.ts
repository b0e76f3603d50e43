import type { HeaderEntry } from '@netaccess/core';

import { singleFieldValue } from './http/field-lookup.ts';
import { freshenedHead } from './http/freshened-head.ts';
import type { CacheRole } from './http/stored-facts.ts';
import type { StoredHead } from './store.ts';
import type { Times } from './stored-head.ts';

/** What a reply to HEAD must say the same of as the stored reply to GET, where it says it. */
const compared = ['etag', 'last-modified', 'content-length'];

/** The stored head with what a reply to HEAD says anew; `undefined`: what is stored no longer holds (RFC 9111 §4.3.5). */
export function confirmedHead(
  head: StoredHead,
  headers: readonly HeaderEntry[],
  times: Times,
  role: CacheRole,
): StoredHead | undefined {
  for (const name of compared) {
    const said = singleFieldValue(headers, name);
    const known = singleFieldValue(head.headers, name);
    const length =
      name === 'content-length' && head.length !== undefined ? String(head.length) : known;
    if (said !== undefined && said !== (known ?? length)) return undefined;
  }
  return freshenedHead(head, { headers, ...times }, role);
}
