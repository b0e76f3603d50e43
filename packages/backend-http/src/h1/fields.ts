import { Buffer } from 'node:buffer';

import type { HeaderEntry } from '@netaccess/core';

import { protocolFailure } from './protocol-failure.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;

/** By byte: 1 may stand in a name (RFC 9110 §5.6.2), 2 in a value (§5.5, with tab, space and what is beyond ASCII). */
const kinds = new Uint8Array(256);
const NAME = 1;
const VALUE = 2;
for (let byte = 0; byte < 256; byte += 1) {
  if (byte === TAB || (byte >= SPACE && byte !== 127)) kinds[byte] = VALUE;
}
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  kinds[character.charCodeAt(0)] = NAME | VALUE;
}

/** Bytes as they came, one character each: text beyond ASCII is the reader's to interpret. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end);
}

/**
 * Reads field lines up to the empty line that ends their section, which is at `end`. `bytes` and `text` are the same, byte for
 * character, and `textStart` is where `text` begins in `bytes`.
 */
export class FieldReader {
  readonly #bytes: Uint8Array;
  readonly #text: string;
  readonly #textStart: number;
  #at: number;
  /** Of the line last read. */
  name = '';
  value = '';
  folded = false;

  constructor(bytes: Uint8Array, text: string, textStart: number, at: number) {
    this.#bytes = bytes;
    this.#text = text;
    this.#textStart = textStart;
    this.#at = at;
  }

  /** Reads the next line into `name` and `value`; false at the empty line. */
  next(): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    let index = start;
    while ((kinds[bytes[index] ?? 0] ?? 0) & NAME) index += 1;
    if (bytes[index] !== COLON || index === start) return this.#noField(start, index);
    this.name = this.#text.slice(start - this.#textStart, index - this.#textStart);
    this.value = this.#readValue(index + 1);
    this.folded = false;
    if (isBlank(bytes[this.#at])) this.#unfold();
    return true;
  }

  #readValue(from: number): string {
    const bytes = this.#bytes;
    let start = from;
    while (isBlank(bytes[start])) start += 1;
    let end = start;
    while ((kinds[bytes[end] ?? 0] ?? 0) & VALUE) end += 1;
    this.#at = this.#lineEnd(end);
    while (end > start && isBlank(bytes[end - 1])) end -= 1;
    return this.#text.slice(start - this.#textStart, end - this.#textStart);
  }

  /** The index after the line's end that must be at `index`; CR LF, or LF alone (RFC 9112 §2.2). */
  #lineEnd(index: number): number {
    if (this.#bytes[index] === LF) return index + 1;
    if (this.#bytes[index] !== CR) throw protocolFailure('a control character in a field value');
    if (this.#bytes[index + 1] !== LF)
      throw protocolFailure('a carriage return without a line feed');
    return index + 2;
  }

  /** A user agent replaces the line break of a folded value by a space (RFC 9112 §5.2). */
  #unfold(): void {
    this.folded = true;
    const pieces = [this.value];
    while (isBlank(this.#bytes[this.#at])) pieces.push(this.#readValue(this.#at));
    this.value = pieces.filter((piece) => piece !== '').join(' ');
  }

  #noField(start: number, index: number): false {
    const byte = this.#bytes[index];
    if (index === start && (byte === CR || byte === LF)) {
      this.#lineEnd(index);
      return false;
    }
    if (index === start && isBlank(byte))
      throw protocolFailure('a continued line that continues nothing');
    if (index === start && byte === COLON) throw protocolFailure('a field without a name');
    if (isBlank(byte)) throw protocolFailure('whitespace between a field name and its colon');
    if (byte === CR || byte === LF) throw protocolFailure('a field line without a colon');
    throw protocolFailure('a character in a field name that no name may have');
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** All fields of a section that begins at `start`; the empty line is part of it. */
export function readFields(bytes: Uint8Array, start: number, end: number): readonly HeaderEntry[] {
  const reader = new FieldReader(bytes, latin1(bytes, start, end), start, start);
  const fields: HeaderEntry[] = [];
  while (reader.next()) fields.push([reader.name, reader.value]);
  return fields;
}
