import { CONTINUATION, END_HEADERS, END_STREAM, FRAME_HEADER_BYTES, HEADERS } from './frame.ts';
import { HpackEncoder } from './hpack/encoder.ts';
import type { CompleteHttp2Options } from './http2-options.ts';
import type { Output } from './output.ts';
import {
  checkRequestHead,
  priorityText,
  requestFields,
  type Http2RequestHead,
} from './request-head.ts';

/** Writes the heads of requests: HEADERS, and CONTINUATION where one frame does not hold them. */
export class RequestWriter {
  readonly #output: Output;
  readonly #encoder: HpackEncoder;
  /** Of the peer's settings. */
  frameBytes = 0;

  constructor(output: Output, { headerTableBytes, huffman }: CompleteHttp2Options) {
    this.#output = output;
    this.#encoder = new HpackEncoder({ tableBytes: headerTableBytes, huffman });
  }

  /** Of the peer's settings. */
  setTableBytes(bytes: number): void {
    this.#encoder.setPeerTableBytes(bytes);
  }

  /** Throws, and writes nothing, for a head that may not be sent. */
  write(streamId: number, head: Http2RequestHead): void {
    checkRequestHead(head);
    const fields = requestFields(head.fields);
    const priority = head.priority === undefined ? '' : priorityText(head.priority);
    const output = this.#output;
    const start = output.length;
    output.begin(HEADERS, 0, streamId, 0);
    const encoder = this.#encoder;
    encoder.begin(output.bytes, output.length);
    encoder.field(':method', head.operation);
    encoder.field(':scheme', head.scheme);
    if (head.authority !== '') encoder.field(':authority', head.authority);
    encoder.field(':path', head.path);
    for (const [name, value] of fields) encoder.field(name, value);
    if (head.length !== undefined) encoder.field('content-length', String(head.length));
    if (priority !== '' && !fields.some(([name]) => name === 'priority'))
      encoder.field('priority', priority);
    output.bytes = encoder.bytes;
    output.length = encoder.length;
    this.#frame(start, streamId, head.hasUpload && head.length !== 0 ? 0 : END_STREAM);
  }

  /** Puts the block that begins behind the frame head at `start` into frames. */
  #frame(start: number, streamId: number, flags: number): void {
    const output = this.#output;
    const length = output.length - start - FRAME_HEADER_BYTES;
    if (length <= this.frameBytes)
      return output.headAt(start, length, HEADERS, flags | END_HEADERS, streamId);
    output.headAt(start, this.frameBytes, HEADERS, flags, streamId);
    const first = start + FRAME_HEADER_BYTES + this.frameBytes;
    const rest = Uint8Array.from(output.bytes.subarray(first, output.length));
    output.length = first;
    for (let at = 0; at < rest.length; at += this.frameBytes) {
      const end = Math.min(rest.length, at + this.frameBytes);
      const isLast = end === rest.length;
      output.begin(CONTINUATION, isLast ? END_HEADERS : 0, streamId, end - at);
      output.copy(rest, at, end);
    }
  }
}
