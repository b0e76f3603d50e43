import type { CacheStore } from '../store.ts';
import { waitLimit } from './fixture.ts';
import type { StoreFixture, StoreLimits } from './fixture.ts';
import { outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { check, describeError } from './rule.ts';
import { StoreProbe } from './store-probe.ts';

const secondMilliseconds = 1000;

/** One run of one case: its stores, and everything that must be closed afterwards. */
export class StoreTrial {
  readonly fixture: StoreFixture;
  readonly #probes: StoreProbe[] = [];

  constructor(fixture: StoreFixture) {
    this.fixture = fixture;
  }

  /** An empty store. */
  async open(limits: StoreLimits = {}): Promise<StoreProbe> {
    return this.#probe(await this.value('open of a store', () => this.fixture.open(limits)));
  }

  /** Closes a store, and opens what it kept. */
  async reopened({ store }: StoreProbe): Promise<StoreProbe> {
    const { fixture } = this;
    check(fixture.reopen !== undefined, 'the fixture cannot open a store again');
    await this.value('close()', () => store.close());
    this.#probes.splice(
      0,
      this.#probes.length,
      ...this.#probes.filter((one) => one.store !== store),
    );
    return this.#probe(await this.value('opening again', () => fixture.reopen?.(store) ?? store));
  }

  /** A second store on the same content. */
  async beside({ store }: StoreProbe): Promise<StoreProbe> {
    const { fixture } = this;
    check(fixture.beside !== undefined, 'the fixture has no store beside another');
    const other = await this.value('opening beside', () => fixture.beside?.(store) ?? store);
    check(other !== store, 'the store beside another is the same one');
    return this.#probe(other);
  }

  /** Lets a second go by on the clock that the stores were lent. */
  later(): void {
    this.fixture.advance?.(secondMilliseconds);
  }

  /** How something ends. Fails when it does not. */
  async outcome<T>(what: string, start: () => T | PromiseLike<T>): Promise<Outcome<T>> {
    return await outcomeOf(what, waitLimit(this.fixture), start);
  }

  /** What something gives. Fails when it fails, or does not end. */
  async value<T>(what: string, start: () => T | PromiseLike<T>): Promise<T> {
    const outcome = await this.outcome(what, start);
    if (outcome.ok) return outcome.value;
    throw new Error(`${what} failed: ${describeError(outcome.error)}`, { cause: outcome.error });
  }

  /** Fails unless something rejects or throws an `Error`. */
  async rejection(what: string, start: () => unknown): Promise<void> {
    const outcome = await this.outcome(what, start);
    check(!outcome.ok, `${what} did not fail`);
    check(outcome.error instanceof Error, `${what} failed with ${String(outcome.error)}, no Error`);
  }

  /** Lets something go on that is awaited later, or never because the case fails before. */
  meanwhile<T>(going: Promise<T>): Promise<T> {
    void going.then(undefined, () => undefined);
    return going;
  }

  /** Ends something where the verdict is about something else. */
  async quietly(what: string, end: () => unknown): Promise<void> {
    await this.meanwhile(this.outcome(what, end)).then(undefined, () => undefined);
  }

  /** Closes what the case left open; the verdict is not changed by it. */
  async finish(): Promise<void> {
    for (const probe of this.#probes) await probe.finish();
  }

  #probe(store: CacheStore): StoreProbe {
    const probe = new StoreProbe(this, store);
    this.#probes.push(probe);
    return probe;
  }
}
