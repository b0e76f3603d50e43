import { crc32 } from 'node:zlib';

/** Of a piece: it knows where it belongs, so that one in the place of another is noticed. */
export function pieceChecksum(body: number | string, number: number, bytes: Uint8Array): number {
  return crc32(bytes, crc32(`${body}:${number}:${bytes.length}`));
}

/** Of what stands beside the bytes. */
export function headChecksum(body: number | string, key: string, head: string): number {
  return crc32(head, crc32(`${body}:${key}`));
}
