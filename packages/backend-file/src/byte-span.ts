import type { ByteRange } from '@netaccess/core';

import { fileFailure } from './file-error.ts';
import type { Span } from './read-ahead.ts';

/** What the range names of a file that is `size` bytes long; throws for what is no range, and for one that starts beyond the end. */
export function byteSpan(range: ByteRange, size: number): Span {
  const { from, to } = range;
  const sound = isOffset(from) && (to === undefined || (isOffset(to) && to >= from));
  if (!sound) {
    throw fileFailure(
      'protocol-invalid-operation',
      `bytes ${from} to ${to ?? 'the end'} are no range`,
    );
  }
  if (from >= size && size > 0) {
    throw fileFailure(
      'unknown-content',
      `the range starts at byte ${from}, but the file has ${size} bytes`,
    );
  }
  return { position: Math.min(from, size), end: Math.min((to ?? size) + 1, size) };
}

function isOffset(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
