import type { RequestFacts } from './request-facts.ts';
import { ageAt, type StoredFacts } from './stored-facts.ts';

/** What may be done with a stored reply. "revalidate": nothing, until its origin has confirmed it. */
export type Verdict = 'fresh' | 'stale' | 'stale-while-revalidate' | 'revalidate';

/** When, and whether the caller takes what is stale although its origin was not asked. */
export interface Circumstances {
  readonly now: number;
  readonly takesStale: boolean;
  /** The caller wants it confirmed, fresh or not. */
  readonly confirm?: boolean | undefined;
}

/** Whether a stored reply may be served without asking its origin (RFC 9111 §4, §5.2.1). */
export function judge(
  stored: StoredFacts,
  asked: RequestFacts,
  { now, takesStale, confirm }: Circumstances,
): Verdict {
  const { control } = asked;
  if (asked.noCache || stored.control.noCache || stored.withdrawn) return 'revalidate';
  const age = ageAt(stored, now);
  const left = stored.lifetime - age;
  // To load again what never changes while it is fresh would be in vain (RFC 8246 §2).
  if (confirm === true || control.maxAge === 0)
    return stored.control.immutable && left > 0 && control.minFresh === undefined
      ? 'fresh'
      : 'revalidate';
  if (control.maxAge !== undefined && age > control.maxAge * 1000) return 'revalidate';
  if (control.minFresh !== undefined && left < control.minFresh * 1000) return 'revalidate';
  if (left > 0) return 'fresh';
  if (stored.strict) return 'revalidate';
  if (control.maxStale !== undefined)
    return -left <= control.maxStale * 1000 ? 'stale' : 'revalidate';
  if (takesStale) return 'stale';
  if (control.maxAge !== undefined || control.minFresh !== undefined) return 'revalidate';
  const window = stored.control.staleWhileRevalidate;
  if (window !== undefined && -left <= window * 1000) return 'stale-while-revalidate';
  return 'revalidate';
}

/** Whether a stale reply may be served because its origin fails (RFC 5861 §4): if either side allows it, and neither forbids it. */
export function survivesErrors(stored: StoredFacts, asked: RequestFacts, now: number): boolean {
  const window = asked.control.staleIfError ?? stored.control.staleIfError;
  if (window === undefined || stored.strict || asked.noCache) return false;
  const staleness = ageAt(stored, now) - stored.lifetime;
  if (asked.control.minFresh !== undefined) return false;
  return staleness <= window * 1000;
}
