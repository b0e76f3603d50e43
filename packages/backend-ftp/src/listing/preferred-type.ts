import type { HeaderEntry } from '@netaccess/core';

/** What a listing can be. */
export type ListingType = 'application/json' | 'text/plain;charset=utf-8';

/** What `Accept` wants more (RFC 9110 §12.5.1); JSON where it does not say. */
export function preferredType(headers: readonly HeaderEntry[]): ListingType {
  const accept = headers
    .filter(([name]) => name.toLowerCase() === 'accept')
    .map(([, value]) => value)
    .join(',');
  const json = quality(accept, ['application/json', 'application/*', '*/*']);
  const text = quality(accept, ['text/plain', 'text/*', '*/*']);
  return text > json ? 'text/plain;charset=utf-8' : 'application/json';
}

/** The weight of the most specific range that is there; 0 if none is. */
function quality(accept: string, ranges: readonly string[]): number {
  const stated = new Map(accept.split(',').map((part) => weighted(part)));
  for (const range of ranges) {
    const weight = stated.get(range);
    if (weight !== undefined) return weight;
  }
  return 0;
}

function weighted(part: string): readonly [string, number] {
  const [range = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const value = weight === undefined ? 1 : Number(weight.slice(2));
  return [range, Number.isFinite(value) ? value : 0];
}
