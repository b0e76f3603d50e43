import type { HeaderEntry, Reply } from '@netaccess/core';

import { cacheFailure } from './failure.ts';
import type { Question } from './question.ts';
import type { EntryReader, StoredEntry } from './store.ts';

/** Bytes of a part of the whole resource, both ends included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The caller's own conditions are about the reply that it has already. */
const conditions: ReadonlySet<string> = new Set([
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
]);

/** Asks the peer for a part of an entry whose store fails; `undefined`: nobody may be asked, or what comes are not surely the same bytes. */
export async function restFromPeer(
  { request, next, asked }: Question,
  { head: { validator } }: StoredEntry,
  span: Span,
): Promise<EntryReader | undefined> {
  const { attributes } = request;
  const alone = attributes.cacheLoadControl === 'always-cache' || asked.control.onlyIfCached;
  if (alone || validator === undefined) return undefined;
  const headers = request.headers.filter(
    ([name]: HeaderEntry) => !conditions.has(name.toLowerCase()),
  );
  const range = { ...span, validator };
  const reply = await next({ ...request, headers, attributes: { ...attributes, range } });
  const skipped = bytesBefore(reply, validator, span.from);
  if (skipped !== undefined) return new RestReader(reply, skipped, span.to - span.from + 1);
  await reply.close();
  return undefined;
}

/** How many bytes of the reply come before the part; `undefined`: it has not this part of the same bytes. */
function bytesBefore(reply: Reply, validator: string, from: number): number | undefined {
  if (reply.error !== undefined || reply.redirect !== undefined) return undefined;
  if (reply.validator !== validator) return undefined;
  const first = reply.range?.from ?? 0;
  return first <= from ? from - first : undefined;
}

const nothing = new Uint8Array(0);

/** Some bytes from the middle of a reply. */
class RestReader implements EntryReader {
  readonly #reply: Reply;
  readonly #views: AsyncIterator<Uint8Array>;
  #skipped: number;
  #left: number;
  #view: Uint8Array = nothing;

  constructor(reply: Reply, skipped: number, left: number) {
    this.#reply = reply;
    this.#views = reply.views()[Symbol.asyncIterator]();
    this.#skipped = skipped;
    this.#left = left;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#view.length > 0 || this.#left === 0 ? this.#view : this.#next();
  }

  advanceReadPointer(distance: number): void {
    this.#view = this.#view.subarray(distance);
    this.#left -= distance;
  }

  close(): Promise<void> {
    return this.#reply.close();
  }

  async #next(): Promise<Uint8Array> {
    while (this.#view.length === 0) {
      const { done, value } = await this.#views.next();
      if (done === true) throw tooShort(this.#left);
      const before = Math.min(this.#skipped, value.length);
      this.#skipped -= before;
      this.#view = value.subarray(before, before + this.#left);
    }
    return this.#view;
  }
}

function tooShort(left: number): Error {
  return cacheFailure('remote-host-closed', `the peer's part ended ${left} bytes too early`, {
    temporary: true,
  });
}
