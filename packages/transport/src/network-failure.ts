import type { NetworkErrorCode } from '@netaccess/core';

/** An `Error` that carries one of the NetworkError codes. Core wraps it with the URL that was asked for. */
export interface NetworkFailure extends Error {
  readonly code: NetworkErrorCode;
  readonly temporary: boolean;
}

/** What a failure says beyond its message. */
export interface NetworkFailureDetails {
  readonly cause?: unknown;
  /** Sending the same again may succeed. */
  readonly temporary?: boolean | undefined;
}

/** Makes what a channel, a connector or a protocol over them rejects with; `message` names host, port and what was tried. */
export function networkFailure(
  code: NetworkErrorCode,
  message: string,
  details: NetworkFailureDetails = {},
): NetworkFailure {
  const error = details.cause === undefined ? new Error(message) : new Error(message, details);
  return Object.assign(error, { code, temporary: details.temporary ?? false });
}
