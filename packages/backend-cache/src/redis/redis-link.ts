import { cacheFailure } from '../failure.ts';
import { Deadlines } from './deadlines.ts';

/** What the store needs of a connection: those that `createClient` of `redis` and of `@redis/client` makes have it. */
export interface RedisConnection {
  /** Connected, and ready for commands. */
  readonly isReady: boolean;
  sendCommand(
    words: readonly (string | Buffer)[],
    options?: { readonly typeMapping?: Readonly<Record<number, unknown>> },
  ): Promise<unknown>;
}

/** A connection of the store's own, which ends with it. */
export interface OwnConnection extends RedisConnection {
  /** Settles once the first try to connect worked or not; later ones go on besides. */
  readonly firstTry: Promise<void>;
  destroy(): void;
}

/** How the server is reached: on the caller's connection, or on one that is made when it is first needed. */
export type RedisAccess =
  | { readonly connection: RedisConnection }
  | { readonly connect: () => Promise<OwnConnection> };

/** How often a silent server is asked again when the connection itself is broken. */
const askAgainMilliseconds = 1000;
/** Texts as bytes, and maps as flat arrays: RESP2 and RESP3 then say the same. */
const typeMapping = { 36: Buffer, 37: Array };

/** Sends commands. Nobody waits longer than the limit, and while the server is known to be silent, nobody waits at all. */
export class RedisLink {
  readonly #access: RedisAccess;
  readonly #limitMilliseconds: number;
  readonly #deadlines: Deadlines;
  #connection: RedisConnection | undefined;
  #own: OwnConnection | undefined;
  #connecting: Promise<void> | undefined;
  #tried = false;
  #silent = false;
  #closed = false;
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(access: RedisAccess, limitMilliseconds: number) {
    this.#access = access;
    this.#limitMilliseconds = limitMilliseconds;
    this.#deadlines = new Deadlines(limitMilliseconds);
    if ('connection' in access) this.#connection = access.connection;
  }

  /** Sends one command; rejects at once if that has no prospect. */
  async send(...words: readonly (string | number | Uint8Array)[]): Promise<unknown> {
    if (this.#closed) throw closed();
    if (this.#silent) throw down('does not answer');
    if ('connect' in this.#access) await this.#connected();
    const connection = this.#connection;
    if (connection?.isReady !== true) throw down('is not connected');
    const sent = connection.sendCommand(words.map(word), { typeMapping });
    try {
      return await this.#wait(sent, String(words[0]));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && 'temporary' in cause) throw cause;
      throw failed(cause);
    }
  }

  /** Ends a connection of the store's own. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#asking);
    this.#own?.destroy();
  }

  async #wait<T>(going: Promise<T>, what: string): Promise<T> {
    return await this.#deadlines.keep(going, () => {
      this.#fallSilent();
      return cacheFailure(
        'timeout',
        `Redis did not answer ${what} within ${this.#limitMilliseconds} ms`,
        { temporary: true },
      );
    });
  }

  /** Waits for the first try of a connection of its own. */
  async #connected(): Promise<void> {
    if (this.#tried) return;
    this.#connecting ??= this.#connect();
    await this.#wait(this.#connecting, 'a connection');
  }

  async #connect(): Promise<void> {
    if (!('connect' in this.#access)) return;
    try {
      const own = await this.#access.connect();
      this.#own = own;
      this.#connection = own;
      if (this.#closed) own.destroy();
      await own.firstTry;
      this.#tried = true;
    } catch (cause) {
      this.#connecting = undefined;
      throw failed(cause);
    }
  }

  /** From now on nobody waits, until the server has answered a question that is asked besides. */
  #fallSilent(): void {
    if (this.#silent || this.#closed) return;
    this.#silent = true;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      await this.#connecting;
      if (this.#connection?.isReady !== true) throw closed();
      await this.#connection.sendCommand(['PING']);
      this.#silent = false;
    } catch {
      this.#askLater();
    }
  }

  #askLater(): void {
    if (this.#closed) return;
    this.#asking = setTimeout(() => {
      void this.#ask();
    }, askAgainMilliseconds);
    this.#asking.unref();
  }
}

function word(value: string | number | Uint8Array): string | Buffer {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function closed(): Error {
  return cacheFailure('operation-canceled', 'the Redis store was closed');
}

function down(what: string): Error {
  return cacheFailure('service-unavailable', `Redis ${what}`, { temporary: true });
}

function failed(cause: unknown): Error {
  const said = cause instanceof Error ? cause.message : String(cause);
  return cacheFailure('service-unavailable', `Redis failed: ${said}`, { cause, temporary: true });
}
