import type { HeaderEntry } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { BodyReader } from './body-reader.ts';
import { FieldSection } from './field-section.ts';
import { latin1, readFields } from './fields.ts';
import {
  ALL_CHUNK_EXTENSIONS_BYTES,
  CHUNK_EXTENSION_BYTES,
  CHUNK_SIZE_DIGITS,
  trailerLimits,
} from './limits.ts';
import { protocolFailure } from './protocol-failure.ts';

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

type State =
  | 'size'
  | 'extension'
  | 'size-LF'
  | 'content'
  | 'content-CR'
  | 'content-LF'
  | 'trailers'
  | 'ended';

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const quoted =
  '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
/** RFC 9112 §7.1.1, with the blanks that it calls bad. */
const extensions = new RegExp(
  `^(?:[\\t ]*;[\\t ]*${token}(?:[\\t ]*=[\\t ]*(?:${token}|${quoted}))?)*$`,
);

/** A chunked body (RFC 9112 §7.1). Lines must end in CR LF here: the standard's leave to accept LF alone does not cover chunks. */
export class ChunkedReader implements BodyReader {
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #extension = '';
  #extensionBytes = 0;
  #section: FieldSection | undefined;
  content = 0;
  readonly remaining = undefined;
  trailers: readonly HeaderEntry[] = [];

  get ended(): boolean {
    return this.#state === 'ended';
  }

  skip(view: Uint8Array, from: number): number {
    let index = from;
    while (index < view.length && this.#state !== 'content' && this.#state !== 'ended') {
      if (this.#state === 'trailers') return this.#takeTrailers(view, index);
      if (this.#state === 'extension') index = this.#takeExtension(view, index);
      else {
        this.#takeByte(view[index] ?? 0);
        index += 1;
      }
    }
    return index;
  }

  take(count: number): void {
    this.content -= count;
    if (this.content === 0) this.#state = 'content-CR';
  }

  close(): void {
    if (this.ended) return;
    throw networkFailure('remote-host-closed', 'closed before the last chunk of the body', {
      temporary: true,
    });
  }

  #takeByte(byte: number): void {
    if (this.#state === 'size') this.#takeSize(byte);
    else if (this.#state === 'size-LF') {
      if (byte !== LF) throw protocolFailure('a chunk size line that does not end in CR LF');
      this.#beginChunk();
    } else if (this.#state === 'content-CR') {
      if (byte !== CR) throw protocolFailure('a chunk that is longer than its size');
      this.#state = 'content-LF';
    } else {
      if (byte !== LF) throw protocolFailure('a chunk that does not end in CR LF');
      this.#state = 'size';
    }
  }

  #takeSize(byte: number): void {
    const digit = hexadecimal(byte);
    if (digit >= 0) {
      this.#digits += 1;
      if (this.#digits > CHUNK_SIZE_DIGITS)
        throw protocolFailure('a chunk size of too many digits');
      this.#size = this.#size * 16 + digit;
      if (!Number.isSafeInteger(this.#size))
        throw protocolFailure('a chunk size beyond every limit');
      return;
    }
    if (this.#digits === 0) throw protocolFailure('a chunk without a size');
    if (byte === CR) this.#state = 'size-LF';
    else if (byte === SEMICOLON || byte === 32 || byte === 9) this.#state = 'extension';
    else throw protocolFailure('a chunk size that is not a number');
    if (this.#state === 'extension') this.#extension = String.fromCharCode(byte);
  }

  #takeExtension(view: Uint8Array, from: number): number {
    const found = view.indexOf(CR, from);
    const end = found === -1 ? view.length : found;
    this.#extensionBytes += end - from;
    if (
      this.#extension.length + end - from > CHUNK_EXTENSION_BYTES ||
      this.#extensionBytes > ALL_CHUNK_EXTENSIONS_BYTES
    ) {
      throw protocolFailure('chunk extensions that are too long');
    }
    this.#extension += latin1(view, from, end);
    if (found === -1) return end;
    if (!extensions.test(this.#extension)) throw protocolFailure('malformed chunk extensions');
    this.#state = 'size-LF';
    return end + 1;
  }

  #beginChunk(): void {
    this.content = this.#size;
    this.#state = this.#size === 0 ? 'trailers' : 'content';
    this.#size = 0;
    this.#digits = 0;
    this.#extension = '';
  }

  #takeTrailers(view: Uint8Array, from: number): number {
    this.#section ??= new FieldSection(trailerLimits, 'the trailer section');
    const end = this.#section.take(view, from);
    if (end === -1) return view.length;
    const { bytes, start, end: sectionEnd } = this.#section;
    this.trailers = readFields(bytes, start, sectionEnd);
    this.#section = undefined;
    this.#state = 'ended';
    return end;
  }
}

/** The value of a hexadecimal digit, or -1. */
function hexadecimal(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
