import type { ByteRange } from '@netaccess/core';

import { ftpFailure } from './reply-error.ts';

/** Throws for what is no range of bytes. */
export function checkRange({ from, to }: ByteRange): void {
  const sound = isOffset(from) && (to === undefined || (isOffset(to) && to >= from));
  if (!sound) {
    throw ftpFailure(
      'protocol-invalid-operation',
      `bytes ${from} to ${to ?? 'the end'} are no range`,
    );
  }
}

function isOffset(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
