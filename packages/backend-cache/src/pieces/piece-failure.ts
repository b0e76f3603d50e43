import type { NetworkErrorCode } from '@netaccess/core';

/** An `Error` that carries one of the NetworkError codes: what a reader of stored bytes rejects with. */
export interface PieceFailure extends Error {
  readonly code: NetworkErrorCode;
  readonly temporary: boolean;
}

/** Makes the failure of a store; `message` names what was tried, and on what. */
export function pieceFailure(
  code: NetworkErrorCode,
  message: string,
  details: { readonly cause?: unknown; readonly temporary?: boolean } = {},
): PieceFailure {
  const { cause, temporary = false } = details;
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { code, temporary });
}

/** What a reader rejects with whose bytes are not what was written: asking the network again gives better ones. */
export function damagedPiece(body: number | string, number: number, what: string): PieceFailure {
  return pieceFailure('unknown-content', `piece ${number} of the stored body ${body} ${what}`, {
    temporary: true,
  });
}

/** What a reader that was closed rejects with. */
export function readerClosed(): PieceFailure {
  return pieceFailure('operation-canceled', 'the reader of the stored bytes was closed');
}
