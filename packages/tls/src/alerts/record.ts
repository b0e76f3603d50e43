/** Types of records (RFC 8446 §5.1, RFC 5246 §6.2.1). */
export const recordTypes = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** Type, version and length. */
export const HEADER_BYTES = 5;

/** Content of a record at most (RFC 5246 §6.2.3), which is more than TLS 1.3 allows. */
export const MOST_RECORD_BYTES: number = 16_384 + 2048;

/** A record with its header; the version is what TLS 1.2 and 1.3 say there. */
export function record(type: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(type, 3, 3, length >> 8, length & 0xff), ...content]);
}
