/** Sequence number of a record as the eight bytes that the standards have for it. */
export function sequenceBytes(sequence: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.floor(sequence / 2 ** 32), 0);
  bytes.writeUInt32BE(sequence % 2 ** 32, 4);
  return bytes;
}

/** The IV with the sequence number added to its end (RFC 8446 §5.3, RFC 7905 §2). */
export function recordNonce(iv: Uint8Array, sequence: number): Uint8Array {
  const nonce = new Uint8Array(iv.length);
  writeNonce(nonce, 0, { iv, sequence });
  return nonce;
}

/** The same, into memory that is used again. */
export function writeNonce(
  target: Uint8Array,
  offset: number,
  { iv, sequence }: { readonly iv: Uint8Array; readonly sequence: number },
): void {
  let left = sequence;
  for (let at = iv.length - 1; at >= 0; at -= 1) {
    target[offset + at] = iv[at]! ^ (left % 256);
    left = Math.floor(left / 256);
  }
}
