import type { ByteRange, ReplyHead, Request, ZeroCopyBackend } from '@netaccess/core';

import { parseDataUrl } from './parse-data-url.ts';

const nothing = new Uint8Array(0);

/** Serves the bytes that a URL holds. All of it happens in `open`, at once; the body is lent whole. */
export class DataBackend implements ZeroCopyBackend {
  readonly #request: Request;
  #rest: Uint8Array = nothing;

  constructor(request: Request) {
    this.#request = request;
  }

  open(): ReplyHead {
    const { url, operation, attributes } = this.#request;
    const { mimeType, body } = parseDataUrl(url);
    const range = knownRange(attributes.range, body.length);
    const part = range === undefined ? body : body.subarray(range.from, range.to + 1);
    if (operation === 'get') this.#rest = part;
    return {
      url,
      headers: [
        ['Content-Type', mimeType],
        ['Content-Length', String(part.length)],
      ],
      length: this.#rest.length,
      range,
    };
  }

  readPointer(): Uint8Array {
    return this.#rest;
  }

  advanceReadPointer(distance: number): void {
    this.#rest = this.#rest.subarray(distance);
  }

  close(): Promise<void> {
    this.#rest = nothing;
    return Promise.resolve();
  }
}

/** A URL is its own only version, so a validator is of something else. What cannot be honoured is ignored: all of it comes. */
function knownRange(
  asked: ByteRange | undefined,
  total: number,
): { readonly from: number; readonly to: number; readonly total: number } | undefined {
  if (asked === undefined || asked.validator !== undefined) return undefined;
  const { from } = asked;
  const to = Math.min(asked.to ?? total - 1, total - 1);
  return from >= 0 && from <= to ? { from, to, total } : undefined;
}
