import type { NetworkErrorCode } from '@netaccess/core';

/** An `Error` that carries one of the NetworkError codes: what a reader of stored bytes rejects with. */
export interface PieceFailure extends Error {
  readonly code: NetworkErrorCode;
}

/** Makes the failure of a store; `message` names what was tried, and on what. */
export function pieceFailure(
  code: NetworkErrorCode,
  message: string,
  cause?: unknown,
): PieceFailure {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { code });
}

/** What a reader that was closed rejects with. */
export function readerClosed(): PieceFailure {
  return pieceFailure('operation-canceled', 'the reader of the stored bytes was closed');
}
