// Types of frames.

/** Part of a body (RFC 9113 §6.1). */
export const DATA = 0x0;
/** A head, or trailers, or the beginning of them (§6.2). */
export const HEADERS = 0x1;
/** The tree of priorities that nobody heeds any more (§6.3). */
export const PRIORITY = 0x2;
/** The end of a stream before its time (§6.4). */
export const RST_STREAM = 0x3;
/** What the sender wants of its peer (§6.5). */
export const SETTINGS = 0x4;
/** A request of the server's own making (§6.6). */
export const PUSH_PROMISE = 0x5;
/** A question whether anybody is there (§6.7). */
export const PING = 0x6;
/** No more requests on this connection (§6.8). */
export const GOAWAY = 0x7;
/** More may be sent (§6.9). */
export const WINDOW_UPDATE = 0x8;
/** The rest of a header block (§6.10). */
export const CONTINUATION = 0x9;
/** How important a request has become (RFC 9218 §7.1). */
export const PRIORITY_UPDATE = 0x10;

// Flags; what a bit means depends on the type.

/** Of DATA and HEADERS: the sender has sent all. */
export const END_STREAM = 0x1;
/** Of SETTINGS and PING: an acknowledgement. */
export const ACK = 0x1;
/** Of HEADERS, PUSH_PROMISE and CONTINUATION: the header block is whole. */
export const END_HEADERS = 0x4;
/** Of DATA, HEADERS and PUSH_PROMISE: there is padding, and how much. */
export const PADDED = 0x8;
/** Of HEADERS: five bytes about the tree of priorities. */
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
