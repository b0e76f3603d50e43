import type { RedisLink } from './redis-link.ts';
import { extendBody } from './redis-scripts.ts';

/** How long a body stays that nobody finds any more: whoever reads it asks for more in time. */
export const graceMilliseconds = 120_000;
const renewalMilliseconds = graceMilliseconds / 4;

/** Keeps the bodies that are read or written here, whoever removes their entries. */
export class BodyLeases {
  readonly #link: RedisLink;
  readonly #names: string[] = [];
  #renewal: ReturnType<typeof setInterval> | undefined;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  /** Keeps a body until what this returns is called, once. */
  take(name: string): () => void {
    this.#names.push(name);
    this.#renewal ??= setInterval(() => this.#renew(), renewalMilliseconds).unref();
    return () => this.#give(name);
  }

  /** Lets everything go. */
  close(): void {
    this.#names.length = 0;
    clearInterval(this.#renewal);
    this.#renewal = undefined;
  }

  #give(name: string): void {
    const index = this.#names.indexOf(name);
    const last = this.#names.pop();
    if (index === -1 || last === undefined) return;
    if (index < this.#names.length) this.#names[index] = last;
    if (this.#names.length === 0) this.close();
  }

  /** What fails is asked for again in time, or its reader fails in words. */
  #renew(): void {
    for (const name of this.#names) {
      const renewed = this.#link.send('EVAL', extendBody, 1, name, graceMilliseconds);
      void renewed.then(undefined, () => undefined);
    }
  }
}
