/** Sequence number of a record as the eight bytes that the standards have for it. */
export function sequenceBytes(sequence: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.floor(sequence / 2 ** 32), 0);
  bytes.writeUInt32BE(sequence % 2 ** 32, 4);
  return bytes;
}

/** The IV with the sequence number added to its end (RFC 8446 §5.3, RFC 7905 §2). */
export function recordNonce(iv: Uint8Array, sequence: number): Uint8Array {
  const nonce = Uint8Array.from(iv);
  const start = nonce.length - 8;
  for (const [index, byte] of sequenceBytes(sequence).entries()) nonce[start + index]! ^= byte;
  return nonce;
}
