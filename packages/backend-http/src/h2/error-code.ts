// RFC 9113 §7. A peer may send others, which mean no more than INTERNAL_ERROR.

/** Nothing is wrong: the end of something that went well. */
export const NO_ERROR = 0x0;
/** A rule was broken that has no code of its own. */
export const PROTOCOL_ERROR = 0x1;
/** Whoever sends it failed. */
export const INTERNAL_ERROR = 0x2;
/** More came than a window allowed, or a window was made too large. */
export const FLOW_CONTROL_ERROR = 0x3;
/** Settings were not acknowledged in time. */
export const SETTINGS_TIMEOUT = 0x4;
/** Something came for a stream after its end. */
export const STREAM_CLOSED = 0x5;
/** A frame was of a size that it may not have. */
export const FRAME_SIZE_ERROR = 0x6;
/** Nothing was done for the stream: the request may be sent again. */
export const REFUSED_STREAM = 0x7;
/** The stream is wanted no more. */
export const CANCEL = 0x8;
/** A header block could not be decoded: nothing after it can. */
export const COMPRESSION_ERROR = 0x9;
/** What a tunnel led to was lost. */
export const CONNECT_ERROR = 0xa;
/** The peer does too much of something. */
export const ENHANCE_YOUR_CALM = 0xb;
/** The protection is too weak for what was asked. */
export const INADEQUATE_SECURITY = 0xc;
/** What was asked is to be had over HTTP/1.1 only. */
export const HTTP_1_1_REQUIRED = 0xd;

const names = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** The name that the standard gives to a code, or its number. */
export function errorCodeName(code: number): string {
  return names[code] ?? `error code ${code}`;
}
