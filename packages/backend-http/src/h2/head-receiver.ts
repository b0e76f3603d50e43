import {
  COMPRESSION_ERROR,
  FRAME_SIZE_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  STREAM_CLOSED,
} from './error-code.ts';
import type { Floods } from './floods.ts';
import type { FrameHead } from './frame-reader.ts';
import { END_HEADERS, END_STREAM, PADDED, PRIORITY_FLAG, read31Bits } from './frame.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import { http2Failure } from './http2-failure.ts';
import type { CompleteHttp2Options } from './http2-options.ts';
import { INTERIM_REPLIES } from './limits.ts';
import type { ConnectionListener, StreamListener } from './listeners.ts';
import { MessageFields, type Section } from './message-fields.ts';
import type { Stream } from './stream.ts';
import type { Streams } from './streams.ts';

const PRIORITY_BYTES = 5;
const PROMISED_ID_BYTES = 4;

/** What the receiving of heads needs of its connection. */
export interface HeadTerms {
  readonly options: CompleteHttp2Options;
  readonly streams: Streams;
  readonly floods: Floods;
  readonly listener: ConnectionListener;
  /** The peer knows that this side wants no push. */
  readonly pushRefused: () => boolean;
}

/** Receives HEADERS, PUSH_PROMISE and CONTINUATION frames (RFC 9113 §6.2, §6.6, §6.10) and makes messages of them (§8.1). */
export class HeadReceiver {
  readonly #terms: HeadTerms;
  readonly #block: HeaderBlock;
  readonly #decoder: HpackDecoder;
  readonly #fields = new MessageFields();

  constructor(terms: HeadTerms) {
    const { headerListBytes, headerTableBytes } = terms.options;
    this.#terms = terms;
    this.#block = new HeaderBlock(headerListBytes);
    this.#decoder = new HpackDecoder({ tableBytes: headerTableBytes, listBytes: headerListBytes });
  }

  /** The stream whose header block has not ended; 0: none. */
  get openBlock(): number {
    return this.#block.open ? this.#block.streamId : 0;
  }

  /** The peer knows this side's settings. */
  settingsAcknowledged(): void {
    this.#decoder.acknowledged();
  }

  headers(frame: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { streamId, flags } = frame;
    if (streamId === 0) throw fault('HEADERS on stream 0');
    const fragment = unpadded(frame, bytes, start, end);
    const from = fragment.start + ((flags & PRIORITY_FLAG) === 0 ? 0 : PRIORITY_BYTES);
    if (from > fragment.end) throw fault('HEADERS that are too short', FRAME_SIZE_ERROR);
    this.#block.begin(streamId, (flags & END_STREAM) !== 0, 0);
    this.#take(frame, bytes, from, fragment.end);
  }

  pushPromise(frame: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { streamId } = frame;
    if (streamId === 0) throw fault('PUSH_PROMISE on stream 0');
    if (this.#terms.pushRefused()) throw fault('PUSH_PROMISE, although push is off');
    const fragment = unpadded(frame, bytes, start, end);
    const from = fragment.start + PROMISED_ID_BYTES;
    if (from > fragment.end) throw fault('PUSH_PROMISE that is too short', FRAME_SIZE_ERROR);
    this.#promise(streamId, read31Bits(bytes, fragment.start));
    this.#take(frame, bytes, from, fragment.end);
  }

  continuation(frame: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#block.open) throw fault('CONTINUATION of nothing');
    this.#take(frame, bytes, start, end);
  }

  #promise(parentId: number, promisedId: number): void {
    const { streams } = this.#terms;
    const parent = streams.find(parentId, 'PUSH_PROMISE');
    const isFresh = promisedId % 2 === 0 && promisedId > streams.lastPromisedId;
    if (!isFresh) throw fault(`a promise of stream ${promisedId}`);
    if (parentId % 2 === 0) throw fault(`PUSH_PROMISE for stream ${parentId}, which is promised`);
    if (parent?.remoteEnded === true || (parent === undefined && !streams.wasReset(parentId)))
      throw fault(`PUSH_PROMISE for stream ${parentId}, which is closed`);
    streams.lastPromisedId = promisedId;
    this.#block.begin(parentId, false, promisedId);
  }

