import { FLOW_CONTROL_ERROR } from './error-code.ts';
import { DATA, END_STREAM, FIRST_WINDOW_BYTES, LARGEST_31_BITS } from './frame.ts';
import { http2Failure } from './http2-failure.ts';
import { LARGEST_DATA_BYTES, OUTPUT_BYTES } from './limits.ts';
import type { Output } from './output.ts';
import { StreamQueue } from './stream-queue.ts';
import type { Stream } from './stream.ts';

/** What the sending of uploads needs of its connection. */
export interface UploadTerms {
  readonly output: Output;
  readonly now: () => number;
  /** A DATA frame was written. */
  readonly sent: () => void;
  /** All of the upload was written. */
  readonly ended: (stream: Stream) => void;
}

/** Sends uploads within the peer's windows: the more urgent before the less, those alike a frame each in turn. */
export class Uploads {
  readonly #terms: UploadTerms;
  readonly #ready = new StreamQueue();
  /** Those that only the connection's window stops. */
  readonly #blocked = new StreamQueue();
  #window = FIRST_WINDOW_BYTES;
  /** Of the peer's settings. */
  frameBytes = 0;

  constructor(terms: UploadTerms) {
    this.#terms = terms;
  }

  get waiting(): boolean {
    return !this.#ready.isEmpty;
  }

  /** Something of this stream is to be sent. */
  add(stream: Stream): void {
    if (stream.queued || stream.closed) return;
    if (hasBytes(stream) && stream.sendWindow <= 0) {
      if (stream.stalledSince < 0) stream.stalledSince = this.#terms.now();
      return;
    }
    stream.stalledSince = -1;
    this.#ready.put(stream);
  }

  /** The peer takes more on the connection. Throws if that is more than a window can be. */
  openConnection(bytes: number): void {
    this.#window += bytes;
    if (this.#window > LARGEST_31_BITS) {
      throw http2Failure("the peer opens the connection's window beyond 2^31-1", {
        errorCode: FLOW_CONTROL_ERROR,
        fromPeer: false,
      });
    }
    if (this.#window <= 0) return;
    for (let stream = this.#blocked.take(); stream !== undefined; stream = this.#blocked.take()) {
      stream.stalledSince = -1;
      this.add(stream);
    }
  }

  /** The peer takes more, or less, on a stream; false if that is more than a window can be. */
  open(stream: Stream, bytes: number): boolean {
    stream.sendWindow += bytes;
    if (stream.sendWindow > LARGEST_31_BITS) return false;
    if (hasSomething(stream)) this.add(stream);
    return true;
  }

  /** Writes what may be sent now, up to a limit. */
  fill(): void {
    const { output } = this.#terms;
    while (output.length < OUTPUT_BYTES) {
      const stream = this.#ready.take();
      if (stream === undefined) return;
      if (!stream.closed && hasSomething(stream)) this.#send(stream);
    }
  }

  #send(stream: Stream): void {
    if (!hasBytes(stream)) return this.#sendEnd(stream);
    if (stream.sendWindow <= 0) return this.add(stream);
    if (this.#window <= 0) {
      if (stream.stalledSince < 0) stream.stalledSince = this.#terms.now();
      return this.#blocked.put(stream);
    }
    this.#sendBytes(stream);
    if (hasSomething(stream)) this.add(stream);
  }

  #sendEnd(stream: Stream): void {
    this.#terms.output.begin(DATA, END_STREAM, stream.id, 0);
    this.#terms.ended(stream);
  }

  #sendBytes(stream: Stream): void {
    const { output } = this.#terms;
    const { upload, uploadAt } = stream;
    if (upload === undefined) return;
    const largest = Math.min(this.frameBytes, LARGEST_DATA_BYTES);
    const allowed = Math.min(largest, this.#window, stream.sendWindow);
    const count = Math.min(upload.length - uploadAt, allowed);
    const whole = uploadAt + count === upload.length;
    const ends = whole && (stream.uploadEnds || stream.uploadBytes === count);
    output.begin(DATA, ends ? END_STREAM : 0, stream.id, count);
    output.copy(upload, uploadAt, uploadAt + count);
    this.#window -= count;
    stream.sendWindow -= count;
    if (stream.uploadBytes > 0) stream.uploadBytes -= count;
    stream.uploadAt = whole ? 0 : uploadAt + count;
    if (whole) stream.upload = undefined;
    this.#terms.sent();
    if (ends) this.#terms.ended(stream);
    if (whole) stream.listener.written();
  }
}

function hasBytes({ upload }: Stream): boolean {
  return upload !== undefined;
}

function hasSomething(stream: Stream): boolean {
  return stream.upload !== undefined || (stream.uploadEnds && !stream.localEnded);
}
