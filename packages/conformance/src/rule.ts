import { isNetworkErrorCode } from '@netaccess/core';
import type { NetworkErrorCode } from '@netaccess/core';

/** An error as the contract wants it: with one of Qt's words. */
export type CodedError = Error & { readonly code: NetworkErrorCode };

/** Throws what is wrong unless the rule is kept. */
export function check(kept: boolean, wrong: string): asserts kept {
  if (!kept) throw new Error(wrong);
}

/** Throws unless both are the same bytes; says where they part. */
export function checkBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const common = Math.min(actual.length, expected.length);
  for (let index = 0; index < common; index++) {
    if (actual[index] === expected[index]) continue;
    throw new Error(`${what}: byte ${index} is ${actual[index]} instead of ${expected[index]}`);
  }
  check(
    actual.length === expected.length,
    `${what}: ${actual.length} bytes instead of ${expected.length}`,
  );
}

/** Throws unless `error` is an `Error` with one of the NetworkError codes and a message. */
export function checkCoded(error: unknown, what: string): asserts error is CodedError {
  check(error instanceof Error, `${what} failed with ${String(error)}, which is not an Error`);
  const code = 'code' in error ? error.code : undefined;
  check(
    typeof code === 'string' && isNetworkErrorCode(code),
    `${what} failed with the code ${String(code)}, which is none of networkErrorCodes: ${error.message}`,
  );
  check(error.message !== '', `${what} failed with ${code} and no message`);
}

/** An error in one line, with its code. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `${String(error)} (not an Error)`;
  return 'code' in error ? `${error.message} [${String(error.code)}]` : error.message;
}
