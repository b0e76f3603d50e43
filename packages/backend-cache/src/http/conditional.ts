import type { HeaderEntry } from '@netaccess/core';

import type { StoredEntry } from '../store.ts';
import { isEntityTag, isStrongTag, matchWeakly, parseTags } from './entity-tag.ts';
import { singleFieldValue } from './field-lookup.ts';
import { parseHttpDate } from './http-date.ts';
import type { RequestFacts } from './request-facts.ts';
import type { StoredFacts } from './stored-facts.ts';

/** Tags that one request asks about. */
const MAXIMUM_TAGS = 16;
const none: readonly HeaderEntry[] = [];

/** A stored reply and what its fields say. */
export interface Candidate {
  readonly entry: StoredEntry;
  readonly facts: StoredFacts;
}

/** The fields that ask whether one of these still holds (RFC 9111 §4.3.1); `chosen` is the one that would be served. None: nothing to ask with. */
export function conditionFields(
  chosen: Candidate | undefined,
  others: readonly Candidate[],
): readonly HeaderEntry[] {
  if (chosen === undefined && others.length === 0) return none;
  const candidates = chosen === undefined ? others : [chosen, ...others];
  const tags = new Set<string>();
  for (const { facts } of candidates)
    if (facts.etag !== undefined && tags.size < MAXIMUM_TAGS) tags.add(facts.etag);
  const fields: HeaderEntry[] = [];
  if (tags.size > 0) fields.push(['If-None-Match', [...tags].join(', ')]);
  if (chosen?.facts.lastModified !== undefined)
    fields.push(['If-Modified-Since', chosen.facts.lastModified]);
  return fields;
}

/** Which of the stored replies a 304 is about, the one to serve first (RFC 9111 §4.3.4). None: it is about something else. */
export function confirmedBy(
  headers: readonly HeaderEntry[],
  chosen: Candidate | undefined,
  others: readonly Candidate[],
): readonly Candidate[] {
  const candidates = chosen === undefined ? others : [chosen, ...others];
  const etag = singleFieldValue(headers, 'etag');
  if (etag !== undefined && isStrongTag(etag))
    return candidates.filter(({ facts }) => facts.etag === etag);
  if (etag !== undefined && isEntityTag(etag))
    return candidates
      .filter(({ facts }) => facts.etag !== undefined && matchWeakly(facts.etag, etag))
      .slice(0, 1);
  const modified = singleFieldValue(headers, 'last-modified');
  if (modified !== undefined)
    return candidates.filter(({ facts }) => facts.lastModified === modified).slice(0, 1);
  // Without a validator it can be about one only that was asked about alone.
  const asked = candidates.filter(({ facts }) => facts.etag !== undefined);
  const alone = chosen !== undefined && asked.every((candidate) => candidate === chosen);
  return alone ? [chosen] : asked.length === 1 ? asked : [];
}

/** Whether the caller's own condition says that it has this stored reply already (RFC 9111 §4.3.2). Only a 200 is judged by conditions. */
export function callerHas(asked: RequestFacts, { entry, facts }: Candidate): boolean {
  if (entry.head.status?.code !== 200) return false;
  if (asked.ifNoneMatch !== undefined) {
    const tags = parseTags(asked.ifNoneMatch);
    if (tags === '*') return true;
    const { etag } = facts;
    return etag !== undefined && tags.some((tag) => matchWeakly(tag, etag));
  }
  if (asked.ifModifiedSince === undefined) return false;
  const since = parseHttpDate(asked.ifModifiedSince);
  const modified =
    facts.lastModified === undefined ? facts.date : parseHttpDate(facts.lastModified);
  return since !== undefined && modified !== undefined && modified <= since;
}
