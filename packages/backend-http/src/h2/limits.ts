/** Over what time floods are counted. */
export const FLOOD_MILLISECONDS = 10_000;

/** What a peer may send in `FLOOD_MILLISECONDS`, by what it costs this side. Each is ENHANCE_YOUR_CALM when it is passed. */
export interface FloodLimits {
  /** Each has to be answered. */
  readonly pings: number;
  /** Each has to be applied to every stream and answered. */
  readonly settings: number;
  /** Streams that the peer resets, less replies that it completes: what was asked for is thrown away again and again. */
  readonly resets: number;
  /** DATA, HEADERS and CONTINUATION frames that carry nothing and end nothing. */
  readonly emptyFrames: number;
  /** DATA frames of less than `TINY_FRAME_BYTES` that end nothing. */
  readonly tinyFrames: number;
  /** PRIORITY frames: nobody heeds them any more. */
  readonly priorities: number;
  /** Frames of types that this side does not know, or needs not to know. */
  readonly unknownFrames: number;
  /** WINDOW_UPDATE frames beyond `WINDOW_UPDATES_PER_FRAME` for each DATA frame sent. */
  readonly windowUpdates: number;
  /** Frames for streams that are closed. */
  readonly lateFrames: number;
  /** Promises that were refused or broken. */
  readonly refusedPushes: number;
}

/** Far above what any real server does, far below what hurts. */
export const floodLimits: FloodLimits = {
  pings: 10_000,
  settings: 500,
  resets: 2000,
  emptyFrames: 1000,
  tinyFrames: 100_000,
  priorities: 1000,
  unknownFrames: 10_000,
  windowUpdates: 50_000,
  lateFrames: 50_000,
  refusedPushes: 1000,
};

/** A DATA frame with less in it costs more than it brings. */
export const TINY_FRAME_BYTES = 32;
/** Credit may come in small coins while there is something to send. */
export const WINDOW_UPDATES_PER_FRAME = 4;
/** A stream that ended may be followed by credit for what was sent on it. */
export const FRAMES_PER_REPLY = 4;
/** A stream that this side gave up goes on until the peer knows. */
export const FRAMES_PER_RESET = 128;
/** CONTINUATION frames in one header block. */
export const CONTINUATION_FRAMES = 128;
/** A header block may be so much larger than the list that comes of it: once, its table may be changed beside. */
export const HEADER_BLOCK_SLACK_BYTES = 16_384;
/** Fields in one head or trailer section. */
export const HEADER_FIELDS = 1000;
/** Interim replies before the final one. */
export const INTERIM_REPLIES = 32;
/** Replies to pings and settings, resets and credit that wait because the peer does not read. */
export const UNREAD_REPLY_BYTES: number = 256 * 1024;
/** How long a peer may take to acknowledge settings. */
export const SETTINGS_MILLISECONDS = 20_000;
/** How long an upload may be stopped by a window that never opens. */
export const WINDOW_MILLISECONDS = 120_000;
/** DATA that is taken together for one write. */
export const OUTPUT_BYTES: number = 256 * 1024;
/** DATA in one frame, even if the peer takes more: others wait for their turn. */
export const LARGEST_DATA_BYTES: number = 64 * 1024;
/** Streams of which is remembered that this side reset them, so that late frames are no fault. */
export const REMEMBERED_RESETS = 1024;
/** Bytes for closed streams beyond those that they were granted when they were closed. */
export const LATE_BYTES: number = 1024 * 1024;
/** What is sent to a peer as text of an error. */
export const DEBUG_TEXT_BYTES = 256;
/** Settings in one SETTINGS frame: those that are unknown cost time, too. */
export const SETTINGS_PER_FRAME = 64;
