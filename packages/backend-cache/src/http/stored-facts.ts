import type { HeaderEntry } from '@netaccess/core';

import type { StoredHead } from '../store.ts';
import { parseCacheControl, seconds, type Directives } from './cache-control.ts';
import { isEntityTag } from './entity-tag.ts';
import { fieldValues, hasField, isNamed, singleFieldValue } from './field-lookup.ts';
import { parseHttpDate } from './http-date.ts';
import { targetedControl } from './targeted-control.ts';

/** Who a cache is: one user's or many's; and which fields are meant for it (RFC 9213). */
export interface CacheRole {
  readonly shared: boolean;
  /** In lower case, the most specific first. */
  readonly targets: readonly string[];
}

/** Statuses that may be reused without being told how long (RFC 9110 §15.1). */
const heuristicStatuses: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
]);
/** Of the time since the last change (RFC 9111 §4.2.2). */
const HEURISTIC_FRACTION = 0.1;
/** However old something is, it is not reused longer than a week on a guess. */
const MAXIMUM_HEURISTIC_MILLISECONDS = 604_800_000;

/** What the fields of a stored reply say, read once. Times are milliseconds. */
export interface StoredFacts {
  readonly control: Directives;
  /** Whether how long it is fresh is said, not guessed. */
  readonly explicit: boolean;
  readonly lifetime: number;
  /** When it was made, by its origin's clock; when it came, where that is not said. */
  readonly date: number;
  /** Age when it came (RFC 9111 §4.2.3). */
  readonly initialAge: number;
  readonly receivedAt: number;
  /** It would not be stored now: its origin has changed its mind, or it was stored for somebody else. */
  readonly withdrawn: boolean;
  /** Never served stale. */
  readonly strict: boolean;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** All but `Age`, and what `no-cache` names, which only the origin may confirm. */
  readonly servable: readonly HeaderEntry[];
}

const known = {
  private: new WeakMap<StoredHead, StoredFacts>(),
  shared: new WeakMap<StoredHead, StoredFacts>(),
};

/** The facts of a stored head, for a cache of this role. */
export function storedFacts(head: StoredHead, role: CacheRole): StoredFacts {
  const table = role.shared ? known.shared : known.private;
  const seen = table.get(head);
  if (seen !== undefined) return seen;
  const facts = read(head, role);
  table.set(head, facts);
  return facts;
}

function read(head: StoredHead, role: CacheRole): StoredFacts {
  const { headers, requestedAt, receivedAt } = head;
  const targeted = role.shared ? targetedControl(headers, role.targets) : undefined;
  const control = targeted ?? replyControl(headers);
  const date = parseHttpDate(singleFieldValue(headers, 'date') ?? '') ?? receivedAt;
  const stated = statedLifetime(head, { control, targeted: targeted !== undefined, role, date });
  // Dates are told in whole seconds.
  const apparent = Math.max(0, Math.floor(receivedAt / 1000) * 1000 - date);
  const corrected = ageValue(headers) * 1000 + Math.max(0, receivedAt - requestedAt);
  const etag = singleFieldValue(headers, 'etag');
  const lastModified = singleFieldValue(headers, 'last-modified');
  return {
    control,
    explicit: stated !== undefined,
    lifetime: stated ?? guessedLifetime(head, control, date),
    date,
    initialAge: Math.max(apparent, corrected),
    receivedAt,
    withdrawn: (control.noStore && !control.mustUnderstand) || (role.shared && control.isPrivate),
    strict:
      control.noCache ||
      control.mustRevalidate ||
      (role.shared && (control.proxyRevalidate || control.sMaxAge !== undefined)),
    etag: etag !== undefined && isEntityTag(etag) ? etag : undefined,
    lastModified:
      lastModified !== undefined && parseHttpDate(lastModified) !== undefined
        ? lastModified
        : undefined,
    servable: headers.filter(
      ([name]) =>
        !isNamed(name, 'age') && !control.noCacheFields.some((field) => isNamed(name, field)),
    ),
  };
}

/** `Pragma` says nothing in a reply (RFC 9111 §5.4). */
export function replyControl(headers: readonly HeaderEntry[]): Directives {
  return parseCacheControl(fieldValues(headers, 'cache-control'));
}

interface Means {
  readonly control: Directives;
  readonly targeted: boolean;
  readonly role: CacheRole;
  readonly date: number;
}

/** RFC 9111 §4.2.1. */
function statedLifetime(head: StoredHead, means: Means): number | undefined {
  const { control, targeted, role, date } = means;
  if (role.shared && control.sMaxAge !== undefined) return control.sMaxAge * 1000;
  if (control.maxAge !== undefined) return control.maxAge * 1000;
  if (targeted || !hasField(head.headers, 'expires')) return undefined;
  // What is no date is in the past, and so are two that differ (RFC 9111 §5.3).
  const expires = parseHttpDate(singleFieldValue(head.headers, 'expires') ?? '');
  return expires === undefined ? 0 : Math.max(0, expires - date);
}

/** RFC 9111 §4.2.2. */
function guessedLifetime(head: StoredHead, control: Directives, date: number): number {
  const status = head.status?.code ?? 0;
  if (!heuristicStatuses.has(status) && !control.isPublic) return 0;
  const modified = parseHttpDate(singleFieldValue(head.headers, 'last-modified') ?? '');
  if (modified === undefined || modified >= date) return 0;
  return Math.min((date - modified) * HEURISTIC_FRACTION, MAXIMUM_HEURISTIC_MILLISECONDS);
}

/** True where a reply with this status may be kept without being told so. */
export function isHeuristicallyCacheable(status: number): boolean {
  return heuristicStatuses.has(status);
}

/** The first member; what is no number is ignored (RFC 9111 §5.1). */
function ageValue(headers: readonly HeaderEntry[]): number {
  const [first = ''] = fieldValues(headers, 'age');
  return seconds(first.split(',')[0]?.trim()) ?? 0;
}

/** How old it is by now, in milliseconds (RFC 9111 §4.2.3). A clock that was set back makes nothing younger. */
export function ageAt({ initialAge, receivedAt }: StoredFacts, now: number): number {
  return initialAge + Math.max(0, now - receivedAt);
}
