import type { NetworkErrorCode } from '@netaccess/core';

import { cacheFailure } from '../failure.ts';

/** A code of the system's, and Qt's word for it; whatever is not listed is a failure of reading or writing: `protocol-failure`. */
const words: Readonly<Record<string, NetworkErrorCode>> = {
  EACCES: 'content-access-denied',
  EPERM: 'content-access-denied',
  EROFS: 'content-access-denied',
  EMFILE: 'service-unavailable',
  ENFILE: 'service-unavailable',
  ENOMEM: 'service-unavailable',
  EBUSY: 'service-unavailable',
};

/** A failed call of the system's; `doing` is what was tried. */
export function systemFailure(error: unknown, doing: string): Error {
  const code = words[systemCode(error)] ?? 'protocol-failure';
  const reason = error instanceof Error ? error.message : String(error);
  const temporary = code === 'service-unavailable';
  return cacheFailure(code, `cannot ${doing}: ${reason}`, { cause: error, temporary });
}

/** What a call on something closed fails with. */
export function closedFailure(what: string): Error {
  return cacheFailure('operation-canceled', `${what} was closed`);
}

/** What reading fails with that met damaged bytes; the entry is removed then, so that asking again is a miss. */
export function damageFailure(problem: string): Error {
  return cacheFailure('unknown-content', `the stored entry is damaged: ${problem}`, {
    temporary: true,
  });
}

/** `ENOENT` and the like; empty for an error that is not the system's. */
export function systemCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
