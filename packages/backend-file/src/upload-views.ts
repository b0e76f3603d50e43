import type { Upload } from '@netaccess/core';

import { closedFailure, fileFailure } from './file-error.ts';

/** The views of an upload, which are checked against the length that it states, and can be interrupted while one is awaited. */
export class UploadViews {
  readonly #length: number | undefined;
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  #bytes = 0;
  #ended = false;
  #interrupted = false;
  #reject: ((error: Error) => void) | undefined;

  constructor(upload: Upload) {
    this.#length = upload.length;
    const views = upload.open();
    this.#source =
      Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
  }

  /** The next view with bytes in it, `undefined` after the last. Asking gives the one before back. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const view = await this.#step();
      if (view === undefined) return undefined;
      if (view.byteLength > 0) return view;
    }
  }

  /** Makes `next` reject, now and later. */
  interrupt(): void {
    this.#interrupted = true;
    this.#reject?.(closedFailure());
  }

  /** Tells a source that was not read to its end that nobody will. It is not waited for: it may be in the middle of something. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#return();
  }

  /** What a source says to being left is nobody's concern any more. */
  async #return(): Promise<void> {
    try {
      await this.#source.return?.();
    } catch {
      return;
    }
  }

  async #step(): Promise<Uint8Array | undefined> {
    const step = await this.#awaited(this.#source.next());
    if (step.done === true) {
      this.#ended = true;
      this.#checkComplete();
      return undefined;
    }
    return this.#checked(step.value);
  }

  #awaited(
    step: IteratorResult<unknown> | Promise<IteratorResult<unknown>>,
  ): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#interrupted) reject(closedFailure());
      Promise.resolve(step).then(resolve, (error: unknown) => {
        this.#ended = true;
        reject(error);
      });
    });
  }

  #checked(view: unknown): Uint8Array {
    if (!(view instanceof Uint8Array)) throw refusal('the upload gave something that is no bytes');
    this.#bytes += view.byteLength;
    if (this.#length !== undefined && this.#bytes > this.#length) {
      throw refusal(`the upload is longer than the ${this.#length} bytes that it stated`);
    }
    return view;
  }

  #checkComplete(): void {
    if (this.#length === undefined || this.#bytes === this.#length) return;
    throw refusal(
      `the upload ended after ${this.#bytes} of the ${this.#length} bytes that it stated`,
    );
  }
}

function refusal(message: string): Error {
  return fileFailure('protocol-invalid-operation', message);
}
