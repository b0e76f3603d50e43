/** Frame types of RFC 9113 §6 and RFC 9218 §7.1. */
export const DATA = 0x0;
export const HEADERS = 0x1;
export const PRIORITY = 0x2;
export const RST_STREAM = 0x3;
export const SETTINGS = 0x4;
export const PUSH_PROMISE = 0x5;
export const PING = 0x6;
export const GOAWAY = 0x7;
export const WINDOW_UPDATE = 0x8;
export const CONTINUATION = 0x9;
export const PRIORITY_UPDATE = 0x10;

/** Flags; what a bit means depends on the type. */
export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY_FLAG = 0x20;

/** Length, type, flags and stream identifier (RFC 9113 §4.1). */
export const FRAME_HEADER_BYTES = 9;
/** Every peer takes frames of this size (RFC 9113 §4.2). */
export const LEAST_MAXIMUM_FRAME_BYTES = 16_384;
/** Of a flow-control window (RFC 9113 §6.9.1), and the largest stream identifier. */
export const LARGEST_31_BITS: number = 2 ** 31 - 1;
/** What a window is before anybody says something else (RFC 9113 §6.9.2). */
export const FIRST_WINDOW_BYTES = 65_535;

/** Reads 31 bits; the first bit is reserved and means nothing. */
export function read31Bits(bytes: Uint8Array, at: number): number {
  return read32Bits(bytes, at) & 0x7fff_ffff;
}

/** Reads 32 bits as a positive number. */
export function read32Bits(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}
