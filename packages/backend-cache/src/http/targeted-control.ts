import type { HeaderEntry } from '@netaccess/core';

import { directivesOf, LONGEST_SECONDS, type Directive, type Directives } from './cache-control.ts';
import { fieldValues } from './field-lookup.ts';
import { parseDictionary, type BareItem } from './structured-dictionary.ts';

const timed: ReadonlySet<string> = new Set([
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
]);
const naming: ReadonlySet<string> = new Set(['no-cache', 'private']);

/**
 * What the first of the target list's fields says that is there, valid and not empty (RFC 9213 §2.2): it takes the place of
 * `Cache-Control` and `Expires`. `undefined`: none is.
 */
export function targetedControl(
  fields: readonly HeaderEntry[],
  targets: readonly string[],
): Directives | undefined {
  for (const name of targets) {
    const values = fieldValues(fields, name);
    const members = values.length === 0 ? undefined : parseDictionary(values.join(', '));
    if (members === undefined || members.size === 0) continue;
    const directives = [...members].map(([key, item]) => directiveOf(key, item));
    if (directives.every((directive) => directive !== undefined))
      return directivesOf(directives.filter((directive) => directive !== 'unsaid'));
  }
  return undefined;
}

/** `undefined`: of a type that the directive cannot have, which makes the field invalid. */
function directiveOf(name: string, item: BareItem): Directive | 'unsaid' | undefined {
  if (timed.has(name)) {
    if (item.type !== 'integer' || item.value < 0) return undefined;
    const argument = String(Math.min(item.value, LONGEST_SECONDS));
    return { name, argument, quoted: false };
  }
  if (naming.has(name) && item.type === 'string')
    return { name, argument: item.value, quoted: true };
  if (item.type === 'boolean') return item.value ? { name, quoted: false } : 'unsaid';
  return { name, argument: ' ', quoted: false };
}
