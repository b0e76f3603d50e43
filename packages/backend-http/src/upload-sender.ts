import type { Clock, Upload } from '@netaccess/core';
import { networkFailure, type Channel } from '@netaccess/transport';

import { chunk, lastChunk } from './h1/chunked-upload.ts';

/** How long a peer that was asked whether it wants the body may think (RFC 9110 §10.1.1: not for ever). */
export const CONTINUE_MILLISECONDS = 1000;

type Views = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

/** What a sender sends, and whom it tells. */
export interface Sending {
  readonly channel: Channel;
  readonly upload: Upload;
  /** Declared bytes; absent: chunked. */
  readonly length: number | undefined;
  readonly asksContinue: boolean;
  readonly clock: Clock;
  /** The upload failed, or was not as long as declared: the request cannot be finished. */
  readonly failed: (error: unknown) => void;
}

/** Sends head and body while the reply is already read. Each view is written before the next is asked for. */
export class UploadSender {
  readonly #sending: Sending;
  #views: Views | undefined;
  #head: Uint8Array | undefined;
  #sentBytes = 0;
  #writing = false;
  #stopped = false;
  #over = false;
  #handedAll = false;
  #invite: (() => void) | undefined;
  readonly #awaitingWritten: (() => void)[] = [];
  /** The peer took no more: its reply, or its end, says why. */
  writeFailure: unknown;

  constructor(sending: Sending, head: Uint8Array) {
    this.#sending = sending;
    this.#head = head;
    void this.#run();
  }

  /** Everything was written. */
  get done(): boolean {
    return this.handedAll && !this.#writing && this.writeFailure === undefined;
  }

  /** Everything was handed to the channel, which may not have written it yet. */
  get handedAll(): boolean {
    return this.#handedAll || (this.#sentBytes > 0 && this.#sentBytes === this.#sending.length);
  }

  /** Settles when what was handed to the channel is written, or nobody waits for that any more. Never rejects. */
  written(): Promise<void> {
    if (!this.#writing || this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      this.#awaitingWritten.push(resolve);
    });
  }

  /** The peer wants the body. */
  proceed(): void {
    this.#invite?.();
  }

  /** Sends no more. Memory that the channel is still writing is given back when it is done, or closed. */
  stop(): void {
    if (this.#over || this.#stopped) return;
    this.#stopped = true;
    this.#invite?.();
    this.#tellWritten();
    if (!this.#writing) this.#leave();
  }

  async #run(): Promise<void> {
    try {
      await this.#send();
    } catch (error) {
      if (!this.#stopped) this.#sending.failed(error);
    }
    this.#over = true;
    this.#invite = undefined;
  }

  async #send(): Promise<void> {
    const { asksContinue, upload, length } = this.#sending;
    if (asksContinue) {
      if (!(await this.#write())) return;
      await this.#invited();
      if (this.#stopped) return;
    }
    const views = upload.open();
    this.#views =
      Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
    for (;;) {
      const step = this.#views.next();
      const { done, value } = 'then' in step ? await this.#besideHead(step) : step;
      if (this.#stopped) return;
      if (done === true) break;
      if (value.length > 0 && !(await this.#sendView(value))) return;
    }
    this.#views = undefined;
    if (length !== undefined && this.#sentBytes < length) throw this.#wrongLength('ended after');
    this.#handedAll = true;
    await (length === undefined ? this.#write(lastChunk) : this.#write());
  }

  /** The head does not wait for a source that takes its time, and the source is heard while the head leaves. */
  #besideHead<T>(step: Promise<T>): Promise<T> {
    if (this.#head === undefined) return step;
    return Promise.all([step, this.#write()]).then(([first]) => first);
  }

  #sendView(view: Uint8Array): Promise<boolean> {
    const { length } = this.#sending;
    this.#sentBytes += view.length;
    if (length === undefined) return this.#write(...chunk(view));
    if (this.#sentBytes > length) throw this.#wrongLength('gave');
    return this.#write(view);
  }

  /** Writes the head too if it has not left yet. False: the peer takes no more, or nobody wants it sent any more. */
  async #write(...views: readonly Uint8Array[]): Promise<boolean> {
    const head = this.#head;
    this.#head = undefined;
    if (head === undefined && views.length === 0) return !this.#stopped;
    this.#writing = true;
    try {
      const { channel } = this.#sending;
      await (head === undefined ? channel.write(...views) : channel.write(head, ...views));
    } catch (error) {
      this.writeFailure = error;
      this.#stopped = true;
    }
    this.#writing = false;
    this.#tellWritten();
    if (this.#stopped) this.#leave();
    return !this.#stopped;
  }

  #tellWritten(): void {
    for (const tell of this.#awaitingWritten.splice(0)) tell();
  }

  #invited(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#sending.clock.schedule(() => this.#invite?.(), CONTINUE_MILLISECONDS);
      this.#invite = () => {
        this.#invite = undefined;
        cancel();
        resolve();
      };
    });
  }

  #leave(): void {
    const views = this.#views;
    this.#views = undefined;
    if (views?.return === undefined) return;
    try {
      const left = views.return();
      // The exchange goes its own way: how the source takes being left is no part of it.
      if (left instanceof Promise) left.then(undefined, () => undefined);
    } catch {
      // As above.
    }
  }

  #wrongLength(what: string): Error {
    const { length } = this.#sending;
    return networkFailure(
      'protocol-invalid-operation',
      `the upload ${what} ${this.#sentBytes} bytes, and ${length} were announced`,
    );
  }
}
