import { Buffer } from 'node:buffer';

import { ENHANCE_YOUR_CALM } from './error-code.ts';
import {
  ACK,
  GOAWAY,
  PING,
  PRIORITY_UPDATE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './frame.ts';
import { http2Failure } from './http2-failure.ts';
import { DEBUG_TEXT_BYTES, UNREAD_REPLY_BYTES } from './limits.ts';
import type { Output } from './output.ts';

const nothing = new Uint8Array(0);
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const PING_BYTES = 8;

/** Writes every frame but HEADERS and DATA. */
export class ControlFrames {
  readonly #output: Output;
  /** Replies to the peer that wait to be taken. */
  #replyBytes = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** The connection preface and the first settings (RFC 9113 §3.4). */
  preface(settings: Uint8Array): void {
    this.#output.reserve(preface.length);
    this.#output.copy(preface, 0, preface.length);
    this.#frame(SETTINGS, 0, 0, settings);
  }

  acknowledgeSettings(): void {
    this.#countReply(0);
    this.#frame(SETTINGS, ACK, 0, nothing);
  }

  /** Sends back what lies there. */
  acknowledgePing(bytes: Uint8Array, start: number): void {
    this.#countReply(PING_BYTES);
    this.#output.begin(PING, ACK, 0, PING_BYTES);
    this.#output.copy(bytes, start, start + PING_BYTES);
  }

  ping(number: number): void {
    this.#output.begin(PING, 0, 0, PING_BYTES);
    this.#output.number(0);
    this.#output.number(number);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.#output.begin(WINDOW_UPDATE, 0, streamId, 4);
    this.#output.number(bytes);
  }

  /** `isReply`: the peer did something that has to be answered so. */
  resetStream(streamId: number, errorCode: number, isReply: boolean): void {
    if (isReply) this.#countReply(4);
    this.#output.begin(RST_STREAM, 0, streamId, 4);
    this.#output.number(errorCode);
  }

  goAway(lastId: number, errorCode: number, text: string): void {
    const debug = Buffer.from(text, 'utf8').subarray(0, DEBUG_TEXT_BYTES);
    this.#output.begin(GOAWAY, 0, 0, 8 + debug.length);
    this.#output.number(lastId);
    this.#output.number(errorCode);
    this.#output.copy(debug, 0, debug.length);
  }

  priorityUpdate(streamId: number, text: string): void {
    this.#output.begin(PRIORITY_UPDATE, 0, 0, 4 + text.length);
    this.#output.number(streamId);
    this.#output.copy(Buffer.from(text, 'latin1'), 0, text.length);
  }

  /** The output was taken: whoever waits for replies reads. */
  taken(): void {
    this.#replyBytes = 0;
  }

  #frame(type: number, flags: number, streamId: number, content: Uint8Array): void {
    this.#output.begin(type, flags, streamId, content.length);
    this.#output.copy(content, 0, content.length);
  }

  #countReply(bytes: number): void {
    this.#replyBytes += bytes + 9;
    if (this.#replyBytes <= UNREAD_REPLY_BYTES) return;
    throw http2Failure(
      `the peer does not read: more than ${UNREAD_REPLY_BYTES} bytes of replies to its frames wait`,
      { errorCode: ENHANCE_YOUR_CALM, fromPeer: false },
    );
  }
}
