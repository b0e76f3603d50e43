import type { VersionChoice } from './version-choice.ts';

/** What is known of the version that the peers of a route speak, and who is finding out. */
export class Negotiation {
  readonly #choice: VersionChoice;
  #answer: 'http/1.1' | 'h2' | undefined;
  #asking = false;
  /** An attempt failed: who waited for its answer tries for himself, instead of failing one after the other. */
  #lost = false;

  constructor(choice: VersionChoice) {
    this.#choice = choice;
    if (choice === 'direct') this.#answer = 'h2';
    else if (choice === 'http/1.1') this.#answer = choice;
  }

  /** What the peer said last. */
  get answer(): 'http/1.1' | 'h2' | undefined {
    return this.#answer;
  }

  /** A request is under way whose reply will tell. */
  get isAsking(): boolean {
    return this.#asking;
  }

  /** Several connections are opened at once only if each of them is known to be needed. */
  get oneByOne(): boolean {
    return this.#answer !== 'http/1.1' && !this.#lost;
  }

  attemptFailed(): void {
    this.#lost = true;
  }

  opened(version: 'http/1.1' | 'h2'): void {
    this.#lost = false;
    if (this.#choice !== 'upgrade') this.#answer = version;
  }

  /** Whether the next request asks; then others have to wait. */
  asks(bodiless: boolean): boolean {
    if (this.#choice !== 'upgrade' || !bodiless || this.#answer !== undefined) return false;
    if (this.#asking) return false;
    this.#asking = true;
    return true;
  }

  /** Absent: the answer was not waited for. */
  answered(version?: 'http/1.1' | 'h2'): void {
    this.#asking = false;
    this.#answer = version ?? this.#answer;
  }

  /** An HTTP/2 connection that was upgraded is over: whoever comes next asks again. */
  ended(): void {
    if (this.#choice === 'upgrade' && this.#answer === 'h2') this.#answer = undefined;
  }
}
