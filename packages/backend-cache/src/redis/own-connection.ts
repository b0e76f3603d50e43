import { cacheFailure } from '../failure.ts';
import type { OwnConnection, RedisConnection } from './redis-link.ts';

const firstPauseMilliseconds = 50;
const longestPauseMilliseconds = 2000;

/** What is needed here of a connection of the official package, whatever it was made with. */
interface OfficialConnection extends RedisConnection {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  destroy(): void;
  unref(): void;
  on(event: 'error', listener: () => void): unknown;
}

/** Connects to a URL with the official package. `firstTry` settles once that worked or not. */
export async function connectTo(url: string, limitMilliseconds: number): Promise<OwnConnection> {
  return new LastingConnection(await officialConnections(url, limitMilliseconds));
}

/** Connects again whenever the connection is lost. Neither it nor its pauses keep the process alive. */
class LastingConnection implements OwnConnection {
  readonly firstTry: Promise<void>;
  readonly #make: () => OfficialConnection;
  #current: OfficialConnection | undefined;
  #pauseMilliseconds = firstPauseMilliseconds;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(make: () => OfficialConnection) {
    this.#make = make;
    this.firstTry = this.#try();
  }

  get isReady(): boolean {
    return this.#current?.isReady === true;
  }

  async sendCommand(...sent: Parameters<RedisConnection['sendCommand']>): Promise<unknown> {
    if (this.#current === undefined) throw new Error('not connected');
    return await this.#current.sendCommand(...sent);
  }

  destroy(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  async #try(): Promise<void> {
    const next = this.#make();
    this.#current = next;
    // Whoever sends something is told; an error that nobody listens to would end the process.
    next.on('error', () => this.#lose(next));
    next.unref();
    try {
      await next.connect();
      this.#pauseMilliseconds = firstPauseMilliseconds;
    } catch {
      this.#lose(next);
    }
  }

  #lose(lost: OfficialConnection): void {
    if (this.#current !== lost || this.#ended) return;
    this.#drop();
    this.#timer = setTimeout(() => void this.#try(), this.#pauseMilliseconds);
    this.#timer.unref();
    this.#pauseMilliseconds = Math.min(2 * this.#pauseMilliseconds, longestPauseMilliseconds);
  }

  #drop(): void {
    const dropped = this.#current;
    this.#current = undefined;
    if (dropped?.isOpen === true) dropped.destroy();
  }
}

async function officialConnections(
  url: string,
  limitMilliseconds: number,
): Promise<() => OfficialConnection> {
  const socket = { connectTimeout: limitMilliseconds, reconnectStrategy: false } as const;
  try {
    const { createClient } = await import('@redis/client');
    return () => createClient({ url, disableOfflineQueue: true, socket });
  } catch (cause) {
    const message =
      'a Redis store with a url needs the package @redis/client: install it, or give the store a client';
    throw cacheFailure('operation-not-implemented', message, { cause });
  }
}
