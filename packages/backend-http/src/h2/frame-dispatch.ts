import type { BodyReceiver } from './body-receiver.ts';
import type { ControlReceiver } from './control-receiver.ts';
import { FRAME_SIZE_ERROR, PROTOCOL_ERROR } from './error-code.ts';
import type { Floods } from './floods.ts';
import type { Content, FrameHead, FrameSink } from './frame-reader.ts';
import {
  ACK,
  CONTINUATION,
  DATA,
  GOAWAY,
  HEADERS,
  PING,
  PRIORITY,
  PRIORITY_UPDATE,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './frame.ts';
import type { HeadReceiver } from './head-receiver.ts';
import { http2Failure, type Http2Failure } from './http2-failure.ts';

/** Those who receive frames. */
export interface FrameReceivers {
  readonly frameBytes: number;
  readonly floods: Floods;
  readonly heads: HeadReceiver;
  readonly bodies: BodyReceiver;
  readonly controls: ControlReceiver;
}

/** Hands frames to those who know them, and sees to it that they come in an order that they may have. */
export class FrameDispatch implements FrameSink {
  readonly #receivers: FrameReceivers;
  /** The peer's preface came: its settings (RFC 9113 §3.4). */
  #begun = false;

  constructor(receivers: FrameReceivers) {
    this.#receivers = receivers;
  }

  begin(frame: FrameHead): Content {
    const { type, length } = frame;
    const { bodies, controls, frameBytes, heads } = this.#receivers;
    if (!this.#begun) this.#beginConnection(frame);
    if (heads.openBlock !== 0 && (type !== CONTINUATION || frame.streamId !== heads.openBlock))
      throw fault('a header block that is interrupted by another frame');
    if (type === DATA) return bodies.begin(frame);
    if (length > frameBytes)
      throw fault(`a frame of ${length} bytes, more than was allowed`, FRAME_SIZE_ERROR);
    if (type === PRIORITY) {
      controls.priority(frame);
      return 'nothing';
    }
    if (type <= CONTINUATION) return 'whole';
    if (type === PRIORITY_UPDATE) throw fault('PRIORITY_UPDATE of a server (RFC 9218 §7.1)');
    // Other standards have frames of their own; who does not know them reads on (RFC 9113 §5.5).
    this.#receivers.floods.count('unknownFrames');
    return 'nothing';
  }

  #beginConnection({ type, flags }: FrameHead): void {
    if (type !== SETTINGS || (flags & ACK) !== 0)
      throw fault('the peer does not begin with settings: it may not speak HTTP/2');
    this.#begun = true;
  }

  piece(frame: FrameHead, bytes: Uint8Array, start: number, end: number, left: number): void {
    this.#receivers.bodies.take(frame, bytes, start, end, left);
  }

  whole(frame: FrameHead, bytes: Uint8Array, start: number, end: number): void {
    const { bodies, controls, heads } = this.#receivers;
    switch (frame.type) {
      case DATA:
        return bodies.take(frame, bytes, start, end, 0);
      case HEADERS:
        return heads.headers(frame, bytes, start, end);
      case RST_STREAM:
        return controls.reset(frame, bytes, start, end);
      case SETTINGS:
        return controls.settings(frame, bytes, start, end);
      case PUSH_PROMISE:
        return heads.pushPromise(frame, bytes, start, end);
      case PING:
        return controls.ping(frame, bytes, start, end);
      case GOAWAY:
        return controls.goAway(frame, bytes, start, end);
      case WINDOW_UPDATE:
        return controls.windowUpdate(frame, bytes, start, end);
      case CONTINUATION:
        return heads.continuation(frame, bytes, start, end);
      default:
    }
  }
}

function fault(what: string, errorCode: number = PROTOCOL_ERROR): Http2Failure {
  return http2Failure(what, { errorCode, fromPeer: false });
}
