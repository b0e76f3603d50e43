import { canceled } from './canceled.ts';
import type { Request } from './contract.ts';
import type { NetworkError } from './error.ts';

/** Waits for what others promise, such as a plugin that loads: an abort or the end of all waiting cuts it short. */
export class Waiting {
  readonly #pending = new Set<(error: NetworkError) => void>();

  /** The promise's outcome, unless the request is aborted first. */
  until<Value>(promise: Promise<Value>, request: Request): Promise<Value> {
    return new Promise((resolve, reject) => {
      const { signal } = request;
      const done = (): void => {
        this.#pending.delete(fail);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: NetworkError): void => {
        done();
        reject(error);
      };
      const abort = (): void => fail(canceled(request));
      this.#pending.add(fail);
      signal?.addEventListener('abort', abort);
      // A stranger's promise may have nothing but a `then`.
      void Promise.resolve(promise).finally(done).then(resolve, reject);
    });
  }

  /** Rejects everything that is waited for at present. */
  end(error: NetworkError): void {
    for (const fail of this.#pending) fail(error);
  }
}
