import type { HeaderEntry } from '@netaccess/core';

/** All values of a field, whose name is given in lower case. */
export function fieldValues(fields: Iterable<HeaderEntry>, name: string): string[] {
  const values: string[] = [];
  for (const [other, value] of fields) if (isNamed(other, name)) values.push(value);
  return values;
}

/** The value of the only field of this name, given in lower case; `undefined` if there is none, or several that differ. */
export function singleFieldValue(fields: Iterable<HeaderEntry>, name: string): string | undefined {
  let found: string | undefined;
  for (const [other, value] of fields) {
    if (!isNamed(other, name)) continue;
    if (found !== undefined && found !== value) return undefined;
    found = value;
  }
  return found;
}

/** True also when the value is empty. */
export function hasField(fields: Iterable<HeaderEntry>, name: string): boolean {
  for (const [other] of fields) if (isNamed(other, name)) return true;
  return false;
}

/** Whether a field's name is this one, which is given in lower case. */
export function isNamed(other: string, name: string): boolean {
  return other.length === name.length && (other === name || other.toLowerCase() === name);
}

/** The members of a list of tokens (RFC 9110 §5.6.1), in lower case. */
export function listedTokens(values: readonly string[]): string[] {
  return values.flatMap((value) =>
    value
      .toLowerCase()
      .split(',')
      .map((member) => member.trim())
      .filter((member) => member !== ''),
  );
}
