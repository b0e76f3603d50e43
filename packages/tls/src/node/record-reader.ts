import type { ViewSource } from '@netaccess/core';

import { LONGEST_RECORD_BYTES } from './record-buffers.ts';
import type { RecordBuffers } from './record-buffers.ts';
import { RecordRing } from './record-ring.ts';
import type { OnRead, ReplaceBuffer } from './recycled-read.ts';

const nothing: Uint8Array = new Uint8Array(0);

/** Reading stops when copies of so much wait beside the lent view. */
const MOST_COPIED_BYTES = 32 * 1024;
/** Reading stops when so much of the ring waits beside the lent view. */
const MOST_RING_BYTES = 64 * 1024;
/** A channel that went idle so often with a record announced to its ring reads by copies from then on: each time costs Node memory. */
const MOST_REPLACEMENTS = 1000;

/** What makes the socket read on, or stop where `false` does not. */
export interface ReadControl {
  readonly resume: () => void;
  readonly pause?: (() => void) | undefined;
  /** Ends what `take` is called by. */
  readonly detach?: (() => void) | undefined;
}

/** What receives the bytes instead of readers; `false` stops reading. */
export type Diversion = (bytes: Uint8Array) => boolean;

/**
 * Reads one TLS socket through recycled memory. A whole record announces a stream, whose next ones go to a borrowed ring and are lent
 * from there; other records land in the shared scratch and are copied out at once. TLS goes on delivering after `false`, so whatever
 * comes then has a place: the rest of the ring, or copies.
 */
