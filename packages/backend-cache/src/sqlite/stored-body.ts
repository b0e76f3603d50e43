import { pieceChecksum } from '../pieces/checksum.ts';
import { damagedPiece } from '../pieces/piece-failure.ts';
import type { ByteSource } from '../pieces/source-reader.ts';
import type { Database } from './database.ts';

/** Bytes of a piece: what a body holds in memory at a time. */
export const pieceBytes = 65_536;

const pieceByNumber = 'SELECT checksum, bytes FROM pieces WHERE body = ? AND number = ?';

/** A piece as it was written; fails if it is not there or has changed. */
export function readPiece(database: Database, body: number, number: number): Uint8Array {
  const row = database.get(pieceByNumber, body, number);
  const bytes = row?.['bytes'];
  if (!(bytes instanceof Uint8Array)) throw damagedPiece(body, number, 'is missing');
  if (pieceChecksum(body, number, bytes) !== row?.['checksum']) {
    throw damagedPiece(body, number, 'has changed');
  }
  return bytes;
}

/** The bytes of a pinned body. `whenDamaged` is told before a read fails. */
export function storedBody(
  database: Database,
  body: number,
  ends: { readonly whenDamaged: () => void; readonly close: () => void },
): ByteSource {
  return {
    at(position) {
      const number = Math.floor(position / pieceBytes);
      try {
        return readPiece(database, body, number).subarray(position % pieceBytes);
      } catch (error) {
        ends.whenDamaged();
        throw error;
      }
    },
    close: ends.close,
  };
}

/** Bytes that are in memory already, from `start` on. */
export function readBytes(bytes: Uint8Array, start: number): ByteSource {
  return { at: (position) => bytes.subarray(position - start), close: () => undefined };
}
