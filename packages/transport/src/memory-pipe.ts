import type { ViewSource } from '@netaccess/core';

import { networkFailure } from './network-failure.ts';
const nothing: Uint8Array = new Uint8Array(0);
/** What a writer may be ahead of the reader, as in a kernel's buffer. */
const CAPACITY_BYTES = 64 * 1024;
/** What a view holds after it was given back: whoever still looks at it reads this. */
const POISON = 0xa5;

interface PendingWrite {
  readonly views: Uint8Array[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One direction of a memory channel: bytes are copied in up to the capacity, and lent out of the copies. */
export class MemoryPipe implements ViewSource {
  readonly #chunks: Uint8Array[] = [];
  readonly #writes: PendingWrite[] = [];
  #unreadBytes = 0;
  #ending: (() => void)[] | undefined;
  #ended = false;
  #readFailure: Error | undefined;
  #writeFailure: Error | undefined;
  #waiting: Promise<Uint8Array> | undefined;
  #resolve: ((view: Uint8Array) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #onArrival: (() => void) | undefined;

  get hasUnread(): boolean {
    return this.#unreadBytes > 0;
  }

  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** No more comes than what is unread. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The reader is gone. */
  get broken(): boolean {
    return this.#writeFailure !== undefined;
  }

  /** Calls when bytes or an end come that nobody waits for. */
  watch(onArrival: (() => void) | undefined): void {
    this.#onArrival = onArrival;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    const [first] = this.#chunks;
    if (this.#readFailure !== undefined) return Promise.reject(this.#readFailure);
    if (first !== undefined) return first;
    if (this.#ended) return nothing;
    this.#waiting ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#waiting;
  }

  advanceReadPointer(distance: number): void {
    const [first = nothing] = this.#chunks;
    if (!(distance >= 0 && distance <= first.length)) {
      throw new RangeError(`cannot advance by ${distance}: ${first.length} bytes are lent`);
    }
    if (first.length === 0) return;
    const rest = new Uint8Array(first.subarray(distance));
    first.fill(POISON);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#unreadBytes -= distance;
    this.#admit();
  }

  write(views: readonly Uint8Array[]): void | Promise<void> {
    if (this.#writeFailure !== undefined) return Promise.reject(this.#writeFailure);
    if (this.#ended || this.#ending !== undefined) {
      return Promise.reject(
        networkFailure('protocol-invalid-operation', 'written after the end of a memory channel'),
      );
    }
    const left = views.filter((view) => view.length > 0);
    if (this.#writes.length === 0) this.#copyIn(left);
    if (left.length === 0) return undefined;
    return new Promise((resolve, reject) => this.#writes.push({ views: left, resolve, reject }));
  }

  /** Resolves when all that was written is on its way. */
  end(): Promise<void> {
    if (this.#writeFailure !== undefined) return Promise.reject(this.#writeFailure);
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ending ??= [];
      this.#ending.push(resolve);
      this.#admit();
    });
  }

  /** The writer is gone: what was copied in can still be read, then comes the end. */
  abandonWriting(error: Error): void {
    this.#failWrites(error);
    this.#finish();
  }

  /** The reader is gone: unread bytes are dropped. */
  abandonReading(readError: Error, writeError: Error): void {
    this.#readFailure ??= readError;
    for (const chunk of this.#chunks) chunk.fill(POISON);
    this.#chunks.length = 0;
    this.#unreadBytes = 0;
    this.#onArrival = undefined;
    const reject = this.#reject;
    this.#settle();
    reject?.(readError);
    this.#failWrites(writeError);
  }

  #failWrites(error: Error): void {
    this.#writeFailure ??= error;
    for (const write of this.#writes.splice(0)) write.reject(error);
  }

  #admit(): void {
    for (let [write] = this.#writes; write !== undefined; [write] = this.#writes) {
      this.#copyIn(write.views);
      if (write.views.length > 0) return;
      this.#writes.shift();
      write.resolve();
    }
    if (this.#ending !== undefined) this.#finish();
  }

  #finish(): void {
    this.#ended = true;
    for (const resolve of this.#ending ?? []) resolve();
    this.#ending = undefined;
    this.#arrived(nothing);
  }

  /** Takes from the front of `views` what the capacity has room for. */
  #copyIn(views: Uint8Array[]): void {
    for (let [view] = views; view !== undefined; [view] = views) {
      // `slice` of a Buffer copies nothing.
      const chunk = new Uint8Array(view.subarray(0, CAPACITY_BYTES - this.#unreadBytes));
      if (chunk.length === 0) return;
      this.#chunks.push(chunk);
      this.#unreadBytes += chunk.length;
      this.#arrived(chunk);
      if (chunk.length < view.length) views[0] = view.subarray(chunk.length);
      else views.shift();
    }
  }

  #arrived(view: Uint8Array): void {
    this.#settle()?.(view);
    this.#onArrival?.();
  }

  #settle(): ((view: Uint8Array) => void) | undefined {
    const resolve = this.#resolve;
    this.#waiting = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
    return resolve;
  }
}
