import type { HeaderEntry, ReplyHead, Request } from '@netaccess/core';

import type { CacheFacts, CacheOutcome } from './attributes.ts';
import { hasField, isNamed } from './http/field-lookup.ts';
import type { StoredFacts } from './http/stored-facts.ts';
import type { StoredHead } from './store.ts';

/** A part of the whole, both its ends included. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly total?: number | undefined;
}

/** How a stored reply is served. */
export interface Serving {
  readonly outcome: CacheOutcome;
  /** Milliseconds. */
  readonly age: number;
  /** Of the whole resource; absent: the entry as it is. */
  readonly part?: Part | undefined;
}

/** The head of a stored reply as the caller gets it; `facts` are those of HTTP, which others do not have. */
export function servedHead(
  request: Request,
  head: StoredHead,
  facts: StoredFacts | undefined,
  { outcome, age, part }: Serving,
): ReplyHead {
  const seconds = Math.floor(age / 1000);
  const source = outcome === 'shared' ? 'network' : 'cache';
  const cache: CacheFacts = { source, outcome, age: seconds };
  const whole = part === undefined;
  const range = part ?? head.range;
  const asked = request.operation === 'head';
  const headers = facts === undefined ? head.headers : withAge(facts, seconds);
  const served: ReplyHead = {
    url: request.url,
    headers: whole ? headers : partHeaders(headers, part, facts !== undefined),
    length: asked ? 0 : whole ? head.length : part.to - part.from + 1,
    range: asked ? undefined : range,
    validator: head.validator,
    status: whole || head.status === undefined ? head.status : partialContent,
    redirect: redirectOf(head, request.url),
    error: head.error,
    attributes: { cache, secured: head.secured },
  };
  return served;
}

const partialContent = { code: 206, reason: 'Partial Content' } as const;

/** Lists that were made for the same second, which the next hit can use again. */
const aged = new WeakMap<
  StoredFacts,
  { readonly seconds: number; readonly headers: readonly HeaderEntry[] }
>();

function withAge(facts: StoredFacts, seconds: number): readonly HeaderEntry[] {
  const made = aged.get(facts);
  if (made?.seconds === seconds) return made.headers;
  const headers: readonly HeaderEntry[] = [...facts.servable, ['Age', String(seconds)]];
  aged.set(facts, { seconds, headers });
  return headers;
}

/** Only HTTP tells a part by a field. */
function partHeaders(
  headers: readonly HeaderEntry[],
  part: Part,
  http: boolean,
): readonly HeaderEntry[] {
  const { from, to, total } = part;
  const others = headers.filter(
    ([name]) => !isNamed(name, 'content-length') && !isNamed(name, 'content-range'),
  );
  const sized: HeaderEntry[] = [...others, ['Content-Length', String(to - from + 1)]];
  return http ? [...sized, ['Content-Range', `bytes ${from}-${to}/${total ?? '*'}`]] : sized;
}

/** A target without a fragment inherits that of what was asked for (RFC 9110 §10.2.2). */
function redirectOf({ redirect }: StoredHead, asked: URL): ReplyHead['redirect'] {
  if (redirect === undefined || !URL.canParse(redirect.url)) return undefined;
  const url = new URL(redirect.url);
  if (url.hash === '') url.hash = asked.hash;
  return { url, keepOperation: redirect.keepOperation };
}

/** Fields of a stored reply that a 304 repeats (RFC 9110 §15.4.5). */
const repeated: ReadonlySet<string> = new Set([
  'age',
  'cache-control',
  'content-location',
  'date',
  'etag',
  'expires',
  'last-modified',
  'vary',
]);

/** What answers a caller's own condition: that what it has still holds. */
export function notModifiedHead(
  request: Request,
  facts: StoredFacts,
  { outcome, age }: Serving,
): ReplyHead {
  const seconds = Math.floor(age / 1000);
  return {
    url: request.url,
    headers: withAge(facts, seconds).filter(([name]) => repeated.has(name.toLowerCase())),
    length: 0,
    status: { code: 304, reason: 'Not Modified' },
    attributes: { cache: { source: 'cache', outcome, age: seconds } },
  };
}

/** Whether the redirect's own text has a fragment. */
export function namesFragment(headers: Iterable<HeaderEntry>): boolean {
  for (const [name, value] of headers)
    if (isNamed(name, 'location') && value.includes('#')) return true;
  return !hasField(headers, 'location');
}