export class RecordReader implements ViewSource {
  readonly onread: OnRead = {
    buffer: () => this.#installed,
    callback: (count, buffer) => this.#received(count, buffer),
  };
  readonly #buffers: RecordBuffers;
  #control: ReadControl = { resume: () => undefined };
  /** What the next record goes to: the scratch, or a region of the ring. */
  #installed: Uint8Array;
  #ring: RecordRing | undefined;
  /** Oldest first. Neighbours in the ring are one. */
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  /** Of the unread ones, those in the view that a reader has. */
  #lentBytes = 0;
  #stopped = false;
  #ended = false;
  #failure: Error | undefined;
  #diversion: Diversion | undefined;
  #replacements = 0;
  #waiting: Promise<Uint8Array> | undefined;
  #resolve: ((view: Uint8Array) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  constructor(buffers: RecordBuffers) {
    this.#buffers = buffers;
    this.#installed = buffers.scratch;
  }

  /** Names what makes the socket read on after it was stopped. */
  attach(control: ReadControl): void {
    this.#control = control;
  }

  /** True until the peer ended or something failed. */
  get readable(): boolean {
    return !this.#ended && this.#failure === undefined;
  }

  get hasUnread(): boolean {
    return this.#unreadBytes > 0;
  }

  /** True while the socket was told to read nothing. */
  get stopped(): boolean {
    return this.#stopped;
  }

  get isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    const view = this.#unread[0];
    if (view !== undefined) return this.#lend(view);
    if (this.#waiting !== undefined) return this.#waiting;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return nothing;
    const waiting = new Promise<Uint8Array>(this.#wait);
    this.#waiting = waiting;
    this.#resume();
    return waiting;
  }

  advanceReadPointer(distance: number): void {
    if (distance === 0) return;
    const view = this.#unread[0] ?? nothing;
    if (!(distance > 0 && distance <= view.length)) {
      throw new RangeError(`cannot advance by ${distance}: ${view.length} bytes are lent`);
    }
    this.#unreadBytes -= distance;
    this.#lentBytes = 0;
    if (distance === view.length) this.#unread.shift();
    else this.#unread[0] = view.subarray(distance);
    if (this.#ring?.holds(view) === true) {
      this.#ring.consumed(view, distance);
      this.#returnRing();
    }
    if (this.#unreadBytes === 0) this.#resume();
  }

  /** Bytes that came another way; they are the reader's from now on. */
  take(chunk: Uint8Array): void {
    if (this.#diversion === undefined) this.#append(chunk);
    else if (!this.#diversion(chunk)) this.#stop();
    if (this.#isFull) this.#stop();
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
    this.#drop();
    this.fail(error);
  }

  /** From now on, what comes goes to `diversion`, until it is `undefined` again. Reading goes on, and no ring is held. */
  divert(diversion: Diversion | undefined, replace: ReplaceBuffer | undefined): void {
    this.#diversion = diversion;
    if (diversion === undefined) return;
    if (this.#installed !== this.#buffers.scratch && replace !== undefined) {
      this.#installed = this.#buffers.scratch;
      this.#replacements += 1;
      replace(this.#installed);
      this.#returnRing();
    }
    this.#resume();
  }

  /** The socket is used as a stream from now on: what comes goes to `push`, if it does not come there by itself. */
  becomeStream(push: Diversion, replace: ReplaceBuffer | undefined): void {
    const { detach } = this.#control;
    if (detach !== undefined) this.#control = { resume: () => undefined };
    detach?.();
    this.divert(push, replace);
  }

  /** Copies of all unread bytes, which are unread no longer. */
  takeUnread(): Uint8Array[] {
    const taken = this.#unread.map((view) => view.slice());
    this.#drop();
    return taken;
  }

  readonly #wait = (resolve: (view: Uint8Array) => void, reject: (error: Error) => void): void => {
    this.#resolve = resolve;
    this.#reject = reject;
  };

  /** While a reader is busy with one view, the next is received. */
  #lend(view: Uint8Array): Uint8Array {
    this.#lentBytes = view.length;
    if (!this.#isFull) this.#resume();
    return view;
  }

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
    this.#control.resume();
  }

  #stop(): void {
    this.#stopped = true;
    this.#control.pause?.();
  }

  get #isFull(): boolean {
    const most = this.#ring === undefined ? MOST_COPIED_BYTES : MOST_RING_BYTES;
    return this.#unreadBytes - this.#lentBytes >= most;
  }

  /** Called by Node for each record, also after it answered `false`. */
  #received(count: number, buffer: Uint8Array): boolean {
    const copied = buffer === this.#buffers.scratch;
    if (this.#diversion !== undefined) {
      this.#installed = this.#buffers.scratch;
      return this.#diversion(buffer.slice(0, count));
    }
    if (copied || this.#ring === undefined) this.#append(buffer.slice(0, count));
    else this.#appendInRing(this.#ring, count);
    this.#installed = this.#next(count);
    // What comes after `false` does not start reading again, whatever the answer.
    if (this.#isFull) this.#stopped = true;
    return !this.#stopped;
  }

  /** A short record that alone waits may be the last for long: no ring is kept for the next one. */
  #next(count: number): Uint8Array {
    const streaming = count === LONGEST_RECORD_BYTES || this.#unreadBytes > count;
    if (!streaming || this.#replacements >= MOST_REPLACEMENTS) return this.#buffers.scratch;
    this.#ring ??= this.#borrow();
    return this.#ring?.region() ?? this.#buffers.scratch;
  }

  #borrow(): RecordRing | undefined {
    const memory = this.#buffers.borrow();
    return memory && new RecordRing(memory);
  }

  #append(view: Uint8Array): void {
    this.#unread.push(view);
    this.#unreadBytes += view.length;
    if (this.#resolve === undefined) return;
    this.#lentBytes = view.length;
    this.#settle()?.(view);
  }

  #appendInRing(ring: RecordRing, count: number): void {
    const view = ring.filled(count);
    const last = this.#unread.at(-1);
    if (last === undefined || !ring.holds(last) || endOf(last) !== view.byteOffset) {
      this.#append(view);
      return;
    }
    this.#unreadBytes += count;
    const start = last.byteOffset - ring.memory.byteOffset;
    this.#unread[this.#unread.length - 1] = ring.memory.subarray(
      start,
      start + last.length + count,
    );
  }

  #drop(): void {
    const lent = this.#ring?.isEmpty === false;
    this.#unread.length = 0;
    this.#unreadBytes = 0;
    this.#lentBytes = 0;
    if (lent) this.#forgetRing();
  }

  /** The socket reads no more, so what is not lent can go back. */
  #detach(): void {
    this.#installed = this.#buffers.scratch;
    this.#returnRing();
  }

  /** Nothing of the ring is lent or unread, and the next record does not go to it. */
  #returnRing(): void {
    if (this.#ring?.isEmpty !== true || this.#installed !== this.#buffers.scratch) return;
    this.#buffers.release(this.#ring.memory);
    this.#ring = undefined;
  }

  #forgetRing(): void {
    if (this.#ring === undefined) return;
    this.#buffers.forget();
    this.#ring = undefined;
    this.#installed = this.#buffers.scratch;
  }
}

const endOf = (view: Uint8Array): number => view.byteOffset + view.length;
