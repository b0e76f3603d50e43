import { CodingError } from './decoder.ts';

/** What a server may make this side hold (RFC 9659 §3): larger windows are refused. */
const MAXIMUM_WINDOW_BYTES = 8 * 1024 * 1024;
const BLOCK_HEADER_LENGTH = 3;
const CHECKSUM_LENGTH = 4;
const RLE = 1;
const RESERVED = 3;
/** By the flags of the frame header descriptor (RFC 8878 §3.1.1.1.1). */
const DICTIONARY_ID_LENGTHS = [0, 1, 2, 4] as const;
const CONTENT_SIZE_LENGTHS = [0, 2, 4, 8] as const;

/** Which part of a frame comes next. */
type Part = 'descriptor' | 'header' | 'block header' | 'block' | 'checksum' | 'done';

/**
 * Finds the end of one zstd frame (RFC 8878 §3.1.1), from behind its magic number, by the lengths in it. Node 22 does not notice that a
 * frame is not complete, and no two lines of Node agree on what may come behind one.
 */
export class ZstdFrame {
  #part: Part = 'descriptor';
  /** Bytes that this part still needs. */
  #needed = 1;
  /** Those of this part that were read, where they are few. */
  #bytes: number[] = [];
  #checksum = false;
  #lastBlock = false;
  #singleSegment = false;
  #contentSizeLength = 0;

  get done(): boolean {
    return this.#part === 'done';
  }

  /** How many bytes of the input belong to this frame; throws at what no frame may hold. */
  read(input: Uint8Array): number {
    let at = 0;
    while (!this.done && at < input.byteLength) {
      const taken = Math.min(this.#needed, input.byteLength - at);
      if (this.#part !== 'block') this.#bytes.push(...input.subarray(at, at + taken));
      at += taken;
      this.#needed -= taken;
      if (this.#needed === 0) this.#next();
    }
    return at;
  }

  #expect(part: Part, length: number): void {
    this.#part = part;
    this.#needed = length;
    this.#bytes = [];
    if (length === 0) this.#next();
  }

  /** The number that this part's bytes are, lowest first. */
  #number(from = 0, to = this.#bytes.length): number {
    return this.#bytes.slice(from, to).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  #next(): void {
    switch (this.#part) {
      case 'descriptor':
        this.#readDescriptor(this.#number());
        break;
      case 'header':
        this.#checkWindow();
        this.#expect('block header', BLOCK_HEADER_LENGTH);
        break;
      case 'block header':
        this.#readBlockHeader(this.#number());
        break;
      case 'block':
        if (!this.#lastBlock) this.#expect('block header', BLOCK_HEADER_LENGTH);
        else if (this.#checksum) this.#expect('checksum', CHECKSUM_LENGTH);
        else this.#part = 'done';
        break;
      case 'checksum':
      case 'done':
        this.#part = 'done';
        break;
    }
  }

  #readDescriptor(descriptor: number): void {
    this.#checksum = (descriptor & 4) !== 0;
    this.#singleSegment = (descriptor & 32) !== 0;
    const sizeLength = CONTENT_SIZE_LENGTHS[descriptor >> 6] ?? 0;
    this.#contentSizeLength = sizeLength === 0 && this.#singleSegment ? 1 : sizeLength;
    const windowLength = this.#singleSegment ? 0 : 1;
    const dictionaryLength = DICTIONARY_ID_LENGTHS[descriptor & 3] ?? 0;
    this.#expect('header', windowLength + dictionaryLength + this.#contentSizeLength);
  }

  #checkWindow(): void {
    const window = this.#singleSegment
      ? this.#number(this.#bytes.length - this.#contentSizeLength) +
        (this.#contentSizeLength === 2 ? 256 : 0)
      : windowSize(this.#number(0, 1));
    if (window > MAXIMUM_WINDOW_BYTES) {
      throw new CodingError(`its window of ${window} bytes is larger than ${MAXIMUM_WINDOW_BYTES}`);
    }
  }

  #readBlockHeader(header: number): void {
    const type = (header >> 1) & 3;
    if (type === RESERVED) throw new CodingError('it has a block of a reserved type');
    this.#lastBlock = (header & 1) !== 0;
    this.#expect('block', type === RLE ? 1 : header >> 3);
  }
}

/** RFC 8878 §3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
