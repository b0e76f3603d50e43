import type { NetworkErrorCode } from '@netaccess/core';

/** An `Error` that carries one of the NetworkError codes. */
export interface CacheFailure extends Error {
  readonly code: NetworkErrorCode;
  readonly temporary: boolean;
}

/** Makes what this package rejects with; core adds the URL. */
export function cacheFailure(
  code: NetworkErrorCode,
  message: string,
  details: { readonly cause?: unknown; readonly temporary?: boolean | undefined } = {},
): CacheFailure {
  const { cause, temporary = false } = details;
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { code, temporary });
}
