import { FLOW_CONTROL_ERROR, PROTOCOL_ERROR } from './error-code.ts';
import {
  FIRST_WINDOW_BYTES,
  LARGEST_31_BITS,
  LEAST_MAXIMUM_FRAME_BYTES,
  read32Bits,
} from './frame.ts';
import { http2Failure, type Http2Failure } from './http2-failure.ts';
import type { CompleteHttp2Options } from './http2-options.ts';

/** RFC 9113 §6.5.2, RFC 8441 §3, RFC 9218 §2.1. */
const HEADER_TABLE_SIZE = 0x1;
const ENABLE_PUSH = 0x2;
const MAX_CONCURRENT_STREAMS = 0x3;
const INITIAL_WINDOW_SIZE = 0x4;
const MAX_FRAME_SIZE = 0x5;
const MAX_HEADER_LIST_SIZE = 0x6;
const ENABLE_CONNECT_PROTOCOL = 0x8;
const NO_RFC7540_PRIORITIES = 0x9;

/** Identifier and value. */
export const SETTING_BYTES = 6;

/** What the peer said it takes. */
export interface PeerSettings {
  readonly headerTableBytes: number;
  /** The least that it was in the frame that came last: the table was that small for a moment (RFC 7541 §4.2). */
  readonly leastHeaderTableBytes: number;
  readonly concurrentStreams: number;
  readonly windowBytes: number;
  readonly frameBytes: number;
  /** Advice: larger request heads may be refused. */
  readonly headerListBytes: number;
  /** CONNECT with `:protocol` (RFC 8441). */
  readonly extendedConnect: boolean;
  /** The peer heeds no priorities but those of RFC 9218. */
  readonly ignoresOldPriorities: boolean;
}

type Changing = { -readonly [Key in keyof PeerSettings]: PeerSettings[Key] };

/** What holds until the peer says something: RFC 9113 §6.5.2, and as many streams as it recommends. */
export const firstPeerSettings: PeerSettings = {
  headerTableBytes: 4096,
  leastHeaderTableBytes: 4096,
  concurrentStreams: 100,
  windowBytes: FIRST_WINDOW_BYTES,
  frameBytes: LEAST_MAXIMUM_FRAME_BYTES,
  headerListBytes: Infinity,
  extendedConnect: false,
  ignoresOldPriorities: false,
};

/** The settings after those of one frame, which lie from `start` to `end`. Throws for values that none may have. */
export function changedSettings(
  before: PeerSettings,
  bytes: Uint8Array,
  start: number,
  end: number,
): PeerSettings {
  const changing: Changing = { ...before, leastHeaderTableBytes: before.headerTableBytes };
  for (let at = start; at < end; at += SETTING_BYTES) {
    const id = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    change(changing, id, read32Bits(bytes, at + 2));
  }
  return changing;
}

function change(settings: Changing, id: number, value: number): void {
  switch (id) {
    case HEADER_TABLE_SIZE:
      settings.headerTableBytes = value;
      settings.leastHeaderTableBytes = Math.min(settings.leastHeaderTableBytes, value);
      return;
    case ENABLE_PUSH:
      if (value !== 0) throw fault(`a server set ENABLE_PUSH to ${value}`);
      return;
    case MAX_CONCURRENT_STREAMS:
      settings.concurrentStreams = value;
      return;
    case INITIAL_WINDOW_SIZE:
      if (value > LARGEST_31_BITS)
        throw fault(`INITIAL_WINDOW_SIZE of ${value}`, FLOW_CONTROL_ERROR);
      settings.windowBytes = value;
      return;
    case MAX_FRAME_SIZE:
      if (value < LEAST_MAXIMUM_FRAME_BYTES || value >= 2 ** 24)
        throw fault(`MAX_FRAME_SIZE of ${value}`);
      settings.frameBytes = value;
      return;
    case MAX_HEADER_LIST_SIZE:
      settings.headerListBytes = value;
      return;
    case ENABLE_CONNECT_PROTOCOL:
      if (value > 1 || (settings.extendedConnect && value === 0))
        throw fault(`ENABLE_CONNECT_PROTOCOL of ${value}`);
      settings.extendedConnect = value === 1;
      return;
    case NO_RFC7540_PRIORITIES:
      if (value > 1) throw fault(`NO_RFC7540_PRIORITIES of ${value}`);
      settings.ignoresOldPriorities = value === 1;
      return;
    default:
    // A setting of another standard, which concerns those who know it (RFC 9113 §6.5.2).
  }
}

function fault(what: string, errorCode: number = PROTOCOL_ERROR): Http2Failure {
  return http2Failure(what, { errorCode, fromPeer: false });
}

/**
 * What this side says of itself, as the content of a SETTINGS frame. What holds anyway is left out: some servers would answer a size of
 * the table that is no news with an update in the middle of a header block.
 */
export function ownSettings(options: CompleteHttp2Options): Uint8Array {
  const { headerTableBytes, frameBytes, streamBytes, headerListBytes, pushAllowed } = options;
  const pairs: (readonly [number, number])[] = [
    [ENABLE_PUSH, pushAllowed ? 1 : 0],
    [INITIAL_WINDOW_SIZE, streamBytes],
    [MAX_HEADER_LIST_SIZE, headerListBytes],
    [NO_RFC7540_PRIORITIES, 1],
  ];
  if (headerTableBytes !== firstPeerSettings.headerTableBytes)
    pairs.push([HEADER_TABLE_SIZE, headerTableBytes]);
  if (frameBytes !== firstPeerSettings.frameBytes) pairs.push([MAX_FRAME_SIZE, frameBytes]);
  if (pushAllowed) pairs.push([MAX_CONCURRENT_STREAMS, options.pushedStreams]);
  const bytes = new Uint8Array(pairs.length * SETTING_BYTES);
  const numbers = new DataView(bytes.buffer);
  for (const [index, [id, value]] of pairs.entries()) {
    numbers.setUint16(index * SETTING_BYTES, id);
    numbers.setUint32(index * SETTING_BYTES + 2, value);
  }
  return bytes;
}
