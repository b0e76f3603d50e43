import type { ControlFrames } from './control-frames.ts';
import { CANCEL, PROTOCOL_ERROR, STREAM_CLOSED } from './error-code.ts';
import type { Floods } from './floods.ts';
import { LARGEST_31_BITS } from './frame.ts';
import { http2Failure, type Http2Failure } from './http2-failure.ts';
import type { CompleteHttp2Options } from './http2-options.ts';
import { FRAMES_PER_REPLY, FRAMES_PER_RESET, LATE_BYTES, REMEMBERED_RESETS } from './limits.ts';
import type { StreamListener } from './listeners.ts';
import type { ReceiveCredit } from './receive-credit.ts';
import { firstPeerSettings, type PeerSettings } from './settings.ts';
import { StreamTable } from './stream-table.ts';
import { Stream } from './stream.ts';

/** What the streams of one connection share. */
export interface StreamTerms {
  readonly options: CompleteHttp2Options;
  readonly control: ControlFrames;
  readonly credit: ReceiveCredit;
  readonly floods: Floods;
}

/** The streams of one connection, from their beginning to their end (RFC 9113 §5.1). */
export class Streams {
  readonly #terms: StreamTerms;
  readonly table: StreamTable = new StreamTable();
  peer: PeerSettings = firstPeerSettings;
  /** The peer takes no more requests. */
  goingAway = false;
  /** Requests that are open. */
  requests = 0;
  /** Promised replies that are open. */
  pushes = 0;
  lastPromisedId = 0;
  #nextId: number;
  /** Streams that this side reset, of late; 0: none. */
  readonly #resets: number[] = [];
  #resetAt = 0;
  /** Bytes that may still come for streams that are closed. */
  #lateBytes = LATE_BYTES;

  constructor(terms: StreamTerms, firstId = 1) {
    this.#terms = terms;
    this.#nextId = firstId;
  }

  /** How many more requests may be made now. */
  get room(): number {
    if (this.goingAway || !this.hasIdentifiers) return 0;
    const most = Math.min(this.peer.concurrentStreams, this.#terms.options.concurrentStreams);
    return Math.max(0, most - this.requests);
  }

  /** A request more can be named. */
  get hasIdentifiers(): boolean {
    return this.#nextId <= LARGEST_31_BITS;
  }

  /** The identifier that the next request gets. */
  get nextId(): number {
    return this.#nextId;
  }

  open(operation: string, listener: StreamListener): Stream {
    const stream = new Stream(this.#nextId, operation, listener);
    this.#nextId += 2;
    this.requests += 1;
    stream.sendWindow = this.peer.windowBytes;
    this.table.add(stream);
    return stream;
  }

  /** A stream of the server's (RFC 9113 §8.4). */
  reserve(id: number, operation: string, listener: StreamListener): Stream {
    const stream = new Stream(id, operation, listener);
    this.pushes += 1;
    stream.reserved = true;
    stream.localEnded = true;
    this.table.add(stream);
    this.#terms.credit.open(stream, false);
    return stream;
  }

  /** A promised stream is none that this side wants. */
  refuse(promisedId: number, errorCode: number): void {
    this.remember(promisedId);
    this.#lateBytes += this.#terms.options.streamBytes;
    this.#terms.control.resetStream(promisedId, errorCode, true);
  }

  /** The stream that a frame belongs to; `undefined`: it is closed. Throws if it never was open. */
  find(id: number, frame: string): Stream | undefined {
    const stream = this.table.get(id);
    if (stream !== undefined) return stream;
    const isIdle = id % 2 === 1 ? id >= this.#nextId : id > this.lastPromisedId;
    if (isIdle) throw this.#fault(`${frame} for stream ${id}, which is idle`);
    this.#terms.floods.count('lateFrames');
    return undefined;
  }

  /** A frame with a body, or a head, came for a stream that is closed. */
  late(id: number, bytes: number): void {
    this.#lateBytes -= bytes;
    if (this.#lateBytes < 0) throw this.#fault('more bytes for closed streams than were granted');
    if (this.wasReset(id)) return;
    this.#terms.control.resetStream(id, STREAM_CLOSED, true);
    this.remember(id);
  }

  /** This side reset it, and the peer may not have known. */
  wasReset(id: number): boolean {
    return this.#resets.includes(id);
  }

  remember(id: number): void {
    this.#resets[this.#resetAt] = id;
    this.#resetAt = (this.#resetAt + 1) % REMEMBERED_RESETS;
  }

  /** This side has sent all. */
  endLocal(stream: Stream): void {
    stream.localEnded = true;
    if (stream.remoteEnded) this.#close(stream);
  }

  /** The peer has sent all. A body that is shorter than it was announced is malformed. */
  endRemote(stream: Stream): void {
    if (stream.closed) return;
    if (stream.announcedBytes > 0) {
      const what = `malformed message: ${stream.announcedBytes} bytes of the body are missing`;
      return this.fault(stream, PROTOCOL_ERROR, what);
    }
    stream.remoteEnded = true;
    this.#terms.floods.allow('resets', 1);
    this.#terms.floods.allow('windowUpdates', FRAMES_PER_REPLY);
    this.#terms.floods.allow('lateFrames', FRAMES_PER_REPLY);
    this.#terms.credit.end(stream);
    if (stream.localEnded) this.#close(stream);
    stream.listener.ended();
  }

  /** This side wants no more of it. Harmless for a stream that is closed. */
  reset(stream: Stream, errorCode: number = CANCEL): void {
    if (stream.closed) return;
    this.#reset(stream, errorCode, false);
  }

  /** The peer broke a rule that concerns only this stream (RFC 9113 §5.4.2). */
  fault(stream: Stream, errorCode: number, what: string): void {
    if (!stream.closed) this.giveUp(stream, http2Failure(what, { errorCode, fromPeer: false }));
  }

  /** Resets a stream, and tells its listener why. */
  giveUp(stream: Stream, failure: Http2Failure): void {
    if (stream.closed) return;
    this.#reset(stream, failure.errorCode, true);
    this.#tell(stream, failure);
  }

  /** The stream is over for a reason that the peer knows. */
  fail(stream: Stream, failure: Http2Failure): void {
    if (stream.closed) return;
    this.#abandon(stream);
    this.#tell(stream, failure);
  }

  #reset(stream: Stream, errorCode: number, isReply: boolean): void {
    this.#lateBytes += stream.grantedBytes;
    this.#terms.floods.allow('lateFrames', FRAMES_PER_RESET);
    this.remember(stream.id);
    this.#abandon(stream);
    this.#terms.control.resetStream(stream.id, errorCode, isReply);
  }

  #tell(stream: Stream, failure: Http2Failure): void {
    if (stream.remoteEnded) stream.listener.stopped();
    else stream.listener.failed(failure);
  }

  #abandon(stream: Stream): void {
    // What waits to be read of a whole reply is still wanted.
    if (!stream.remoteEnded) this.#terms.credit.abandon(stream);
    this.#close(stream);
  }

  #close(stream: Stream): void {
    stream.closed = true;
    stream.upload = undefined;
    this.table.remove(stream);
    if (stream.id % 2 === 1) this.requests -= 1;
    else this.pushes -= 1;
  }

  #fault(what: string): Http2Failure {
    return http2Failure(what, { errorCode: PROTOCOL_ERROR, fromPeer: false });
  }
}
