import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';

import type { Clock, NetworkErrorCode } from '@netaccess/core';

import { networkFailure } from '../network-failure.ts';
import type { Interruption } from './interruption.ts';
import { codeOf, isTemporary, systemCode } from './system-failure.ts';

/** What a look-up finds; `family` is 4 or 6. */
export interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

/** Finds all addresses of a name, the preferred one first, as `dns.promises.lookup` with `all` does. */
export type Lookup = (host: string) => Promise<readonly FoundAddress[]>;

/** One try of one address. Making one does not throw. */
export interface Attempt<T> {
  readonly opened: Promise<T>;
  /** Frees everything; `opened` need not settle then. */
  cancel(): void;
}

/** RFC 8305 §8, Connection Attempt Delay. */
const ATTEMPT_DELAY_MILLISECONDS = 250;
/** A name may have any number of addresses; each costs the peer a connection. */
const MOST_ADDRESSES = 32;

/** Asks the system's resolver, which has put the addresses in the order of RFC 6724. */
export const lookupAll: Lookup = (host) => systemLookup(host, { all: true, order: 'verbatim' });

/** The address itself where the host is one; nobody is asked for those. */
export function literalAddress(host: string): FoundAddress | undefined {
  const family = isIP(host);
  return family === 0 ? undefined : { address: host, family };
}

/** RFC 8305 §4: families take turns, starting with that of the first address; the order within a family stays. */
export function interleaveFamilies(found: readonly FoundAddress[]): FoundAddress[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const second = found.filter(({ family }) => family !== found[0]?.family);
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) =>
    [first[index], second[index]].filter((address) => address !== undefined),
  ).flat();
}

/** What a race needs to know of the way there. */
export interface RaceOptions<T> {
  /** "host:port", for messages. */
  readonly name: string;
  readonly open: (address: FoundAddress) => Attempt<T>;
  readonly clock: Clock;
  readonly interruption: Interruption;
}

/**
 * RFC 8305 §5: tries the addresses one after the other, the next when the last has failed or had its time, and ends none for that.
 * The first to open wins, the others are cancelled. Rejects once all have failed, naming each.
 */
export function openFirst<T>(found: readonly FoundAddress[], options: RaceOptions<T>): Promise<T> {
  return new Promise((resolve, reject) => new Race(found, options, { resolve, reject }).start());
}

interface Outcome<T> {
  readonly resolve: (opened: T) => void;
  readonly reject: (error: Error) => void;
}

class Race<T> {
  readonly #options: RaceOptions<T>;
  readonly #outcome: Outcome<T>;
  readonly #untried: FoundAddress[];
  readonly #tried: FoundAddress[] = [];
  readonly #running = new Set<Attempt<T>>();
  readonly #failures: AddressFailure[] = [];
  #cancelDelay: (() => void) | undefined;
  #forget: (() => void) | undefined;

  constructor(found: readonly FoundAddress[], options: RaceOptions<T>, outcome: Outcome<T>) {
    this.#options = options;
    this.#outcome = outcome;
    this.#untried = interleaveFamilies(found).slice(0, MOST_ADDRESSES);
  }

  start(): void {
    const { interruption } = this.#options;
    this.#forget = interruption.listen(() => {
      this.#finish();
      this.#outcome.reject(interruption.failure(this.#doing()));
    });
    if (!interruption.happened) this.#next();
  }

  readonly #next = (): void => {
    this.#cancelDelay?.();
    this.#cancelDelay = undefined;
    const address = this.#untried.shift();
    if (address === undefined) return;
    this.#tried.push(address);
    void this.#try(address);
    if (this.#untried.length === 0) return;
    this.#cancelDelay = this.#options.clock.schedule(this.#next, ATTEMPT_DELAY_MILLISECONDS);
  };

  async #try(address: FoundAddress): Promise<void> {
    const attempt = this.#options.open(address);
    this.#running.add(attempt);
    try {
      const opened = await attempt.opened;
      if (!this.#running.delete(attempt)) return;
      this.#finish();
      this.#outcome.resolve(opened);
    } catch (error) {
      // One that was cancelled may fail too.
      if (this.#running.delete(attempt)) this.#failed({ address: address.address, error });
    }
  }

  #failed(failure: AddressFailure): void {
    this.#failures.push(failure);
    if (this.#untried.length > 0) this.#next();
    else if (this.#running.size === 0) {
      this.#finish();
      this.#outcome.reject(allFailed(this.#options.name, this.#failures));
    }
  }

  #finish(): void {
    this.#cancelDelay?.();
    this.#forget?.();
    this.#untried.length = 0;
    for (const attempt of this.#running) attempt.cancel();
    this.#running.clear();
  }

  #doing(): string {
    const tried = this.#tried.map(({ address }) => address).join(', ');
    return `connecting to ${this.#options.name} (tried ${tried || 'nothing yet'})`;
  }
}

interface AddressFailure {
  readonly address: string;
  readonly error: unknown;
}

/** What says most about the peer comes first. */
const telling: readonly NetworkErrorCode[] = [
  'connection-refused',
  'remote-host-closed',
  'content-access-denied',
  'host-not-found',
  'timeout',
  'temporary-network-failure',
  'protocol-invalid-operation',
];

function allFailed(name: string, failures: readonly AddressFailure[]): Error {
  const codes = new Set(failures.map(({ error }) => codeOf(error)));
  const code = telling.find((candidate) => codes.has(candidate)) ?? 'unknown-network';
  const reasons = failures.map(
    ({ address, error }) => `${address}: ${systemCode(error) ?? String(error)}`,
  );
  return networkFailure(code, `cannot connect to ${name} (${reasons.join(', ')})`, {
    cause: causeOf(failures.map(({ error }) => error)),
    temporary: isTemporary(code),
  });
}

function causeOf(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors);
}
