import type { HeaderEntry } from '@netaccess/core';

import type { VaryEntry } from '../store.ts';
import { fieldValues, listedTokens } from './field-lookup.ts';
import { secretDigest, secretFields } from './secret-digest.ts';

/** Request fields that one reply may vary by. */
const MAXIMUM_VARY_FIELDS = 64;

/**
 * The request fields by which the reply was chosen, and what they were (RFC 9111 §4.1). Credentials count as if they were named, as no
 * reply to one user is another's; and so do the codings that were asked for, which many servers do not name, if there is one.
 * `undefined`: nothing can match, or it cannot be kept what would.
 */
export function varyOf(
  reply: readonly HeaderEntry[],
  request: readonly HeaderEntry[],
  isPublic: boolean,
): readonly VaryEntry[] | undefined {
  const values = fieldValues(reply, 'vary');
  const names = new Set(values.length === 0 ? [] : listedTokens(values));
  if (names.has('*') || names.size > MAXIMUM_VARY_FIELDS) return undefined;
  if (!isPublic && fieldValues(request, 'authorization').length > 0) names.add('authorization');
  if (isCoded(reply)) names.add('accept-encoding');
  const entries: VaryEntry[] = [];
  for (const name of names) {
    const value = keptValue(request, name);
    if (value === undefined) return undefined;
    entries.push([name, value]);
  }
  return entries;
}

function isCoded(reply: readonly HeaderEntry[]): boolean {
  return listedTokens(fieldValues(reply, 'content-encoding')).some(
    (coding) => coding !== 'identity',
  );
}

/** Whether a reply that was chosen by `vary` would be chosen for these request fields too. */
export function varyMatches(vary: readonly VaryEntry[], request: readonly HeaderEntry[]): boolean {
  for (const [name, value] of vary) if (keptValue(request, name) !== value) return false;
  return true;
}

/** Whether the same user asks as then, as far as fields tell. */
export function secretsMatch(vary: readonly VaryEntry[], request: readonly HeaderEntry[]): boolean {
  return varyMatches(
    vary.filter(([name]) => secretFields.has(name)),
    request,
  );
}

/** `null`: the field is not there; `undefined`: it is a secret, and there is no way to keep it. */
function keptValue(request: readonly HeaderEntry[], name: string): string | null | undefined {
  const values = fieldValues(request, name);
  if (values.length === 0) return null;
  const value = normalized(values.join(','), name);
  return secretFields.has(name) ? secretDigest(value) : value;
}

/** Blanks around commas mean nothing in a list, and what is accepted is named whatever the case. */
function normalized(value: string, name: string): string {
  const tight = value.includes('"') ? value.trim() : value.trim().replaceAll(/[\t ]*,[\t ]*/g, ',');
  return name.startsWith('accept') ? tight.toLowerCase() : tight;
}
