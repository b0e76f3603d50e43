import type { HeaderEntry } from '@netaccess/core';

/** The values of all fields of this name, which is given in lower case. */
export function fieldValues(fields: readonly HeaderEntry[], name: string): string[] {
  const values: string[] = [];
  for (const [other, value] of fields) {
    if (other.length === name.length && other.toLowerCase() === name) values.push(value);
  }
  return values;
}

/** The value of the only field of this name, given in lower case; `undefined` if there is none, or several that differ. */
export function singleFieldValue(fields: readonly HeaderEntry[], name: string): string | undefined {
  let found: string | undefined;
  for (const [other, value] of fields) {
    if (other.length !== name.length || other.toLowerCase() !== name) continue;
    if (found !== undefined && found !== value) return undefined;
    found = value;
  }
  return found;
}
