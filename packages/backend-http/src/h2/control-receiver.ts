import { Buffer } from 'node:buffer';

import type { ControlFrames } from './control-frames.ts';
import {
  errorCodeName,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  PROTOCOL_ERROR,
} from './error-code.ts';
import type { Floods } from './floods.ts';
import type { FrameHead } from './frame-reader.ts';
import { ACK, read31Bits, read32Bits } from './frame.ts';
import { http2Failure, type Http2Failure } from './http2-failure.ts';
import { DEBUG_TEXT_BYTES, SETTINGS_PER_FRAME } from './limits.ts';
import type { Pings } from './pings.ts';
import { changedSettings, SETTING_BYTES, type PeerSettings } from './settings.ts';
import type { Streams } from './streams.ts';
import type { Uploads } from './uploads.ts';

/** What the receiving of control frames needs of its connection. */
export interface ControlTerms {
  readonly control: ControlFrames;
  readonly floods: Floods;
  readonly pings: Pings;
  readonly streams: Streams;
  readonly uploads: Uploads;
  /** The peer's settings hold from now on. */
  readonly settings: (settings: PeerSettings) => void;
  /** The peer acknowledged this side's settings. */
  readonly settingsAcknowledged: () => void;
  /** The peer says goodbye; those whom it will not answer were told. */
  readonly goneAway: (failure: Http2Failure) => void;
}

/** Receives SETTINGS, PING, GOAWAY, WINDOW_UPDATE, RST_STREAM and PRIORITY frames (RFC 9113 §6). */
export class ControlReceiver {
  readonly #terms: ControlTerms;
  #lastGoAwayId = Infinity;

  constructor(terms: ControlTerms) {
    this.#terms = terms;
  }

  settings({ streamId, flags }: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { control, floods, streams, settings, settingsAcknowledged } = this.#terms;
    if (streamId !== 0) throw fault(`SETTINGS on stream ${streamId}`);
    floods.count('settings');
    const length = end - start;
    if ((flags & ACK) !== 0) {
      if (length > 0) throw fault('an acknowledgement of settings with content', FRAME_SIZE_ERROR);
      return settingsAcknowledged();
    }
    if (length % SETTING_BYTES !== 0) throw fault(`SETTINGS of ${length} bytes`, FRAME_SIZE_ERROR);
    if (length > SETTINGS_PER_FRAME * SETTING_BYTES)
      throw fault(`more than ${SETTINGS_PER_FRAME} settings in one frame`);
    const before = streams.peer;
    const after = changedSettings(before, bytes, start, end);
    streams.peer = after;
    if (after.windowBytes !== before.windowBytes)
      this.#moveWindows(after.windowBytes - before.windowBytes);
    control.acknowledgeSettings();
    settings(after);
  }

  /** RFC 9113 §6.9.2: windows that are in use change with the first size of all windows. */
  #moveWindows(bytes: number): void {
    const { streams, uploads } = this.#terms;
    for (const stream of streams.table.list()) {
      if (!stream.localEnded && !uploads.open(stream, bytes))
        throw fault('settings that make a window larger than 2^31-1', FLOW_CONTROL_ERROR);
    }
  }

  ping({ streamId, flags }: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { control, floods, pings } = this.#terms;
    if (streamId !== 0) throw fault(`PING on stream ${streamId}`);
    if (end - start !== 8) throw fault(`PING of ${end - start} bytes`, FRAME_SIZE_ERROR);
    floods.count('pings');
    if ((flags & ACK) === 0) control.acknowledgePing(bytes, start);
    else pings.acknowledged(read32Bits(bytes, start), read32Bits(bytes, start + 4));
  }

  goAway({ streamId }: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { streams, goneAway } = this.#terms;
    if (streamId !== 0) throw fault(`GOAWAY on stream ${streamId}`);
    if (end - start < 8) throw fault(`GOAWAY of ${end - start} bytes`, FRAME_SIZE_ERROR);
    const lastId = read31Bits(bytes, start);
    const errorCode = read32Bits(bytes, start + 4);
    if (lastId > this.#lastGoAwayId) throw fault('GOAWAY with a last stream that grew');
    if (lastId !== 0 && lastId % 2 === 0) throw fault(`GOAWAY with the last stream ${lastId}`);
    this.#lastGoAwayId = lastId;
    streams.goingAway = true;
    const what = `the peer said goodbye${debugText(bytes, start + 8, end)}`;
    const unprocessed = http2Failure(what, { errorCode, fromPeer: true, unprocessed: true });
    for (const stream of streams.table.list()) {
      if (stream.id % 2 === 1 && stream.id > lastId) streams.fail(stream, unprocessed);
    }
    goneAway(http2Failure(what, { errorCode, fromPeer: true }));
  }

  windowUpdate({ streamId }: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { floods, streams, uploads } = this.#terms;
    if (end - start !== 4) throw fault(`WINDOW_UPDATE of ${end - start} bytes`, FRAME_SIZE_ERROR);
    floods.count('windowUpdates');
    const bytesMore = read31Bits(bytes, start);
    if (streamId === 0) {
      if (bytesMore === 0) throw fault('WINDOW_UPDATE by nothing');
      return uploads.openConnection(bytesMore);
    }
    const stream = streams.find(streamId, 'WINDOW_UPDATE');
    if (stream === undefined) return;
    if (stream.reserved) throw fault(`WINDOW_UPDATE for stream ${streamId}, which is reserved`);
    if (bytesMore === 0) streams.fault(stream, PROTOCOL_ERROR, 'WINDOW_UPDATE by nothing');
    else if (!uploads.open(stream, bytesMore)) {
      const what = 'the peer opens the window of a stream beyond 2^31-1';
      streams.fault(stream, FLOW_CONTROL_ERROR, what);
    }
  }

  reset({ streamId }: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { floods, streams } = this.#terms;
    if (streamId === 0) throw fault('RST_STREAM on stream 0');
    if (end - start !== 4) throw fault(`RST_STREAM of ${end - start} bytes`, FRAME_SIZE_ERROR);
    const stream = streams.find(streamId, 'RST_STREAM');
    if (stream === undefined) return;
    const errorCode = read32Bits(bytes, start);
    floods.count('resets');
    const what = `the peer reset the stream with ${errorCodeName(errorCode)}`;
    streams.fail(stream, http2Failure(what, { errorCode, fromPeer: true }));
  }

  /** Nobody heeds it, but it has to be whole (RFC 9113 §6.3). */
  priority({ streamId, length }: FrameHead): void {
    const { floods, streams } = this.#terms;
    if (streamId === 0) throw fault('PRIORITY on stream 0');
    floods.count('priorities');
    if (length === 5) return;
    const stream = streams.table.get(streamId);
    if (stream === undefined) throw fault(`PRIORITY of ${length} bytes`, FRAME_SIZE_ERROR);
    streams.fault(stream, FRAME_SIZE_ERROR, `PRIORITY of ${length} bytes`);
  }
}

/** What the peer added for people, without anything that a log or a terminal would obey. */
function debugText(bytes: Uint8Array, start: number, end: number): string {
  if (start === end) return '';
  const text = Buffer.from(bytes.subarray(start, Math.min(end, start + DEBUG_TEXT_BYTES)));
  return `: ${text.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '?')}`;
}

function fault(what: string, errorCode: number = PROTOCOL_ERROR): Http2Failure {
  return http2Failure(what, { errorCode, fromPeer: false });
}
