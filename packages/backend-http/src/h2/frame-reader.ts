import { FRAME_HEADER_BYTES, read31Bits } from './frame.ts';

/** What is done with the content of a frame. "whole": told at once; "pieces": told as it comes; "nothing": skipped. */
export type Content = 'whole' | 'pieces' | 'nothing';

/** The frame that is being read. The same object for all frames. */
export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Bytes of its content. */
  readonly length: number;
}

/** What frames are told to. Whatever it throws ends the reading. */
export interface FrameSink {
  /** A frame begins. Those without content are told as whole, whatever is returned. */
  begin(frame: FrameHead): Content;
  /** The content lies from `start` to `end` of `bytes`, and only during this call. */
  whole(frame: FrameHead, bytes: Uint8Array, start: number, end: number): void;
  /** The same of part of the content; never empty. `left` bytes of it follow. */
  piece(frame: FrameHead, bytes: Uint8Array, start: number, end: number, left: number): void;
}

const nothing = new Uint8Array(0);

/** Takes frames (RFC 9113 §4.1) out of bytes that may be split anywhere. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #frame = { type: 0, flags: 0, streamId: 0, length: 0 };
  #content: Content | undefined;
  /** Bytes of the content that have not come. */
  #left = 0;
  /** The beginning of a frame's head, or of a content that is told as a whole. */
  #kept: Uint8Array = nothing;
  #keptBytes = 0;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Takes no more, not even the rest of a view that is being read. */
  stop(): void {
    this.#stopped = true;
  }

  read(view: Uint8Array): void {
    let at = 0;
    while (at < view.length && !this.#stopped) {
      if (this.#content === undefined) at = this.#readHead(view, at);
      else if (this.#content === 'whole') at = this.#readWhole(view, at);
      else at = this.#readPiece(view, at);
    }
  }

  #readHead(view: Uint8Array, at: number): number {
    if (this.#keptBytes === 0 && view.length - at >= FRAME_HEADER_BYTES) {
      this.#begin(view, at);
      return at + FRAME_HEADER_BYTES;
    }
    const end = Math.min(view.length, at + FRAME_HEADER_BYTES - this.#keptBytes);
    this.#keep(view, at, end, FRAME_HEADER_BYTES);
    if (this.#keptBytes === FRAME_HEADER_BYTES) {
      this.#keptBytes = 0;
      this.#begin(this.#kept, 0);
    }
    return end;
  }

  #begin(bytes: Uint8Array, at: number): void {
    const frame = this.#frame;
    const high = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8);
    frame.length = high | (bytes[at + 2] ?? 0);
    frame.type = bytes[at + 3] ?? 0;
    frame.flags = bytes[at + 4] ?? 0;
    frame.streamId = read31Bits(bytes, at + 5);
    const content = this.#sink.begin(frame);
    this.#left = frame.length;
    if (frame.length === 0) this.#sink.whole(frame, nothing, 0, 0);
    else this.#content = content;
  }

  #readWhole(view: Uint8Array, at: number): number {
    const { length } = this.#frame;
    if (this.#keptBytes === 0 && view.length - at >= length) {
      this.#content = undefined;
      this.#sink.whole(this.#frame, view, at, at + length);
      return at + length;
    }
    const end = Math.min(view.length, at + length - this.#keptBytes);
    this.#keep(view, at, end, length);
    if (this.#keptBytes === length) {
      this.#content = undefined;
      this.#keptBytes = 0;
      const kept = this.#kept;
      this.#kept = nothing;
      this.#sink.whole(this.#frame, kept, 0, length);
    }
    return end;
  }

  #readPiece(view: Uint8Array, at: number): number {
    const end = Math.min(view.length, at + this.#left);
    this.#left -= end - at;
    const told = this.#content === 'pieces';
    if (this.#left === 0) this.#content = undefined;
    if (told) this.#sink.piece(this.#frame, view, at, end, this.#left);
    return end;
  }

  #keep(view: Uint8Array, from: number, to: number, wanted: number): void {
    if (this.#kept.length < wanted) this.#kept = grown(this.#kept, this.#keptBytes, wanted);
    this.#kept.set(view.subarray(from, to), this.#keptBytes);
    this.#keptBytes += to - from;
  }
}

function grown(bytes: Uint8Array, used: number, wanted: number): Uint8Array {
  const larger = new Uint8Array(wanted);
  larger.set(bytes.subarray(0, used));
  return larger;
}
