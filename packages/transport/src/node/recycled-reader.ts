import type { ViewSource } from '@netaccess/core';

import type { ReadBuffers } from './read-buffers.ts';

const nothing: Uint8Array = new Uint8Array(0);

/** What receives the bytes instead of readers; `false` stops reading. */
export type Diversion = (count: number, buffer: Buffer) => boolean;

/**
 * Reads one `net.Socket` through recycled memory. Small reads land in the shared scratch and are copied out at once; when reads come
 * large, a borrowed buffer is lent without a copy. Node asks for the next buffer right after each read, before the reader has run,
 * so what is decided in `#received` holds for the next read whatever happens in between.
 */
export class RecycledReader implements ViewSource {
  /** The option of that name of `net.connect`. */
  readonly onread: {
    buffer: () => Buffer;
    callback: (count: number, buffer: Uint8Array) => boolean;
  } = {
    buffer: () => this.#installed,
    // Node hands back what it was given last.
    callback: (count) => this.#received(count, this.#installed),
  };
  readonly #buffers: ReadBuffers;
  #start: () => void = () => undefined;
  /** What the next read goes to: the scratch, its probe, or the borrowed buffer. */
  #installed: Buffer;
  #borrowed: Buffer | undefined;
  /** Where the view of the borrowed buffer is that was not given back yet. */
  #lentAs: 'current' | 'next' | undefined;
  #current: Uint8Array = nothing;
  #next: Uint8Array | undefined;
  #stopped = false;
  #ended = false;
  #failure: Error | undefined;
  #diversion: Diversion | undefined;
  #waiting: Promise<Uint8Array> | undefined;
  #resolve: ((view: Uint8Array) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  constructor(buffers: ReadBuffers) {
    this.#buffers = buffers;
    this.#installed = buffers.scratch;
  }

  /** Names what makes the socket read on after it was stopped. */
  attach(start: () => void): void {
    this.#start = start;
  }

  /** True until the peer ended or something failed. */
  get readable(): boolean {
    return !this.#ended && this.#failure === undefined;
  }

  get hasUnread(): boolean {
    return this.#current.length > 0;
  }

  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#current.length > 0) return this.#current;
    if (this.#waiting !== undefined) return this.#waiting;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return nothing;
    const waiting = new Promise<Uint8Array>(this.#wait);
    this.#waiting = waiting;
    this.#resume();
    return waiting;
  }

  advanceReadPointer(distance: number): void {
    const left = this.#current.length - distance;
    if (distance === 0) return;
    if (!(left >= 0 && distance > 0)) {
      throw new RangeError(`cannot advance by ${distance}: ${this.#current.length} bytes are lent`);
    }
    if (left > 0) {
      this.#current = this.#current.subarray(distance);
      return;
    }
    if (this.#lentAs === 'current') this.#takeBack();
    this.#current = this.#next ?? nothing;
    this.#next = undefined;
    if (this.#lentAs === 'next') this.#lentAs = 'current';
  }

  /** Unread bytes stay readable; then comes the end. */
  end(): void {
    this.#ended = true;
    this.#detach();
    this.#settle()?.(nothing);
  }

  /** Unread bytes stay readable; then every read rejects. The first failure counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#detach();
    const reject = this.#reject;
    this.#settle();
    reject?.(this.#failure);
  }

  /** Nothing is read any more: unread bytes are dropped, but a view that is still lent is not rewritten. */
  close(error: Error): void {
    this.#current = nothing;
    this.#next = undefined;
    if (this.#lentAs !== undefined) this.#giveUpBorrowed();
    this.fail(error);
  }

  /** From now on, what comes goes to `diversion`, until it is `undefined` again. Reading goes on. */
  divert(diversion: Diversion | undefined): void {
    this.#diversion = diversion;
    if (diversion === undefined) return;
    this.#giveUpBorrowed();
    this.#resume();
  }

  /** Copies of all unread bytes, which are unread no longer. */
  takeUnread(): Buffer[] {
    const taken = [this.#current, this.#next ?? nothing]
      .filter((view) => view.length > 0)
      .map((view) => Buffer.from(view));
    this.#current = nothing;
    this.#next = undefined;
    if (this.#lentAs !== undefined) this.#takeBack();
    return taken;
  }

  readonly #wait = (resolve: (view: Uint8Array) => void, reject: (error: Error) => void): void => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  #settle(): ((view: Uint8Array) => void) | undefined {
    const resolve = this.#resolve;
    this.#waiting = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
    return resolve;
  }

  #resume(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#start();
  }

  /** Called by Node for each read; `false` stops reading before another byte is taken from the kernel. */
  #received(count: number, buffer: Buffer): boolean {
    if (this.#diversion !== undefined) {
      this.#installed = this.#buffers.scratch;
      this.#stopped = !this.#diversion(count, buffer);
      return !this.#stopped;
    }
    const filled = count === buffer.length;
    const recycled = buffer === this.#borrowed;
    if (recycled) {
      if (!filled) this.#installed = this.#buffers.probe;
      this.#offer(filled ? buffer : buffer.subarray(0, count), true);
    } else {
      this.#installed = filled ? this.#large() : this.#buffers.scratch;
      this.#offer(copyOf(buffer, count), false);
    }
    this.#stopped =
      this.#next !== undefined ||
      (this.#lentAs !== undefined && this.#installed === this.#borrowed);
    return !this.#stopped;
  }

  #offer(view: Uint8Array, lent: boolean): void {
    if (this.#current.length > 0) {
      this.#next = view;
      if (lent) this.#lentAs = 'next';
      return;
    }
    this.#current = view;
    if (lent) this.#lentAs = 'current';
    if (this.#resolve !== undefined) this.#settle()?.(view);
  }

  #large(): Buffer {
    this.#borrowed ??= this.#buffers.borrow();
    return this.#borrowed ?? this.#buffers.scratch;
  }

  /** The socket reads no more, so what is not lent can go back. */
  #detach(): void {
    this.#installed = this.#buffers.scratch;
    if (this.#lentAs === undefined) this.#takeBack();
  }

  /** The view of the borrowed buffer is given back; the buffer too, unless the next read goes to it. */
  #takeBack(): void {
    this.#lentAs = undefined;
    if (this.#borrowed === undefined || this.#installed === this.#borrowed) return;
    this.#buffers.release(this.#borrowed);
    this.#borrowed = undefined;
  }

  /** What the next read goes to cannot be changed now, so it must not be lent to another channel. */
  #giveUpBorrowed(): void {
    if (this.#borrowed === undefined) return;
    this.#buffers.forget();
    this.#borrowed = undefined;
    this.#lentAs = undefined;
  }
}

function copyOf(buffer: Buffer, count: number): Buffer {
  const copy = Buffer.allocUnsafe(count);
  buffer.copy(copy, 0, 0, count);
  return copy;
}
