import type { Clock, Upload } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

/** How long a peer that was asked whether it wants the body may think (RFC 9110 §10.1.1: not for ever). */
export const CONTINUE_MILLISECONDS = 1000;

type Views = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

/** Where an upload goes, in whatever way a version of HTTP has for it. What it returns settles when the memory may be used again. */
export interface UploadOutlet {
  /** The head of the request waits for the first bytes of its body. */
  readonly holdsHead: boolean;
  /** Sends the head, if it has not left. */
  writeHead(): void | Promise<void>;
  /**
   * Sends what of the body comes next, after the head. Rejects: the peer takes no more. `more` gives what follows, where it is there at once:
   * whoever has room for it, and is done with what came before, may ask for it before he settles.
   */
  write(view: Uint8Array, more: () => Uint8Array | undefined): void | Promise<void>;
  /** All of the body was written. */
  end(): void | Promise<void>;
}

/** What a sender sends, and whom it tells. */
export interface Sending {
  readonly outlet: UploadOutlet;
  readonly upload: Upload;
  /** Declared bytes; absent: nobody knows. */
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
  /** Gives its views at once. */
  #ready: Iterator<Uint8Array> | undefined;
  /** What came of asking it last: the end, or a failure. */
  #readyOver: { readonly error?: unknown } | undefined;
  #sentBytes = 0;
  #writing = false;
  #stopped = false;
  #over = false;
  #handedAll = false;
  #invite: (() => void) | undefined;
  readonly #awaitingWritten: (() => void)[] = [];
  /** The peer took no more: its reply, or its end, says why. */
  writeFailure: unknown;

  constructor(sending: Sending) {
    this.#sending = sending;
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
    const { asksContinue, upload, length, outlet } = this.#sending;
    if (asksContinue) {
      if (!(await this.#written(() => outlet.writeHead()))) return;
      await this.#invited();
      if (this.#stopped) return;
    }
    this.#open(upload);
    await this.#sendViews();
    if (this.#stopped) return;
    this.#views = undefined;
    if (length !== undefined && this.#sentBytes < length) throw this.#wrongLength('ended after');
    this.#handedAll = true;
    await this.#written(() => outlet.end());
  }

  #open(upload: Upload): void {
    const views = upload.open();
    if (Symbol.asyncIterator in views) this.#views = views[Symbol.asyncIterator]();
    else {
      this.#ready = views[Symbol.iterator]();
      this.#views = this.#ready;
    }
  }

  async #sendViews(): Promise<void> {
    for (;;) {
      const step = this.#views?.next();
      if (step === undefined) return;
      const { done, value } = 'then' in step ? await this.#besideHead(step) : step;
      if (this.#stopped || done === true) return;
      if (value.length > 0 && !(await this.#sendView(value))) return;
      if (this.#readyOver === undefined) continue;
      if ('error' in this.#readyOver) throw this.#readyOver.error;
      return;
    }
  }

  readonly #more = (): Uint8Array | undefined => {
    if (this.#stopped || this.#readyOver !== undefined) return undefined;
    try {
      for (let step = this.#ready?.next(); step !== undefined; step = this.#ready?.next()) {
        if (step.done === true) break;
        if (step.value.length > 0) return this.#counted(step.value);
      }
      if (this.#ready !== undefined) this.#readyOver = {};
    } catch (error) {
      this.#readyOver = { error };
    }
    return undefined;
  };

  /** The head does not wait for a source that takes its time, and the source is heard while the head leaves. */
  #besideHead<T>(step: Promise<T>): Promise<T> {
    const { outlet } = this.#sending;
    if (!outlet.holdsHead) return step;
    return Promise.all([step, this.#written(() => outlet.writeHead())]).then(([first]) => first);
  }

  #sendView(view: Uint8Array): Promise<boolean> {
    this.#counted(view);
    return this.#written(() => this.#sending.outlet.write(view, this.#more));
  }

  #counted(view: Uint8Array): Uint8Array {
    const { length } = this.#sending;
    this.#sentBytes += view.length;
    if (length !== undefined && this.#sentBytes > length) throw this.#wrongLength('gave');
    return view;
  }

  /** False: the peer takes no more, or nobody wants it sent any more. */
  async #written(write: () => void | Promise<void>): Promise<boolean> {
    this.#writing = true;
    try {
      await write();
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
