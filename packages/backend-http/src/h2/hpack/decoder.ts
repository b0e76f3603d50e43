import { latin1 } from '../../h1/fields.ts';
import { DecoderTable } from './decoder-table.ts';
import { hpackFailure } from './failure.ts';
import {
  characterFlaws,
  decodedField,
  nameFlaws,
  NO_NAME,
  type DecodedField,
  type FieldSink,
} from './field.ts';
import { HuffmanDecoder } from './huffman-decoder.ts';
import { LiteralCache, type Literal } from './literal-cache.ts';

/** The size of a table before any SETTINGS (RFC 9113 §6.5.2). */
export const INITIAL_TABLE_BYTES = 4096;
/** An integer may go on for so many bytes, which is enough for all that fits into 28 bits: no index or length is larger. */
const CONTINUATION_BYTES = 4;
/** RFC 7541 §4.2: the smallest size since the last block, and the last. */
const SIZE_UPDATES = 2;

/** What this side announces in its SETTINGS. */
export interface HpackDecoderLimits {
  /** SETTINGS_HEADER_TABLE_SIZE. */
  readonly tableBytes: number;
  /** SETTINGS_MAX_HEADER_LIST_SIZE: names, values and 32 bytes for each field. */
  readonly listBytes: number;
}

const huffman = new HuffmanDecoder();
const nothing = new Uint8Array(0);
const COLON = 58;

/** Decodes the header blocks of one connection (RFC 7541), which have to come whole and in order. */
export class HpackDecoder {
  readonly #table: DecoderTable = new DecoderTable(INITIAL_TABLE_BYTES);
  readonly #literals: LiteralCache = new LiteralCache();
  readonly #listBytes: number;
  /** Sizes that were announced: the first is in force, the others are not acknowledged. */
  readonly #announced: number[] = [INITIAL_TABLE_BYTES];
  /** The largest of them: the peer chooses when it follows. */
  #allowedBytes = INITIAL_TABLE_BYTES;
  #block: Uint8Array = nothing;
  #at = 0;
  #end = 0;

  constructor({ tableBytes, listBytes }: HpackDecoderLimits) {
    this.#listBytes = listBytes;
    this.announce(tableBytes);
  }

  /** Another SETTINGS_HEADER_TABLE_SIZE is being sent. */
  announce(tableBytes: number): void {
    this.#announced.push(tableBytes);
    this.#allowedBytes = Math.max(...this.#announced);
  }

  /** The peer acknowledged the oldest announcement that it had not: a table that is larger has to be made smaller first of all. */
  acknowledged(): void {
    if (this.#announced.length === 1) return;
    this.#announced.shift();
    this.#allowedBytes = Math.max(...this.#announced);
  }

  /**
   * Decodes one block and returns the size of the whole list (RFC 9113 §6.5.2). Of a list that is larger than allowed `sink` gets what
   * is within the limit, and the table stays in step. Throws a `hpackFailure` if nothing more can be decoded on the connection.
   */
  decode(block: Uint8Array, start: number, end: number, sink: FieldSink): number {
    this.#block = block;
    this.#at = start;
    this.#end = end;
    this.#updateSizes();
    let listBytes = 0;
    while (this.#at < end) {
      const field = this.#field(block[this.#at] ?? 0);
      listBytes += field.bytes;
      if (listBytes <= this.#listBytes) sink.field(field);
    }
    this.#block = nothing;
    return listBytes;
  }

  /** §6.3, and RFC 9113 §4.3.1. An empty block changes nothing and needs no update. */
  #updateSizes(): void {
    let updates = 0;
    while (this.#at < this.#end && ((this.#block[this.#at] ?? 0) & 0xe0) === 0x20) {
      const bytes = this.#integer(0x1f);
      updates += 1;
      if (updates > SIZE_UPDATES) throw hpackFailure('more than two changes of the table size');
      if (bytes > this.#allowedBytes)
        throw hpackFailure(`a table of ${bytes} bytes, more than was allowed`);
      this.#table.resize(bytes);
    }
    if (this.#table.maximumBytes > this.#allowedBytes && this.#at < this.#end)
      throw hpackFailure('the table was not made smaller, as was acknowledged');
  }

  /** One representation, by its first byte (§6). */
  #field(first: number): DecodedField {
    if (first & 0x80) return this.#tableField(this.#integer(0x7f));
    if (first & 0x40) {
      const field = this.#literalField(0x3f);
      this.#table.add(field);
      return field;
    }
    if (first & 0x20) throw hpackFailure('a change of the table size after a field');
    return this.#literalField(0x0f);
  }

  #tableField(index: number): DecodedField {
    const field = this.#table.field(index);
    if (field === undefined) throw hpackFailure(`the index ${index}, where the table has no entry`);
    return field;
  }

  #literalField(mask: number): DecodedField {
    const index = this.#integer(mask);
    if (index !== 0) {
      const named = this.#tableField(index);
      return this.#fieldOf(named.name, named.nameFlaws);
    }
    const name = this.#string();
    return this.#fieldOf(name.text, flawsOfName(name));
  }

  #fieldOf(name: string, ofName: number): DecodedField {
    const value = this.#string();
    const last = value.field;
    if (last !== undefined && last.name === name) return last;
    const field = decodedField(name, value.text, { ofName, ofValue: value.flaws });
    value.field = field;
    return field;
  }

  /** §5.1. */
  #integer(mask: number): number {
    const block = this.#block;
    let value = (block[this.#at] ?? 0) & mask;
    this.#at += 1;
    if (value < mask) return value;
    for (let shift = 0; shift < CONTINUATION_BYTES * 7; shift += 7) {
      if (this.#at >= this.#end) throw hpackFailure('it ends within an integer');
      const byte = block[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw hpackFailure('an integer that is too large');
  }

  /** §5.2. What is longer than the block is refused before any memory is used for it. */
  #string(): Literal {
    if (this.#at >= this.#end) throw hpackFailure('it ends within a field');
    const encoded = (this.#block[this.#at] ?? 0) >>> 7;
    const length = this.#integer(0x7f);
    const start = this.#at;
    const end = start + length;
    if (end > this.#end) throw hpackFailure('it ends within a string');
    this.#at = end;
    const known = this.#literals.find(this.#block, start, end, encoded);
    if (known !== undefined) return known;
    const literal =
      encoded === 0
        ? plainLiteral(this.#block, start, end)
        : huffmanLiteral(this.#block, start, end);
    this.#literals.keep(literal);
    return literal;
  }
}

function plainLiteral(from: Uint8Array, start: number, end: number): Literal {
  let flaws = 0;
  for (let index = start; index < end; index += 1) flaws |= characterFlaws[from[index] ?? 0] ?? 0;
  return { text: latin1(from, start, end), flaws, field: undefined };
}

function huffmanLiteral(from: Uint8Array, start: number, end: number): Literal {
  huffman.decode(from, start, end);
  return { text: latin1(huffman.bytes, 0, huffman.length), flaws: huffman.flaws, field: undefined };
}

/** Only the first character of a name may be a colon. */
function flawsOfName({ text, flaws }: Literal): number {
  if (text.length === 0) return NO_NAME;
  return text.charCodeAt(0) === COLON ? nameFlaws(text) : flaws;
}
