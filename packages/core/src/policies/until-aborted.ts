import { canceled } from '../canceled.ts';
import type { Request } from '../contract.ts';
import { isPromise } from '../is-promise.ts';
import { Waiting } from '../waiting.ts';

/** What a caller's function gives, unless the request is aborted before it does. */
export async function untilAborted<Value>(
  value: Value | Promise<Value>,
  request: Request,
): Promise<Value> {
  if (request.signal?.aborted === true) {
    // Nobody waits for it any more, so nobody hears how it fails.
    if (isPromise(value)) void Promise.allSettled([value]);
    throw canceled(request);
  }
  return isPromise(value) && request.signal !== undefined
    ? new Waiting().until(value, request)
    : value;
}
