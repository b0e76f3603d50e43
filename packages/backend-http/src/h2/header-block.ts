import { ENHANCE_YOUR_CALM } from './error-code.ts';
import { http2Failure } from './http2-failure.ts';
import { CONTINUATION_FRAMES, HEADER_BLOCK_SLACK_BYTES } from './limits.ts';

const nothing = new Uint8Array(0);

/** Where a compressed header section lies that may have come in several frames (RFC 9113 §4.3). */
export class HeaderBlock {
  readonly #limitBytes: number;
  #frames = 0;
  #kept: Uint8Array = nothing;
  /** A block was begun, and only CONTINUATION may come. */
  open = false;
  streamId = 0;
  endsStream = false;
  /** The stream that is promised; 0: none is. */
  promisedId = 0;
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;

  constructor(headerListBytes: number) {
    this.#limitBytes = headerListBytes + HEADER_BLOCK_SLACK_BYTES;
  }

  begin(streamId: number, endsStream: boolean, promisedId: number): void {
    this.open = true;
    this.streamId = streamId;
    this.endsStream = endsStream;
    this.promisedId = promisedId;
    this.#frames = 0;
    this.end = 0;
  }

  /** One fragment. A block that is whole at once is not copied. */
  add(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    if (isLast && this.#frames === 0) this.#place(bytes, start, end);
    else this.#append(bytes, start, end);
    this.#frames += 1;
    if (isLast) this.open = false;
    else if (this.#frames > CONTINUATION_FRAMES) {
      throw excessive(`more than ${CONTINUATION_FRAMES} CONTINUATION frames in one header block`);
    }
  }

  /** The block was decoded: memory that it needed is given back. */
  forget(): void {
    this.bytes = nothing;
    this.#kept = nothing;
  }

  #place(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const wanted = this.end + end - start;
    if (wanted > this.#limitBytes)
      throw excessive(`a header block of more than ${this.#limitBytes} bytes`);
    if (wanted > this.#kept.length) {
      const larger = new Uint8Array(Math.max(wanted, this.#kept.length * 2));
      larger.set(this.#kept.subarray(0, this.end));
      this.#kept = larger;
    }
    this.#kept.set(bytes.subarray(start, end), this.end);
    this.#place(this.#kept, 0, wanted);
  }
}

function excessive(what: string): Error {
  return http2Failure(what, { errorCode: ENHANCE_YOUR_CALM, fromPeer: false });
}
