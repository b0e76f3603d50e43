import type { NetworkErrorCode } from '@netaccess/core';

/** An error that core wraps by the code that it carries. */
export function dataFailure(code: NetworkErrorCode, message: string): Error {
  return Object.assign(new Error(message), { code });
}
