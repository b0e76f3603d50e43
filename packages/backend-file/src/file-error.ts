import type { NetworkErrorCode } from '@netaccess/core';

/** What a failure says beyond its code and message. */
export interface FailureDetails {
  readonly cause?: unknown;
  /** Sending the same again may succeed. */
  readonly temporary?: boolean | undefined;
}

/** An error that core wraps by the code that it carries. */
export function fileFailure(
  code: NetworkErrorCode,
  message: string,
  details: FailureDetails = {},
): Error {
  const { cause, temporary = false } = details;
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), {
    code,
    temporary,
  });
}

/** What a transfer rejects with that was closed while it was pending. */
export function closedFailure(): Error {
  return fileFailure('operation-canceled', 'the transfer was closed');
}

/** A code of the system's, and Qt's word for it; whatever is not listed is a failure of reading or writing: `protocol-failure`. */
const words: Readonly<Record<string, NetworkErrorCode>> = {
  ENOENT: 'content-not-found',
  ENOTDIR: 'content-not-found',
  ENAMETOOLONG: 'content-not-found',
  ELOOP: 'content-not-found',
  EACCES: 'content-access-denied',
  EPERM: 'content-access-denied',
  EROFS: 'content-access-denied',
  ETXTBSY: 'content-access-denied',
  EISDIR: 'content-operation-not-permitted',
  ENXIO: 'content-operation-not-permitted',
  ENODEV: 'content-operation-not-permitted',
  ENOTSUP: 'content-operation-not-permitted',
  ESTALE: 'content-gone',
  EMFILE: 'service-unavailable',
  ENFILE: 'service-unavailable',
  ENOMEM: 'service-unavailable',
  EBUSY: 'service-unavailable',
};

/** A failed call of the system's as a failure with a code; `doing` is what was tried, with the path. */
export function systemFailure(error: unknown, doing: string): Error {
  const name = systemCode(error);
  const code = words[name] ?? 'protocol-failure';
  const reason = error instanceof Error ? withoutPath(error.message) : String(error);
  return fileFailure(code, `cannot ${doing}: ${reason}`, {
    cause: error,
    temporary: code === 'service-unavailable',
  });
}

/** The same promise, but for what it rejects with. */
export async function systemCall<Value>(call: Promise<Value>, doing: string): Promise<Value> {
  try {
    return await call;
  } catch (error) {
    throw systemFailure(error, doing);
  }
}

/** `ENOENT` and the like; empty for an error that is not the system's. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Node appends the call and the path as it is, which may hold anything. */
function withoutPath(message: string): string {
  return message.split(', ', 1)[0] ?? message;
}
