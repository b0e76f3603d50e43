import type { Clock } from '@netaccess/core';

import { within } from './clock.ts';
import { ControlConnection } from './control-connection.ts';
import type { Route } from './route.ts';
import type { Ticket } from './ticket.ts';
import type { Transfer } from './transfer.ts';

/** How long a server may take to end a transfer that was given up, and to clean up after it. */
export const SETTLING_MILLISECONDS = 2_000;
/** How long a server may take to say that an idle connection lives. */
const ALIVE_MILLISECONDS = 10_000;

/** What all groups of a pool share. */
export interface PoolTerms {
  readonly clock: Clock;
  /** Connections of one route. */
  readonly connections: number;
  readonly idleMilliseconds: number;
  readonly aliveMilliseconds: number;
  nextId(): number;
  /** Somebody is idle who was not. */
  wentIdle(): void;
}

/** The control connections of one route, and those who wait for one. */
export class ConnectionGroup {
  readonly route: Route;
  readonly #terms: PoolTerms;
  /** Last in, first out. */
  readonly #idle: ControlConnection[] = [];
  readonly #inUse = new Set<ControlConnection>();
  readonly #opening = new Set<Ticket>();
  readonly #queue: Ticket[] = [];
  /** Of before the last `clear`: closed when they are released. */
  #outdated = new WeakSet<ControlConnection>();
  #closed = false;

  constructor(route: Route, terms: PoolTerms) {
    this.route = route;
    this.#terms = terms;
  }

  /** Nothing is open, being opened, or waited for. */
  get empty(): boolean {
    return this.#idle.length + this.#inUse.size + this.#opening.size + this.#queue.length === 0;
  }

  get idle(): number {
    return this.#idle.length;
  }

  /** Gives the ticket a connection that is free, or opens one for it, or lets it wait. */
  enqueue(ticket: Ticket): void {
    this.#queue.push(ticket);
    this.#serve();
  }

  /** Opens a connection ahead of use, unless one is there. */
  async preconnect(ticket: Ticket): Promise<void> {
    if (this.#idle.some(({ usable }) => usable)) return;
    this.enqueue(ticket);
    this.release(await ticket.connection);
  }

  /** Takes a connection back, which goes on to whoever waits. */
  release(connection: ControlConnection): void {
    if (!this.#inUse.delete(connection)) return;
    if (this.#closed || !connection.usable || this.#outdated.has(connection))
      void connection.close();
    else this.#put(connection);
    this.#serve();
  }

  /** Takes back one that is in the middle of something: it is used again if that ends soon, and so does the cleaning up. */
  async settle(
    connection: ControlConnection,
    transfer: Transfer | undefined,
    cleanUp: readonly string[],
  ): Promise<void> {
    const { clock } = this.#terms;
    const ended = async (): Promise<boolean> => {
      await transfer?.finished;
      if (cleanUp.length > 0) await connection.ask(...cleanUp);
      return true;
    };
    const settled = await within(clock, SETTLING_MILLISECONDS, ended());
    if (settled !== true) await this.drop(connection);
    else this.release(connection);
  }

  /** Takes back one that is of no use any more. */
  async drop(connection: ControlConnection): Promise<void> {
    await connection.close();
    this.#inUse.delete(connection);
    this.#serve();
  }

  /** Closes idle connections whose time is over, and asks the others for a sign of life. */
  tend(now: number): void {
    for (const connection of this.#idle.slice()) {
      const expired = now - connection.idleSince >= this.#terms.idleMilliseconds;
      if (expired || !connection.usable) this.#dropIdle(connection);
      else void this.#keepAlive(connection);
    }
  }

  async clear(): Promise<void> {
    for (const connection of this.#inUse) this.#outdated.add(connection);
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }

  async close(reason: Error): Promise<void> {
    this.#closed = true;
    for (const ticket of this.#queue.splice(0)) ticket.reject(reason);
    for (const ticket of this.#opening) ticket.cancel();
    await Promise.all([...this.#inUse, ...this.#idle.splice(0)].map((one) => one.close(reason)));
  }

  #put(connection: ControlConnection): void {
    connection.idleSince = this.#terms.clock.now();
    connection.setIdle(true);
    this.#idle.push(connection);
    this.#terms.wentIdle();
  }

  #limit({ mayExceed }: Ticket): number {
    return this.#terms.connections + (mayExceed ? 1 : 0);
  }

  #serve(): void {
    for (let index = 0; index < this.#queue.length;) {
      const ticket = this.#queue[index];
      if (ticket === undefined) return;
      if (ticket.settled || this.#find(ticket)) this.#queue.splice(index, 1);
      else index += 1;
    }
  }

  /** True when the ticket needs to wait for its turn no longer. */
  #find(ticket: Ticket): boolean {
    if (this.#inUse.size + this.#opening.size >= this.#limit(ticket)) return false;
    const kept = ticket.fresh ? undefined : this.#takeIdle();
    if (kept !== undefined) {
      ticket.queued = false;
      ticket.resolve(kept);
      return true;
    }
    const [oldest] = this.#idle;
    const open = this.#inUse.size + this.#opening.size + this.#idle.length;
    if (oldest !== undefined && open >= this.#limit(ticket)) this.#dropIdle(oldest);
    void this.#open(ticket);
    return true;
  }

  #takeIdle(): ControlConnection | undefined {
    const now = this.#terms.clock.now();
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (kept.usable && now - kept.idleSince < this.#terms.idleMilliseconds) {
        kept.setIdle(false);
        kept.reused = true;
        kept.repliesSinceTaken = 0;
        this.#inUse.add(kept);
        return kept;
      }
      void kept.close();
    }
    return undefined;
  }

  async #open(ticket: Ticket): Promise<void> {
    ticket.queued = false;
    this.#opening.add(ticket);
    try {
      const connection = await ControlConnection.open(this.route, {
        id: this.#terms.nextId(),
        signal: ticket.abort.signal,
        timeoutMilliseconds: ticket.connectMilliseconds,
        proxyCredentials: ticket.proxyCredentials,
      });
      this.#opening.delete(ticket);
      this.#inUse.add(connection);
      if (ticket.settled) this.release(connection);
      else ticket.resolve(connection);
    } catch (error) {
      this.#opening.delete(ticket);
      ticket.reject(error);
    }
    this.#serve();
  }

  #dropIdle(connection: ControlConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    void connection.close();
  }

  /** Servers close connections that say nothing, mostly after a minute or five. */
  async #keepAlive(connection: ControlConnection): Promise<void> {
    const { idleSince } = connection;
    this.#idle.splice(this.#idle.indexOf(connection), 1);
    this.#inUse.add(connection);
    const asked = connection.askOne('NOOP');
    const reply = await within(this.#terms.clock, ALIVE_MILLISECONDS, asked);
    if (reply === undefined || reply.code >= 400) {
      await this.drop(connection);
      return;
    }
    this.release(connection);
    connection.idleSince = idleSince;
  }
}
