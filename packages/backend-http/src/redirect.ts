import { Buffer } from 'node:buffer';

import type { HeaderEntry, Operation, ReplyHead } from '@netaccess/core';

import { singleFieldValue } from './field-lookup.ts';

type Redirect = NonNullable<ReplyHead['redirect']>;

/** A `Location` that no URL can be made of. */
export const unparseable: unique symbol = Symbol('unparseable');

/** Where a reply points (RFC 9110 §15.4, WHATWG fetch); 305 would let a stranger name a proxy and is not followed. */
export function readRedirect(
  status: number,
  fields: readonly HeaderEntry[],
  asked: { readonly url: URL; readonly operation: Operation },
): Redirect | typeof unparseable | undefined {
  if (status !== 301 && status !== 302 && status !== 303 && status !== 307 && status !== 308)
    return undefined;
  if (!fields.some(([name]) => name.toLowerCase() === 'location')) return undefined;
  const location = singleFieldValue(fields, 'location');
  const url = location === undefined ? undefined : resolve(location, asked.url);
  if (url === undefined) return unparseable;
  return { url, keepOperation: keepsOperation(status, asked.operation) };
}

function resolve(location: string, base: URL): URL | undefined {
  const text = readable(location);
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  if (url.hash === '' && !text.includes('#')) url.hash = base.hash;
  return url;
}

/** Servers send URLs as raw UTF-8, some as other bytes: those are kept byte by byte, as browsers do. */
function readable(location: string): string {
  if (!/[\x80-\xff]/.test(location)) return location;
  const bytes = Buffer.from(location, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8: what the bytes mean is the server's secret.
    return location.replaceAll(
      /[\x80-\xff]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  }
}

function keepsOperation(status: number, operation: Operation): boolean {
  if (status === 303) return operation === 'head' || operation === 'get';
  if (status === 301 || status === 302) return operation !== 'post';
  return true;
}
