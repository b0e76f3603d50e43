import type { ByteRange, HeaderEntry, ReplyHead, Request } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import { singleFieldValue } from './field-lookup.ts';
import { fitsIfRange } from './validator.ts';

const contentRange = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i;

/** The fields that ask for `attributes.range`; none where HTTP cannot ask for exactly that. */
export function rangeFields(request: Request): readonly HeaderEntry[] {
  const { range } = request.attributes;
  if (range === undefined) return [];
  if (request.operation !== 'get' && request.operation !== 'head') {
    throw networkFailure(
      'protocol-invalid-operation',
      `http cannot ${request.operation} a part of a resource`,
    );
  }
  checkRange(range);
  if (request.operation === 'head') return [];
  const field: HeaderEntry = ['Range', `bytes=${range.from}-${range.to ?? ''}`];
  if (range.validator === undefined) return [field];
  return fitsIfRange(range.validator) ? [field, ['If-Range', range.validator]] : [];
}

function checkRange({ from, to }: ByteRange): void {
  const sound =
    Number.isSafeInteger(from) &&
    from >= 0 &&
    (to === undefined || (Number.isSafeInteger(to) && to >= from));
  if (!sound)
    throw networkFailure(
      'protocol-invalid-operation',
      `no range of bytes: ${JSON.stringify({ from, to })}`,
    );
}

/** What part a 206 holds. Throws if it is not what was asked for: its bytes would be put in the wrong place. */
export function partialRange(
  fields: readonly HeaderEntry[],
  asked: ByteRange | undefined,
  length: number | undefined,
): ReplyHead['range'] {
  const type = singleFieldValue(fields, 'content-type') ?? '';
  // Only a caller who wrote `Range` by hand gets several parts, and their framing with them.
  if (asked === undefined && /^multipart\/byteranges\b/i.test(type)) return undefined;
  const [, first, last, all] =
    contentRange.exec(singleFieldValue(fields, 'content-range') ?? '') ?? [];
  if (first === undefined) throw wrongPart('without a range of bytes in its Content-Range');
  const from = Number(first);
  const to = Number(last);
  const total = all === '*' ? undefined : Number(all);
  if (to < from || (total !== undefined && to >= total))
    throw wrongPart(`with the range ${from}-${to}/${all}`);
  if (length !== undefined && length !== to - from + 1) {
    throw wrongPart(`of ${length} bytes for the range ${from}-${to}`);
  }
  if (asked !== undefined && (from !== asked.from || to > (asked.to ?? Infinity))) {
    throw wrongPart(`with the range ${from}-${to}, not the one asked for`);
  }
  return { from, to, total };
}

function wrongPart(what: string): Error {
  return networkFailure('protocol-failure', `a partial reply ${what}`);
}
