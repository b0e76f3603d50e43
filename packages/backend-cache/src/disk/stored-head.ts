import type { StoredHead } from '../store.ts';

/** Whether something that was written as JSON is a head. A file may hold anything, and its checksum is no signature. */
export function isStoredHead(value: unknown): value is StoredHead {
  if (!isRecord(value)) return false;
  return (
    typeof value['url'] === 'string' &&
    isPairs(value['headers'], isString) &&
    isPairs(value['vary'], isStringOrNull) &&
    isFinite(value['requestedAt']) &&
    isFinite(value['receivedAt']) &&
    isOptional(value['trailers'], (trailers) => isPairs(trailers, isString)) &&
    isOptional(value['status'], isStatus) &&
    isOptional(value['redirect'], isRedirect) &&
    isOptional(value['error'], isFailure) &&
    isOptional(value['validator'], isString) &&
    isOptional(value['length'], isCount) &&
    isOptional(value['range'], isRange) &&
    isOptional(value['secured'], (secured) => secured === 'verified') &&
    isOptional(value['uselessAt'], isFinite)
  );
}

/** Whether this is an object with members. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether this can be a number of bytes. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isStringOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isPairs(value: unknown, is: (value: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  return value.every(
    (pair: unknown) =>
      Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && is(pair[1]),
  );
}

function isStatus(value: unknown): boolean {
  return isRecord(value) && isCount(value['code']) && isString(value['reason']);
}

function isRedirect(value: unknown): boolean {
  return isRecord(value) && isString(value['url']) && typeof value['keepOperation'] === 'boolean';
}

function isFailure(value: unknown): boolean {
  return (
    isRecord(value) &&
    isString(value['code']) &&
    isString(value['message']) &&
    isOptional(value['temporary'], (temporary) => typeof temporary === 'boolean')
  );
}

function isRange(value: unknown): boolean {
  return (
    isRecord(value) &&
    isCount(value['from']) &&
    isCount(value['to']) &&
    isOptional(value['total'], isCount)
  );
}
