import { Buffer } from 'node:buffer';

import { INITIAL_TABLE_BYTES } from './decoder.ts';
import { EncoderTable, type EncoderName } from './encoder-table.ts';
import { FIELD_OVERHEAD_BYTES } from './field.ts';
import { huffmanBytes, writeHuffman } from './huffman-encoder.ts';

/** First bits of the representations (RFC 7541 §6), each with the largest number that fits into the rest of the byte. */
const INDEXED = { bits: 0x80, mask: 0x7f };
const ADDED = { bits: 0x40, mask: 0x3f };
const SIZE = { bits: 0x20, mask: 0x1f };
const NEVER_INDEXED = { bits: 0x10, mask: 0x0f };
const NOT_INDEXED = { bits: 0x00, mask: 0x0f };
const HUFFMAN = { bits: 0x80, mask: 0x7f };
const PLAIN = { bits: 0x00, mask: 0x7f };

type Prefix = Readonly<Record<'bits' | 'mask', number>>;

/** Bytes of the longest integer. */
const INTEGER_BYTES = 6;
/** A cookie that is shorter could be guessed from what it compresses to (RFC 7541 §7.1.3). */
const GUESSABLE_COOKIE_BYTES = 20;
const secretNames: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization']);
/** Seldom the same twice: entries for them would drive out others. Those that are the same twice running are added. */
const changingNames: ReadonlySet<string> = new Set([
  ':path',
  'age',
  'content-length',
  'content-range',
  'date',
  'etag',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'range',
]);

/** How this side encodes. */
export interface HpackEncoderOptions {
  /** The most that this side keeps, whatever the peer allows. */
  readonly tableBytes: number;
  /** Text is Huffman-encoded where that is shorter. */
  readonly huffman: boolean;
}

/**
 * Encodes the header blocks of one connection (RFC 7541). Between `begin` and the end of the block `bytes` and `length` say where it is
 * written; what was begun has to be sent. Names and values have to be without `fieldFault`.
 */
export class HpackEncoder {
  readonly #table: EncoderTable = new EncoderTable(INITIAL_TABLE_BYTES);
  readonly #ownBytes: number;
  readonly #huffman: boolean;
  /** The smallest size since the last block, while it is not the last. */
  #smallestBytes = INITIAL_TABLE_BYTES;
  #wantedBytes = INITIAL_TABLE_BYTES;
  bytes: Buffer = Buffer.alloc(0);
  length = 0;

  constructor({ tableBytes, huffman }: HpackEncoderOptions) {
    this.#ownBytes = tableBytes;
    this.#huffman = huffman;
    this.setPeerTableBytes(INITIAL_TABLE_BYTES);
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE; the next block tells it what became of it (§4.2). */
  setPeerTableBytes(bytes: number): void {
    this.#wantedBytes = Math.min(bytes, this.#ownBytes);
    this.#smallestBytes = Math.min(this.#smallestBytes, this.#wantedBytes);
  }

  /** Begins a block at `length` of `bytes`, in whose place a larger copy may come. */
  begin(bytes: Buffer, length: number): void {
    this.bytes = bytes;
    this.length = length;
    if (this.#smallestBytes < this.#table.maximumBytes) this.#resize(this.#smallestBytes);
    if (this.#wantedBytes !== this.#table.maximumBytes) this.#resize(this.#wantedBytes);
    this.#smallestBytes = this.#wantedBytes;
  }

  /** Writes a field; credentials and short cookies so that nobody on the way keeps them (§7.1.3). */
  field(name: string, value: string): void {
    if (secretNames.has(name) || (name === 'cookie' && value.length < GUESSABLE_COOKIE_BYTES)) {
      this.secretField(name, value);
      return;
    }
    const known = this.#table.name(name);
    const index = known === undefined ? 0 : this.#table.indexOf(known, value);
    if (index !== 0) {
      this.#reserve(INTEGER_BYTES);
      this.#integer(INDEXED, index);
      return;
    }
    const added = this.#isWorthAdding(known, name, value);
    this.#literal(added ? ADDED : NOT_INDEXED, known, name, value);
    if (added) this.#table.add(name, value);
  }

  /** Writes a field that is never indexed, here or further on (§6.2.3). */
  secretField(name: string, value: string): void {
    this.#literal(NEVER_INDEXED, this.#table.name(name), name, value);
  }

  #resize(bytes: number): void {
    this.#table.resize(bytes);
    this.#reserve(INTEGER_BYTES);
    this.#integer(SIZE, bytes);
  }

  /** What would drive out half of the table is not. Of a name whose last entry was of no use only what comes twice running is. */
  #isWorthAdding(known: EncoderName | undefined, name: string, value: string): boolean {
    const bytes = name.length + value.length + FIELD_OVERHEAD_BYTES;
    if (bytes * 2 > this.#table.maximumBytes) return false;
    if (known === undefined) return true;
    const useful = known.newest?.used ?? !changingNames.has(name);
    if (useful) return true;
    const again = known.lastValue === value;
    known.lastValue = value;
    return again;
  }

  #literal(prefix: Prefix, known: EncoderName | undefined, name: string, value: string): void {
    this.#reserve(3 * INTEGER_BYTES + name.length + value.length);
    const index = known === undefined ? 0 : this.#table.nameIndexOf(known);
    this.#integer(prefix, index);
    if (index === 0) this.#string(name);
    this.#string(value);
  }

  /** §5.2. Takes no more bytes than the text has characters, but for its length. */
  #string(text: string): void {
    const encodedBytes = this.#huffman ? huffmanBytes(text) : text.length;
    if (encodedBytes < text.length) {
      this.#integer(HUFFMAN, encodedBytes);
      this.length = writeHuffman(this.bytes, this.length, text);
      return;
    }
    this.#integer(PLAIN, text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  /** §5.1. */
  #integer({ bits, mask }: Prefix, value: number): void {
    const { bytes } = this;
    if (value < mask) {
      bytes[this.length] = bits | value;
      this.length += 1;
      return;
    }
    bytes[this.length] = bits | mask;
    this.length += 1;
    let rest = value - mask;
    for (; rest >= 0x80; rest >>>= 7) {
      bytes[this.length] = (rest & 0x7f) | 0x80;
      this.length += 1;
    }
    bytes[this.length] = rest;
    this.length += 1;
  }

  #reserve(count: number): void {
    const wanted = this.length + count;
    if (wanted <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
