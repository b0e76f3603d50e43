import { CodingError, isPromise, nothing, truncated, type Decoder } from './decoder.ts';
import type { EnginePool } from './engine-pool.ts';
import { zlib, type Engine } from './engine.ts';
import { GzipHeader } from './gzip-header.ts';

/** CRC-32 and length of a member, each of four bytes, lowest first. */
const TRAILER_LENGTH = 8;

/**
 * `gzip` (RFC 1952): any number of members, one behind the other. The frame is read here, not by zlib, which cannot tell another member
 * from bytes that do not belong to the content.
 */
class GzipDecoder implements Decoder {
  consumed = 0;
  ended = false;
  readonly #engines: EnginePool;
  #engine: Engine | undefined;
  #part: 'header' | 'content' | 'trailer' = 'header';
  #header = new GzipHeader();
  readonly #trailer = new DataView(new ArrayBuffer(TRAILER_LENGTH));
  #trailerLength = 0;
  #check = 0;
  /** Modulo 2^32. */
  #length = 0;
  #members = 0;

  constructor(engines: EnginePool) {
    this.#engines = engines;
  }

  get pending(): boolean {
    return this.#engine?.pending ?? false;
  }

  decode(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    this.consumed = 0;
    return this.#go(input);
  }

  finish(): void {
    const between = this.#part === 'header' && this.#members > 0 && !this.#header.begun;
    if (!this.ended && !between) throw truncated();
  }

  close(whole: boolean): void {
    const engine = this.#engine;
    this.#engine = undefined;
    if (!engine) return;
    if (whole) this.#engines.giveBack(engine);
    else engine.close();
  }

  /** Reads on behind `consumed`, until there is output or no more input. */
  #go(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    while (!this.ended) {
      const rest = input.subarray(this.consumed);
      if (this.#part === 'content') {
        const output = this.#inflate(rest);
        if (isPromise(output)) return output.then((lent) => this.#seen(lent) ?? this.#go(input));
        const seen = this.#seen(output);
        if (seen) return seen;
      } else {
        if (rest.byteLength === 0) return nothing;
        if (this.#part === 'header') this.#readHeader(rest);
        else this.#readTrailer(rest);
      }
    }
    return nothing;
  }

  #inflate(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
    this.#engine ??= this.#engines.take('raw-inflate');
    return this.#engine.run(input);
  }

  /** The output, or `undefined` when reading must go on behind the content. */
  #seen(output: Uint8Array): Uint8Array | undefined {
    const { consumed = 0, ended = false } = this.#engine ?? {};
    this.consumed += consumed;
    // Node 22 begins anew at an empty view.
    if (output.byteLength > 0) this.#check = zlib().crc32(output, this.#check);
    this.#length += output.byteLength;
    if (ended) this.#part = 'trailer';
    return ended && output.byteLength === 0 ? undefined : output;
  }

  #readHeader(input: Uint8Array): void {
    const header = this.#header;
    this.consumed += header.read(input);
    if (header.foreign) {
      if (this.#members === 0) throw new CodingError('it does not begin like gzip');
      this.ended = true;
    }
    if (header.done) this.#part = 'content';
  }

  #readTrailer(input: Uint8Array): void {
    for (const byte of input.subarray(0, TRAILER_LENGTH - this.#trailerLength)) {
      this.#trailer.setUint8(this.#trailerLength, byte);
      this.#trailerLength += 1;
      this.consumed += 1;
    }
    if (this.#trailerLength === TRAILER_LENGTH) this.#endMember();
  }

  #endMember(): void {
    if (this.#trailer.getUint32(0, true) !== this.#check) throw new CodingError('its CRC is wrong');
    if (this.#trailer.getUint32(4, true) !== this.#length >>> 0) {
      throw new CodingError('its length is wrong');
    }
    this.#members += 1;
    this.#part = 'header';
    this.#header = new GzipHeader();
    this.#trailerLength = 0;
    this.#check = 0;
    this.#length = 0;
    this.close(true);
  }
}

/** Undoes `gzip` and `x-gzip`. */
export function gzipDecoder(engines: EnginePool): Decoder {
  return new GzipDecoder(engines);
}
