import { networkFailure } from '@netaccess/transport';

import { BodyReceiver } from './body-receiver.ts';
import { ControlFrames } from './control-frames.ts';
import { ControlReceiver } from './control-receiver.ts';
import { CANCEL, NO_ERROR, PROTOCOL_ERROR, SETTINGS_TIMEOUT } from './error-code.ts';
import { Floods } from './floods.ts';
import { FrameDispatch } from './frame-dispatch.ts';
import { FrameReader } from './frame-reader.ts';
import { HeadReceiver } from './head-receiver.ts';
import { http2Failure, isHttp2Failure, type Http2Failure } from './http2-failure.ts';
import {
  completeHttp2Options,
  type CompleteHttp2Options,
  type Http2Options,
} from './http2-options.ts';
import { SETTINGS_MILLISECONDS, WINDOW_MILLISECONDS, WINDOW_UPDATES_PER_FRAME } from './limits.ts';
import type { ConnectionListener, StreamListener } from './listeners.ts';
import { Output } from './output.ts';
import { Pings } from './pings.ts';
import { ReceiveCredit } from './receive-credit.ts';
import { priorityText, type Http2RequestHead } from './request-head.ts';
import { RequestWriter } from './request-writer.ts';
import { RoundTrip } from './round-trip.ts';
import { ownSettings, type PeerSettings } from './settings.ts';
import { DEFAULT_URGENCY, type Priority, type Stream } from './stream.ts';
import { Streams } from './streams.ts';
import { Uploads } from './uploads.ts';

/** What an engine is made with. */
export interface Http2EngineOptions {
  readonly listener: ConnectionListener;
  /** Milliseconds from any fixed moment; never goes back. The only thing that an engine knows of the world. */
  readonly now: () => number;
  readonly options?: Http2Options | undefined;
  /** Where identifiers begin: an odd number. There are 2^30 of them, and a connection ends with the last. Default: 1. */
  readonly firstStreamId?: number | undefined;
  /** The request that asked for HTTP/2 in HTTP/1.1: stream 1 is its, and answers it (RFC 7540 §3.2). */
  readonly upgraded?: { readonly operation: string; readonly listener: StreamListener } | undefined;
}

const nothing: readonly Uint8Array[] = [];

/**
 * This side of one HTTP/2 connection (RFC 9113): bytes and calls in, bytes and events out. It does no I/O and sets no timer. Nothing
 * but `request`, `write` and `end` throws, and those only for what a caller may not do.
 */
export class Http2Engine {
  readonly #listener: ConnectionListener;
  readonly #now: () => number;
  readonly #options: CompleteHttp2Options;
  readonly #output = new Output();
  readonly #control = new ControlFrames(this.#output);
  readonly #roundTrip = new RoundTrip();
  readonly #floods: Floods;
  readonly #credit: ReceiveCredit;
  readonly #streams: Streams;
  readonly #uploads: Uploads;
  readonly #pings: Pings;
  readonly #requests: RequestWriter;
  readonly #heads: HeadReceiver;
  readonly #reader: FrameReader;
  readonly #startedAt: number;
  #receivedAt: number;
  #settingsAcknowledged = false;
  #saidGoodbye = false;
  /** A request was, or would have been, one too many. */
  #full = false;
  #goAwayFailure: Http2Failure | undefined;
  /** Set once the connection is over: what `takeOutput` still gives is to be written, and the channel to be closed. */
  failure: Http2Failure | undefined;
  /** Stream 1 of a connection that was upgraded. */
  readonly upgradedStream: Stream | undefined;

