import type { Clock } from '@netaccess/core';
import type { InterruptedHandshake, TlsObservation } from '@netaccess/transport';

/** A person may have to read a certificate; servers give up at about that time themselves. */
const INTERRUPT_TIMEOUT_MILLISECONDS = 60_000;

/** What came of a question. */
export type Decision = 'continue' | 'refuse' | 'late';

/** One question to a caller's function, bounded in time. */
export class Question {
  readonly #clock: Clock;
  readonly #options: TlsObservation;
  readonly #over = new AbortController();
  readonly milliseconds: number;

  constructor(options: TlsObservation, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.milliseconds = options.interruptTimeout ?? INTERRUPT_TIMEOUT_MILLISECONDS;
  }

  /** No answer is wanted any more. */
  withdraw(reason: Error): void {
    this.#over.abort(reason);
  }

  /** Settles at the latest when the time is over. Rejects with what the function throws. */
  ask(handshake: Omit<InterruptedHandshake, 'signal'>): Promise<Decision> {
    const decide = this.#options.onHandshakeInterrupted;
    if (decide === undefined) return Promise.resolve('refuse');
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.schedule(() => {
        resolve('late');
        this.withdraw(new Error(`${this.milliseconds} ms for a decision are over`));
      }, this.milliseconds);
      // Whoever writes JavaScript may return anything: only `true` means yes.
      const asked = async (): Promise<Decision> => {
        const answer: unknown = await decide({ ...handshake, signal: this.#over.signal });
        return answer === true ? 'continue' : 'refuse';
      };
      asked().then(resolve, reject).finally(cancel);
    });
  }
}
