import type { Request } from './contract.ts';
import { NetworkError } from './error.ts';

/** Why a request with an aborted signal failed: a time limit of the caller's is a timeout, everything else was wanted. */
export function canceled(request: Request): NetworkError {
  const reason: unknown = request.signal?.reason;
  if (NetworkError.is(reason)) return reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  const details = { url: request.url, cause: reason };
  return timedOut
    ? new NetworkError('timeout', 'the time that the caller allowed is over', details)
    : new NetworkError('operation-canceled', 'the request was aborted', details);
}
