/** A bare item of RFC 9651; those whose value nobody here asks for are told apart only. */
export type BareItem =
  | { readonly type: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly type: 'string' | 'token'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'bytes' | 'display' | 'list' };

/** Members of a dictionary (RFC 9651 §4.2.2), the last of those with the same key; `undefined` if it is none. */
export function parseDictionary(text: string): ReadonlyMap<string, BareItem> | undefined {
  const reader = new Reader(text);
  const members = new Map<string, BareItem>();
  reader.skip(/ */y);
  while (!reader.atEnd) {
    const key = reader.take(keyPattern);
    if (key === undefined) return undefined;
    const item = reader.take(/=/y) === undefined ? truth : memberItem(reader);
    if (item === undefined || !skipParameters(reader)) return undefined;
    members.delete(key);
    members.set(key, item);
    reader.skip(/[ \t]*/y);
    if (reader.atEnd) return members;
    if (reader.take(/,/y) === undefined) return undefined;
    reader.skip(/[ \t]*/y);
    if (reader.atEnd) return undefined;
  }
  return members;
}

const truth: BareItem = { type: 'boolean', value: true };
const keyPattern = /[a-z*][a-z0-9_\-.*]*/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.replace(/ +$/, '');
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found[0];
  }

  skip(pattern: RegExp): void {
    this.take(pattern);
  }
}

function memberItem(reader: Reader): BareItem | undefined {
  if (reader.take(/\( */y) === undefined) return bareItem(reader);
  while (reader.take(/\)/y) === undefined) {
    if (bareItem(reader) === undefined || !skipParameters(reader)) return undefined;
    if (reader.take(/ +|(?=\))/y) === undefined) return undefined;
  }
  return { type: 'list' };
}

function skipParameters(reader: Reader): boolean {
  while (reader.take(/; */y) !== undefined) {
    if (reader.take(keyPattern) === undefined) return false;
    if (reader.take(/=/y) !== undefined && bareItem(reader) === undefined) return false;
  }
  return true;
}

function bareItem(reader: Reader): BareItem | undefined {
  const decimal = reader.take(/-?\d{1,12}\.\d{1,3}(?![\d.])/y);
  if (decimal !== undefined) return { type: 'decimal', value: Number(decimal) };
  const integer = reader.take(/-?\d{1,15}(?![\d.])/y);
  if (integer !== undefined) return { type: 'integer', value: Number(integer) };
  const quoted = reader.take(/"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y);
  if (quoted !== undefined)
    return { type: 'string', value: quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1') };
  const token = reader.take(/[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*/y);
  if (token !== undefined) return { type: 'token', value: token };
  const boolean = reader.take(/\?[01]/y);
  if (boolean !== undefined) return { type: 'boolean', value: boolean === '?1' };
  if (reader.take(/:[A-Za-z0-9+/=]*:/y) !== undefined) return { type: 'bytes' };
  if (reader.take(/%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"/y) !== undefined)
    return { type: 'display' };
  const date = reader.take(/@-?\d{1,15}(?![\d.])/y);
  return date === undefined ? undefined : { type: 'date', value: Number(date.slice(1)) };
}
