import type { Upload } from '@netaccess/core';

import { check } from './rule.ts';

/** What the kit writes over a view that was given back. */
export const poison = 0xdb;
const viewBytes = 4_096;

/** How an upload of the kit behaves. */
export interface LendingUploadOptions {
  /** Bytes of one view; default 4,096. */
  readonly viewBytes?: number | undefined;
  readonly resettable?: boolean | undefined;
  /** What it says its length is; `unknown` for nothing. Default: the truth. */
  readonly length?: number | 'unknown' | undefined;
  /** Lends through an `Iterable` instead of an `AsyncIterable`. */
  readonly synchronous?: boolean | undefined;
  /** Its `return()` never settles, like that of an async generator that waits for something itself. */
  readonly returnStalls?: boolean | undefined;
  /** Called when a view is asked for, with how many were lent; may fail, or wait for ever. */
  readonly beforeView?: ((lent: number) => void | Promise<void>) | undefined;
}

/** An upload that lends one recycled piece of memory and poisons it as soon as the next view is asked for. */
export class LendingUpload implements Upload {
  readonly resettable: boolean;
  readonly length: number | undefined;
  /** How often `open` was called. */
  openings = 0;
  /** How often the reader left before the end and said so. */
  returns = 0;
  /** How often the end was reached. */
  ends = 0;
  readonly #bytes: Uint8Array;
  readonly #options: LendingUploadOptions;

  constructor(bytes: Uint8Array, options: LendingUploadOptions = {}) {
    this.#bytes = bytes;
    this.#options = options;
    this.resettable = options.resettable ?? false;
    this.length = options.length === 'unknown' ? undefined : (options.length ?? bytes.length);
  }

  get opened(): boolean {
    return this.openings > 0;
  }

  open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    this.openings++;
    check(
      this.openings === 1 || this.resettable,
      'the upload was opened again, but it is not resettable (contract: Upload.resettable)',
    );
    const views = this.#views();
    if (this.#options.synchronous === true) {
      return { [Symbol.iterator]: () => ({ next: views.next, return: views.leave }) };
    }
    return { [Symbol.asyncIterator]: () => this.#asynchronous(views) };
  }

  #asynchronous(views: Views): AsyncIterator<Uint8Array> {
    const { beforeView, returnStalls } = this.#options;
    let lent = 0;
    let asking = false;
    return {
      async next() {
        check(!asking, 'the upload was asked for a view while it was asked for one already');
        asking = true;
        views.reclaim();
        await beforeView?.(lent++);
        asking = false;
        return views.next();
      },
      async return() {
        const left = views.leave();
        return await (returnStalls === true ? new Promise<never>(() => {}) : left);
      },
    };
  }

  #views(): Views {
    const size = this.#options.viewBytes ?? viewBytes;
    const memory = new Uint8Array(size);
    let offset = 0;
    const reclaim = (): void => {
      memory.fill(poison);
    };
    return {
      reclaim,
      next: () => {
        reclaim();
        if (offset >= this.#bytes.length) {
          this.ends++;
          return { done: true, value: undefined };
        }
        const piece = this.#bytes.subarray(offset, offset + size);
        memory.set(piece);
        offset += piece.length;
        return { done: false, value: memory.subarray(0, piece.length) };
      },
      leave: () => {
        reclaim();
        this.returns++;
        return { done: true, value: undefined };
      },
    };
  }
}

interface Views {
  reclaim(): void;
  next(this: void): IteratorResult<Uint8Array, undefined>;
  leave(this: void): IteratorResult<Uint8Array, undefined>;
}