  constructor({ listener, now, options: given, upgraded, firstStreamId }: Http2EngineOptions) {
    const options = completeHttp2Options(given);
    const { connectionBytes, streamBytes } = options;
    const control = this.#control;
    const roundTrip = this.#roundTrip;
    const grant = (streamId: number, bytes: number): void => this.#grant(streamId, bytes);
    this.#listener = listener;
    this.#now = now;
    this.#options = options;
    this.#startedAt = now();
    this.#receivedAt = this.#startedAt;
    const floods = new Floods(now);
    const measure = (): void => this.#measure();
    const credit = new ReceiveCredit({
      connectionBytes,
      streamBytes,
      roundTrip,
      now,
      grant,
      measure,
    });
    const streams = new Streams({ options, control, credit, floods }, firstStreamId);
    this.#floods = floods;
    this.#credit = credit;
    this.#streams = streams;
    this.#uploads = new Uploads({
      output: this.#output,
      now,
      sent: () => floods.allow('windowUpdates', WINDOW_UPDATES_PER_FRAME),
      ended: (stream) => streams.endLocal(stream),
    });
    this.#pings = new Pings({
      control,
      roundTrip,
      now,
      answered: (milliseconds) => listener.pingAcknowledged(milliseconds),
    });
    this.#requests = new RequestWriter(this.#output, options);
    this.#heads = new HeadReceiver({
      options,
      streams,
      floods,
      listener,
      pushRefused: () => !options.pushAllowed && this.#settingsAcknowledged,
    });
    this.#reader = new FrameReader(this.#dispatch(options));
    this.#usePeerSettings();
    control.preface(ownSettings(options));
    credit.begin();
    this.upgradedStream = upgraded && this.#upgradedStream(upgraded.operation, upgraded.listener);
  }

  #dispatch(options: CompleteHttp2Options): FrameDispatch {
    const { frameBytes } = options;
    const streams = this.#streams;
    const floods = this.#floods;
    const controls = new ControlReceiver({
      control: this.#control,
      floods,
      pings: this.#pings,
      streams,
      uploads: this.#uploads,
      settings: (settings) => this.#takeSettings(settings),
      settingsAcknowledged: () => this.#takeSettingsAcknowledgement(),
      goneAway: (failure) => this.#takeGoAway(failure),
    });
    const bodies = new BodyReceiver({ streams, credit: this.#credit, floods, frameBytes });
    return new FrameDispatch({ frameBytes, floods, heads: this.#heads, bodies, controls });
  }

  #upgradedStream(operation: string, listener: StreamListener): Stream {
    const stream = this.#streams.open(operation, listener);
    stream.localEnded = true;
    this.#credit.open(stream, operation !== 'HEAD');
    return stream;
  }

  /** How many more requests may be made now. */
  get mayRequest(): number {
    if (this.failure !== undefined || this.#saidGoodbye) return 0;
    const { room } = this.#streams;
    if (room === 0) this.#full = true;
    return room;
  }

  /** Streams that are open, promised ones among them. */
  get streamCount(): number {
    return this.#streams.table.size;
  }

  /** There may be something to take. */
  get hasOutput(): boolean {
    return this.#output.length > 0 || (this.failure === undefined && this.#uploads.waiting);
  }

  /** Takes what the peer sent, split anywhere. Nothing of it is kept. */
  receive(view: Uint8Array): void {
    if (this.failure !== undefined) return;
    this.#receivedAt = this.#now();
    this.#guard(() => this.#reader.read(view));
    this.#tellRoom();
  }

  /** The peer sends nothing any more. */
  receiveEnd(): void {
    const what = 'the peer closed the connection';
    const failure = http2Failure(what, {
      errorCode: NO_ERROR,
      fromPeer: true,
      code: 'remote-host-closed',
    });
    this.#fail(this.#goAwayFailure ?? failure);
  }

  /** Asks for something. Throws, and sends nothing, for a head that may not be sent, and when there is no room for another stream. */
  request(head: Http2RequestHead, listener: StreamListener): Stream {
    const { operation, length, hasUpload, priority } = head;
    if (this.mayRequest === 0) throw refused('the connection takes no more requests');
    this.#requests.write(this.#streams.nextId, head);
    const stream = this.#streams.open(operation, listener);
    stream.urgency = priority?.urgency ?? DEFAULT_URGENCY;
    if (!hasUpload || length === 0) stream.localEnded = true;
    else stream.uploadBytes = length ?? -1;
    this.#credit.open(stream, operation !== 'HEAD');
    if (!this.#streams.hasIdentifiers) this.#retire();
    return stream;
  }

  /** Sends part of the upload: once the listener was told that it is `written`, `view` may change and the next may follow. */
  write(stream: Stream, view: Uint8Array): void {
    if (stream.closed) return;
    if (stream.localEnded || stream.upload !== undefined || stream.uploadEnds)
      throw refused('a stream was written to before it was ready');
    if (stream.uploadBytes >= 0 && view.length > stream.uploadBytes)
      throw refused('an upload is longer than it was announced');
    if (view.length === 0) return stream.listener.written();
    stream.upload = view;
    this.#uploads.add(stream);
  }

  /** The upload ends with what was written. Harmless for one that was as long as announced: that ended by itself. */
  end(stream: Stream): void {
    if (stream.closed || stream.localEnded || stream.uploadEnds) return;
    const left = stream.uploadBytes - (stream.upload?.length ?? 0) + stream.uploadAt;
    if (stream.uploadBytes > 0 && left > 0)
      throw refused(`an upload is ${left} bytes shorter than it was announced`);
    stream.uploadEnds = true;
    this.#uploads.add(stream);
  }

  /** Gives a stream up: its listener hears no more. Harmless for one that is over. */
  reset(stream: Stream, errorCode: number = CANCEL): void {
    this.#streams.reset(stream, errorCode);
    this.#tellRoom();
  }

  /** Whoever was told of bytes of a body is done with so many of them. */
  consumed(stream: Stream, bytes: number): void {
    if (this.failure === undefined) this.#credit.consume(stream, bytes);
  }

  /** Changes how important a request is (RFC 9218 §7). */
  prioritise(stream: Stream, priority: Priority): void {
    const text = priorityText(priority);
    if (stream.closed || this.failure !== undefined) return;
    stream.urgency = priority.urgency ?? DEFAULT_URGENCY;
    this.#control.priorityUpdate(stream.id, text);
  }

  /** Asks whether the peer is there: the listener hears of the answer, `tick` finds out that none comes. */
  ping(): void {
    if (this.failure === undefined) this.#pings.ask();
  }

  /** Says goodbye: no more requests are made; those that were go on, if `errorCode` is NO_ERROR. */
  goaway(errorCode: number = NO_ERROR): void {
    if (this.failure !== undefined || this.#saidGoodbye) return;
    this.#saidGoodbye = true;
    this.#control.goAway(this.#streams.lastPromisedId, errorCode, '');
  }

  #retire(): void {
    const what = 'the identifiers of streams are used up';
    this.goaway();
    this.#listener.goingAway(http2Failure(what, { errorCode: NO_ERROR, fromPeer: false }));
  }

  /** Looks at the time, say once a second: nobody may keep this side waiting for ever. */
  tick(): void {
    if (this.failure === undefined) this.#guard(() => this.#judgeTime(this.#now()));
    this.#tellRoom();
  }

  /** Everything that is to leave, for one write, which `outputWritten` answers. More may be taken before that. */
  takeOutput(): readonly Uint8Array[] {
    if (this.failure === undefined) this.#uploads.fill();
    if (this.#output.length === 0) return nothing;
    this.#control.taken();
    return [this.#output.take()];
  }

  /** What was taken first has left, or was copied. */
  outputWritten(): void {
    this.#output.written();
  }

  /** A fault of the peer's ends the connection; one of this side's is thrown as it is. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!isHttp2Failure(error)) throw error;
      this.#fail(error);
    }
  }

  #fail(failure: Http2Failure): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.#reader.stop();
    const { errorCode, fromPeer, message } = failure;
    if (!fromPeer) this.#control.goAway(this.#streams.lastPromisedId, errorCode, message);
    for (const stream of this.#streams.table.list()) this.#streams.fail(stream, failure);
    this.#listener.failed(failure);
  }

  #takeSettings(settings: PeerSettings): void {
    this.#usePeerSettings();
    this.#listener.settings(settings);
  }

  #usePeerSettings(): void {
    const { frameBytes, headerTableBytes, leastHeaderTableBytes } = this.#streams.peer;
    this.#uploads.frameBytes = frameBytes;
    this.#requests.frameBytes = frameBytes;
    this.#requests.setTableBytes(leastHeaderTableBytes);
    this.#requests.setTableBytes(headerTableBytes);
  }

  #takeSettingsAcknowledgement(): void {
    if (this.#settingsAcknowledged)
      throw http2Failure('an acknowledgement of settings that were not sent', {
        errorCode: PROTOCOL_ERROR,
        fromPeer: false,
      });
    const now = this.#now();
    this.#settingsAcknowledged = true;
    this.#heads.settingsAcknowledged();
    this.#roundTrip.sample(now - this.#startedAt, now);
  }

  /** Whatever the code: what the peer says that it takes care of may still come (RFC 9113 §6.8). */
  #takeGoAway(failure: Http2Failure): void {
    this.#goAwayFailure = failure;
    this.#listener.goingAway(failure);
  }

  #grant(streamId: number, bytes: number): void {
    if (this.failure !== undefined) return;
    this.#control.windowUpdate(streamId, bytes);
  }

  /** Only while the peer sends: some take pings at other times for an attack. */
  #measure(): void {
    if (this.#settingsAcknowledged) this.#pings.measure(this.#now());
  }

  #tellRoom(): void {
    if (!this.#full || this.mayRequest === 0) return;
    this.#full = false;
    this.#listener.mayRequestMore();
  }

  #judgeTime(now: number): void {
    const { pingMilliseconds, pingTimeoutMilliseconds } = this.#options;
    if (!this.#settingsAcknowledged && now - this.#startedAt > SETTINGS_MILLISECONDS)
      throw late('the peer does not acknowledge settings');
    const silence = now - this.#receivedAt;
    const asked = this.#pings.awaitedSince;
    if (asked !== undefined && Math.min(now - asked, silence) > pingTimeoutMilliseconds)
      throw late(`the peer was silent for ${Math.round(silence)} ms, and does not answer a ping`);
    if (pingMilliseconds > 0 && silence >= pingMilliseconds && this.streamCount > 0)
      this.#pings.ask();
    for (const stream of this.#streams.table.list()) this.#judgeWindow(stream, now);
  }

  #judgeWindow(stream: Stream, now: number): void {
    if (stream.stalledSince < 0 || now - stream.stalledSince <= WINDOW_MILLISECONDS) return;
    this.#streams.giveUp(stream, late('the peer never opens the window for the upload', CANCEL));
  }
}

function late(what: string, errorCode: number = SETTINGS_TIMEOUT): Http2Failure {
  return http2Failure(what, { errorCode, fromPeer: false, code: 'timeout' });
}

function refused(what: string): Error {
  return networkFailure('protocol-invalid-operation', what);
}
