import type { HeaderEntry } from '@netaccess/core';

import { noDirectives, parseCacheControl, type Directives } from './cache-control.ts';

/** What a request's fields say to a cache. */
export interface RequestFacts {
  readonly control: Directives;
  /** Nothing stored will do unless the origin confirms it. */
  readonly noCache: boolean;
  readonly authorized: boolean;
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  /** Conditions that only the origin can judge: `If-Match`, `If-Unmodified-Since`; or a field that was said twice. */
  readonly unusual: boolean;
}

/** Of a request without any such field. */
export const plainFacts: RequestFacts = Object.freeze({
  control: noDirectives,
  noCache: false,
  authorized: false,
  unusual: false,
});

/** Of lists that cannot change, such as the one that most requests share. */
const known = new WeakMap<readonly HeaderEntry[], RequestFacts>();

/** Reads the fields that a cache heeds. */
export function requestFacts(headers: readonly HeaderEntry[]): RequestFacts {
  if (headers.length === 0) return plainFacts;
  if (!Object.isFrozen(headers)) return read(headers);
  const seen = known.get(headers);
  if (seen !== undefined) return seen;
  const facts = read(headers);
  known.set(headers, facts);
  return facts;
}

type Noted =
  | 'cacheControl'
  | 'pragma'
  | 'authorization'
  | 'range'
  | 'ifRange'
  | 'ifNoneMatch'
  | 'ifModifiedSince'
  | 'unusual';

/** By length first: most fields need no closer look. */
const byLength: readonly (readonly (readonly [string, Noted])[] | undefined)[] = lengths([
  ['cache-control', 'cacheControl'],
  ['pragma', 'pragma'],
  ['authorization', 'authorization'],
  ['range', 'range'],
  ['if-range', 'ifRange'],
  ['if-none-match', 'ifNoneMatch'],
  ['if-modified-since', 'ifModifiedSince'],
  ['if-match', 'unusual'],
  ['if-unmodified-since', 'unusual'],
]);

function lengths(names: readonly (readonly [string, Noted])[]) {
  const table: (readonly [string, Noted])[][] = [];
  for (const entry of names) (table[entry[0].length] ??= []).push(entry);
  return table;
}

function read(headers: readonly HeaderEntry[]): RequestFacts {
  let noted: Partial<Record<Noted, string[]>> | undefined;
  for (const [name, value] of headers) {
    const candidates = byLength[name.length];
    if (candidates === undefined) continue;
    const lower = name.toLowerCase();
    for (const [candidate, note] of candidates) {
      if (candidate !== lower) continue;
      noted ??= {};
      (noted[note] ??= []).push(value);
    }
  }
  return noted === undefined ? plainFacts : factsOf(noted);
}

function factsOf(noted: Partial<Record<Noted, string[]>>): RequestFacts {
  const control = parseCacheControl(noted.cacheControl ?? []);
  const pragma = noted.cacheControl === undefined && noted.pragma !== undefined;
  const noCache = control.noCache || control.noCacheFields.length > 0;
  const { range, ifRange, ifNoneMatch, ifModifiedSince } = noted;
  const twice = [range, ifRange, ifModifiedSince].some((values) => (values?.length ?? 0) > 1);
  return {
    control,
    noCache: noCache || (pragma && (noted.pragma ?? []).some(saysNoCache)),
    authorized: noted.authorization !== undefined,
    range: range?.[0],
    ifRange: ifRange?.[0],
    ifNoneMatch: ifNoneMatch?.join(', '),
    ifModifiedSince: ifModifiedSince?.[0],
    unusual: twice || noted.unusual !== undefined,
  };
}

function saysNoCache(pragma: string): boolean {
  return pragma
    .toLowerCase()
    .split(',')
    .some((member) => member.trim() === 'no-cache');
}
