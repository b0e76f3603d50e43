import type { HeaderEntry } from '@netaccess/core';

import { singleFieldValue } from './field-lookup.ts';
import { parseHttpDate } from './http-date.ts';

const strongTag = /^"[\x21\x23-\x7e\x80-\xff]*"$/;
/** RFC 9110 §8.8.2.2: a second in which the resource changed twice would have one date for two contents. */
const STRONG_AFTER_MILLISECONDS = 1000;

/** A strong validator of a reply, equal only if the bytes are equal: its entity tag, else the date of its last change. */
export function strongValidator(fields: readonly HeaderEntry[]): string | undefined {
  const tag = singleFieldValue(fields, 'etag');
  if (tag !== undefined && strongTag.test(tag)) return tag;
  const modified = singleFieldValue(fields, 'last-modified');
  if (modified === undefined) return undefined;
  const changed = parseHttpDate(modified);
  const sent = parseHttpDate(singleFieldValue(fields, 'date') ?? '');
  if (changed === undefined || sent === undefined) return undefined;
  return sent - changed >= STRONG_AFTER_MILLISECONDS ? modified : undefined;
}

/** True for validators that `If-Range` can carry: an opaque one of another backend's may be neither tag nor date. */
export function fitsIfRange(validator: string): boolean {
  return strongTag.test(validator) || parseHttpDate(validator) !== undefined;
}
