import { Buffer } from 'node:buffer';

import { FRAME_HEADER_BYTES } from './frame.ts';
import { LARGEST_DATA_BYTES, OUTPUT_BYTES } from './limits.ts';

const FIRST_BYTES = 1024;
/** A connection that has nothing to send keeps no more. */
const KEPT_BYTES = 16_384;
/** What is larger is taken from the blocks that all connections share: memory that is new for every write costs more than the write. */
const BLOCK_BYTES = OUTPUT_BYTES + 2 * LARGEST_DATA_BYTES;
const SHARED_BLOCKS = 4;
const blocks: Buffer[] = [];
const nothing = Buffer.alloc(0);

/** Memory for so many bytes, of which `used` are there already. */
function larger(wanted: number, used: number): Buffer {
  if (wanted > BLOCK_BYTES) return Buffer.allocUnsafeSlow(Math.max(wanted, used * 2));
  if (wanted > KEPT_BYTES) return blocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  return Buffer.allocUnsafeSlow(Math.min(KEPT_BYTES, Math.max(wanted, used * 2, FIRST_BYTES)));
}

/**
 * What leaves with the next write, in one piece: frames are written behind each other. While a piece is being written another one is
 * filled.
 */
export class Output {
  bytes: Buffer = nothing;
  /** Bytes that are filled. */
  length = 0;
  #spare: Buffer = nothing;
  /** In the order in which they were taken. */
  readonly #leaving: Buffer[] = [];

  /** Makes room for so many more bytes. */
  reserve(count: number): void {
    const wanted = this.length + count;
    if (wanted <= this.bytes.length) return;
    const bytes = larger(wanted, this.bytes.length);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }

  /** Writes a frame's head; `length` bytes of content are to follow, for which there is room. */
  begin(type: number, flags: number, streamId: number, length: number): void {
    this.reserve(FRAME_HEADER_BYTES + length);
    this.headAt(this.length, length, type, flags, streamId);
    this.length += FRAME_HEADER_BYTES;
  }

  /** Writes a frame's head over what is there. */
  headAt(at: number, length: number, type: number, flags: number, streamId: number): void {
    const { bytes } = this;
    bytes[at] = length >>> 16;
    bytes[at + 1] = length >>> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = streamId >>> 24;
    bytes[at + 6] = streamId >>> 16;
    bytes[at + 7] = streamId >>> 8;
    bytes[at + 8] = streamId;
  }

  /** Writes 32 bits, for which there is room. */
  number(value: number): void {
    const { bytes, length } = this;
    bytes[length] = value >>> 24;
    bytes[length + 1] = value >>> 16;
    bytes[length + 2] = value >>> 8;
    bytes[length + 3] = value;
    this.length = length + 4;
  }

  /** Copies bytes, for which there is room. */
  copy(view: Uint8Array, start: number, end: number): void {
    this.bytes.set(
      start === 0 && end === view.length ? view : view.subarray(start, end),
      this.length,
    );
    this.length += end - start;
  }

  /** All that is there; it stays as it is until `written`. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.#leaving.push(this.bytes);
    this.bytes = this.#spare;
    this.#spare = nothing;
    this.length = 0;
    return taken;
  }

  /** What was taken first has left. */
  written(): void {
    const left = this.#leaving.shift();
    if (left === undefined) return;
    if (left.length <= KEPT_BYTES) this.#spare = left;
    else if (left.length === BLOCK_BYTES && blocks.length < SHARED_BLOCKS) blocks.push(left);
  }
}
