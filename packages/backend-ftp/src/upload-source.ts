import type { Upload } from '@netaccess/core';

import { closedFailure, ftpFailure } from './reply-error.ts';

type Step = IteratorResult<Uint8Array>;

/** The views of an upload, until a signal: then the source is left, also while its next view is waited for. */
export class UploadSource {
  readonly #source: Iterator<Uint8Array> | AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal;
  readonly #aborted: Promise<never>;
  #over = false;
  #failed = false;

  constructor(upload: Upload, signal: AbortSignal) {
    const views = upload.open();
    this.#source =
      Symbol.asyncIterator in views ? views[Symbol.asyncIterator]() : views[Symbol.iterator]();
    this.#signal = signal;
    this.#aborted = new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.leave();
        reject(closedFailure());
      });
    });
    this.#aborted.catch(() => undefined);
  }

  /** What went wrong did so here. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The next view, at once if the source has it at hand; `undefined` at the end. */
  next(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    try {
      if (this.#signal.aborted) throw closedFailure();
      const step = this.#source.next();
      if ('then' in step) return this.#later(step);
      return this.#view(step);
    } catch (error) {
      this.#over = true;
      this.#failed = true;
      throw error;
    }
  }

  /** Tells the source that no more is wanted. How it takes that is no part of the exchange. */
  leave(): void {
    if (this.#over) return;
    this.#over = true;
    try {
      const left = this.#source.return?.();
      if (left instanceof Promise) left.then(undefined, () => undefined);
    } catch {
      // As above.
    }
  }

  async #later(step: Promise<Step>): Promise<Uint8Array | undefined> {
    try {
      return this.#view(await Promise.race([step, this.#aborted]));
    } catch (error) {
      this.#failed = true;
      if (!this.#signal.aborted) this.#over = true;
      throw error;
    }
  }

  #view({ done, value }: Step): Uint8Array | undefined {
    if (done !== true) return value;
    this.#over = true;
    return undefined;
  }
}

/** Throws when an upload gives more than it announced, or, at its end, less. */
export function checkLength(upload: Upload, given: number, ended: boolean): void {
  const { length } = upload;
  if (length === undefined || given === length || (given < length && !ended)) return;
  throw ftpFailure(
    'protocol-invalid-operation',
    `the upload gave ${given} bytes, and ${length} were announced`,
  );
}