  #take(frame: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const isLast = (frame.flags & END_HEADERS) !== 0;
    if (start === end && !isLast) this.#terms.floods.count('emptyFrames');
    this.#block.add(bytes, start, end, isLast);
    if (isLast) this.#complete();
  }

  #complete(): void {
    const { streamId, promisedId, endsStream } = this.#block;
    if (promisedId !== 0) {
      this.#decode('request');
      return this.#promised(streamId, promisedId);
    }
    const stream = this.#terms.streams.find(streamId, 'HEADERS');
    this.#decode(stream?.headCame === true ? 'trailers' : 'reply');
    if (stream === undefined) this.#terms.streams.late(streamId, 0);
    else this.#message(stream, endsStream);
  }

  /** Always, whoever it is for: it changes the table for all that follow. */
  #decode(section: Section): void {
    const { bytes, start, end } = this.#block;
    const { headerListBytes } = this.#terms.options;
    this.#fields.begin(section);
    try {
      const listBytes = this.#decoder.decode(bytes, start, end, this.#fields);
      if (listBytes > headerListBytes) this.#fields.tooMuch(`${headerListBytes} bytes`);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw fault(`a header block that cannot be decoded: ${what}`, COMPRESSION_ERROR);
    }
    this.#fields.end();
    this.#block.forget();
  }

  #message(stream: Stream, endsStream: boolean): void {
    const { streams } = this.#terms;
    const { fault: wrong, faultCode, status } = this.#fields;
    if (stream.remoteEnded)
      return streams.fault(stream, STREAM_CLOSED, 'HEADERS after the end of a stream');
    if (wrong !== undefined) return streams.fault(stream, faultCode, wrong);
    stream.reserved = false;
    if (stream.headCame) return this.#trailers(stream, endsStream);
    if (status < 200) return this.#interim(stream, endsStream);
    this.#final(stream, endsStream);
  }

  #interim(stream: Stream, endsStream: boolean): void {
    const { status, fields } = this.#fields;
    const malformed = (what: string): void =>
      this.#terms.streams.fault(stream, PROTOCOL_ERROR, `malformed message: ${what}`);
    if (endsStream) return malformed('it ends with an interim reply');
    if (status === 101) return malformed('101, which HTTP/2 does not know');
    stream.interimReplies += 1;
    if (stream.interimReplies > INTERIM_REPLIES)
      return malformed(`more than ${INTERIM_REPLIES} interim replies`);
    stream.listener.interim(status, fields);
  }

  #final(stream: Stream, endsStream: boolean): void {
    const { status, fields, contentLength } = this.#fields;
    const hasNoBody = stream.operation === 'HEAD' || status === 204 || status === 304;
    const announced = hasNoBody ? 0 : contentLength;
    stream.headCame = true;
    stream.announcedBytes = announced ?? -1;
    if (endsStream && stream.announcedBytes > 0) return this.#terms.streams.endRemote(stream);
    stream.listener.head(status, fields, endsStream ? 0 : announced);
    if (endsStream) this.#terms.streams.endRemote(stream);
  }

  #trailers(stream: Stream, endsStream: boolean): void {
    const { streams } = this.#terms;
    if (!endsStream)
      return streams.fault(stream, PROTOCOL_ERROR, 'malformed message: HEADERS in a body');
    if (stream.announcedBytes <= 0) stream.listener.trailers(this.#fields.fields);
    streams.endRemote(stream);
  }

  /** RFC 9113 §8.4: only what is safe and has no body may be promised. */
  #promised(parentId: number, promisedId: number): void {
    const { streams, options, listener } = this.#terms;
    const { fault: wrong, pseudo, fields, contentLength = 0 } = this.#fields;
    const operation = pseudo.get(':method') ?? '';
    const isSafe = operation === 'GET' || operation === 'HEAD';
    if (wrong !== undefined || !isSafe || contentLength > 0)
      return this.#refuse(promisedId, PROTOCOL_ERROR);
    const parent = streams.table.get(parentId);
    if (!options.pushAllowed || parent === undefined || streams.pushes >= options.pushedStreams)
      return this.#refuse(promisedId, REFUSED_STREAM);
    const stream = streams.reserve(promisedId, operation, silent);
    const heard = listener.promised({
      stream,
      parent,
      operation,
      scheme: pseudo.get(':scheme') ?? '',
      authority: pseudo.get(':authority') ?? '',
      path: pseudo.get(':path') ?? '',
      fields,
    });
    if (heard !== undefined) stream.listener = heard;
    else streams.reset(stream, REFUSED_STREAM);
  }

  #refuse(promisedId: number, errorCode: number): void {
    this.#terms.floods.count('refusedPushes');
    this.#terms.streams.refuse(promisedId, errorCode);
  }
}

/** Hears nothing. */
const silent: StreamListener = {
  interim() {},
  head() {},
  data() {},
  trailers() {},
  ended() {},
  failed() {},
  written() {},
  stopped() {},
};

/** What a frame holds without its padding (RFC 9113 §6.2). */
function unpadded(
  { flags }: FrameHead,
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } {
  if ((flags & PADDED) === 0) return { start, end };
  if (start === end) throw fault('a frame that is too short for its padding', FRAME_SIZE_ERROR);
  const padding = bytes[start] ?? 0;
  if (start + 1 + padding > end) throw fault('a frame with more padding than it holds');
  return { start: start + 1, end: end - padding };
}

function fault(what: string, errorCode: number = PROTOCOL_ERROR): Error {
  return http2Failure(what, { errorCode, fromPeer: false });
}
