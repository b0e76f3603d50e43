import { closedFailure } from './file-error.ts';

/** How often a pipe or a device is asked again that had nothing to give or no room. A thread that waits in it could not be stopped. */
const POLL_MILLISECONDS = 10;

/** Waits a little, unless it is ended. */
export class Patience {
  #cancel: (() => void) | undefined;
  #ended = false;

  /** Rejects when the waiting is ended. */
  wait(): Promise<void> {
    if (this.#ended) return Promise.reject(closedFailure());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, POLL_MILLISECONDS);
      this.#cancel = () => {
        clearTimeout(timer);
        reject(closedFailure());
      };
    });
  }

  end(): void {
    this.#ended = true;
    this.#cancel?.();
  }
}
