import {
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  PROTOCOL_ERROR,
  STREAM_CLOSED,
} from './error-code.ts';
import type { Floods } from './floods.ts';
import type { Content, FrameHead } from './frame-reader.ts';
import { END_STREAM, PADDED } from './frame.ts';
import { http2Failure } from './http2-failure.ts';
import { TINY_FRAME_BYTES } from './limits.ts';
import type { ReceiveCredit } from './receive-credit.ts';
import type { Stream } from './stream.ts';
import type { Streams } from './streams.ts';

/** What the receiving of bodies needs of its connection. */
export interface BodyTerms {
  readonly streams: Streams;
  readonly credit: ReceiveCredit;
  readonly floods: Floods;
  readonly frameBytes: number;
}

/** Receives DATA frames (RFC 9113 §6.1): passes on what is in them as it comes. */
export class BodyReceiver {
  readonly #streams: Streams;
  readonly #credit: ReceiveCredit;
  readonly #floods: Floods;
  readonly #frameBytes: number;
  #stream: Stream | undefined;
  /** Bytes of the body in this frame that have not come; -1: the length of the padding has to come first. */
  #left = 0;

  constructor({ streams, credit, floods, frameBytes }: BodyTerms) {
    this.#streams = streams;
    this.#credit = credit;
    this.#floods = floods;
    this.#frameBytes = frameBytes;
  }

  begin(frame: FrameHead): Content {
    const { streamId, length } = frame;
    this.#stream = undefined;
    if (streamId === 0) throw fault('DATA on stream 0', PROTOCOL_ERROR);
    if (!this.#credit.arrived(length))
      throw fault('more DATA than the window of the connection', FLOW_CONTROL_ERROR);
    const stream = this.#streams.find(streamId, 'DATA');
    if (stream === undefined) {
      this.#streams.late(streamId, length);
      return this.#discard(length);
    }
    if (stream.reserved)
      throw fault(`DATA for stream ${streamId}, which is reserved`, PROTOCOL_ERROR);
    if (!this.#accepts(stream, frame)) return this.#discard(length);
    this.#stream = stream;
    this.#left = (frame.flags & PADDED) === 0 ? length : -1;
    if (this.#left >= 0) this.#measure(stream, frame);
    return 'pieces';
  }

  /** False for a frame that ended its stream instead. */
  #accepts(stream: Stream, { length, flags }: FrameHead): boolean {
    const fails = (errorCode: number, what: string): false => {
      this.#streams.fault(stream, errorCode, what);
      return false;
    };
    if (length > this.#frameBytes)
      return fails(FRAME_SIZE_ERROR, `DATA of ${length} bytes in a frame`);
    if (stream.remoteEnded) return fails(STREAM_CLOSED, 'DATA after the end of a stream');
    if (!stream.headCame) return fails(PROTOCOL_ERROR, 'malformed message: DATA before a head');
    if ((flags & PADDED) !== 0 && length === 0)
      return fails(FRAME_SIZE_ERROR, 'DATA that is too short for its padding');
    if (!this.#credit.arrivedFor(stream, length))
      return fails(FLOW_CONTROL_ERROR, 'more DATA than the window of the stream');
    return true;
  }

  #discard(length: number): Content {
    this.#credit.discard(length);
    return 'nothing';
  }

  /** The number of bytes of the body in the frame is known, before the first of them is told. */
  #measure(stream: Stream, { flags }: FrameHead): void {
    const ends = (flags & END_STREAM) !== 0;
    if (!ends && this.#left === 0) this.#floods.count('emptyFrames');
    else if (!ends && this.#left < TINY_FRAME_BYTES) this.#floods.count('tinyFrames');
    if (stream.announcedBytes < 0) return;
    if (this.#left <= stream.announcedBytes) stream.announcedBytes -= this.#left;
    else
      this.#streams.fault(
        stream,
        PROTOCOL_ERROR,
        'malformed message: the body is longer than announced',
      );
  }

  /** Part of a frame, or all of it; `left` bytes of its content follow. */
  take(frame: FrameHead, bytes: Uint8Array, start: number, end: number, left: number): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    let at = start;
    if (this.#left < 0) {
      this.#takePadding(stream, frame, bytes[at] ?? 0);
      at += 1;
    }
    const count = Math.min(end - at, this.#left);
    this.#left -= count;
    if (count > 0 && !stream.closed) stream.listener.data(viewOf(bytes, at, at + count));
    if (left === 0 && (frame.flags & END_STREAM) !== 0) this.#streams.endRemote(stream);
  }

  #takePadding(stream: Stream, frame: FrameHead, padding: number): void {
    if (padding >= frame.length) throw fault('DATA with nothing but padding', PROTOCOL_ERROR);
    this.#left = frame.length - 1 - padding;
    this.#credit.consume(stream, 1 + padding);
    this.#measure(stream, frame);
  }
}

/** Channels may lend Node's own Buffer, whose `slice` does not copy, as everybody who is lent a Uint8Array expects. */
function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

function fault(what: string, errorCode: number): Error {
  return http2Failure(what, { errorCode, fromPeer: false });
}
