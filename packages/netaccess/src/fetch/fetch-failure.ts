import { NetworkError } from '@netaccess/core';

/** What `fetch` rejects with: the reason of an aborted signal, or a `TypeError` whose `cause` is the `NetworkError`. */
export function failure(
  error: unknown,
  signal: AbortSignal | undefined,
  message = 'fetch failed',
): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (!NetworkError.is(error)) return error;
  return new TypeError(`${message}: ${error.message}`, { cause: error });
}
