import type { Request } from '@netaccess/core';

import type { Part } from '../served-head.ts';
import type { StoredEntry } from '../store.ts';
import { isStrongTag } from './entity-tag.ts';
import type { RequestFacts } from './request-facts.ts';

/** The part that a request asks for: from one place on, or so many bytes at the end. */
export interface AskedRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly suffix?: number | undefined;
  /** Only while the resource has this validator; otherwise all of it. */
  readonly validator?: string | undefined;
}

const oneRange = /^bytes=\s*(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))\s*$/i;

/** `undefined`: all is asked for. "other": what a cache cannot judge, such as several ranges. */
export function askedRange(
  request: Request,
  facts: RequestFacts,
): AskedRange | 'other' | undefined {
  const { range } = request.attributes;
  if (range !== undefined) return facts.range === undefined ? range : 'other';
  if (facts.range === undefined) return facts.ifRange === undefined ? undefined : 'other';
  const [, first, last, suffix] = oneRange.exec(facts.range) ?? [];
  const validator = facts.ifRange;
  if (suffix !== undefined) return { suffix: Number(suffix), validator };
  if (first === undefined) return 'other';
  const from = Number(first);
  const to = last === undefined || last === '' ? undefined : Number(last);
  return to !== undefined && to < from ? 'other' : { from, to, validator };
}

/** The part in bytes of a resource of this length; `undefined`: it has no such part, or its length would have to be known. */
export function resolveRange(asked: AskedRange, total: number | undefined): Part | undefined {
  const { from, to, suffix } = asked;
  if (total === undefined) return from === undefined || to === undefined ? undefined : { from, to };
  const start = suffix === undefined ? (from ?? 0) : Math.max(0, total - suffix);
  const end = Math.min(to ?? total - 1, total - 1);
  return start <= end && suffix !== 0 ? { from: start, to: end, total } : undefined;
}

/** The part of a stored reply that answers; `undefined`: it does not hold all of it. */
export function heldPart({ head }: StoredEntry, asked: AskedRange): Part | undefined {
  const { range, length, status } = head;
  if (range === undefined) {
    if (status !== undefined && status.code !== 200) return undefined;
    return length === undefined ? undefined : resolveRange(asked, length);
  }
  const part = resolveRange(asked, range.total);
  if (part === undefined || part.from < range.from || part.to > range.to) return undefined;
  return part;
}

/** Whether a stored reply has the validator that the caller's bytes have: only strong ones say that (RFC 9110 §13.1.5). */
export function hasValidator({ head }: StoredEntry, validator: string): boolean {
  if (head.validator === validator) return true;
  return (
    isStrongTag(validator) &&
    head.headers.some(([name, value]) => name.toLowerCase() === 'etag' && value === validator)
  );
}
