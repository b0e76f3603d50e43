import type { ConnectionKeeper, SharedConnection } from './connection.ts';

/** What the connections of a group that carry several exchanges are kept by. */
export interface SharedTerms {
  /** How many are kept while they are idle. */
  readonly most: number;
  readonly now: () => number;
  /** It carries nothing. False: it is not kept. */
  readonly rest: (connection: SharedConnection) => boolean;
  /** It is none of the group's any more, and is to be closed. */
  readonly discard: (connection: SharedConnection) => void;
}

/** The connections of a group that carry several exchanges at once. */
export class SharedConnections {
  readonly #terms: SharedTerms;
  readonly #accepting: SharedConnection[] = [];
  /** They take no more: what is under way ends. */
  readonly #leaving: SharedConnection[] = [];
  /** Those of another group, for this one's origin is the same peer's. */
  readonly #borrowed: SharedConnection[] = [];

  constructor(terms: SharedTerms) {
    this.#terms = terms;
  }

  /** How many take exchanges, now or later. */
  get accepting(): number {
    return this.#accepting.length + this.#borrowed.length;
  }

  get size(): number {
    return this.accepting + this.#leaving.length;
  }

  /** All that accept exchanges carry none, and yet have no room: their peers want none. */
  get isStuck(): boolean {
    const stuck = this.#accepting.filter(({ quiet, room }) => quiet && room <= 0);
    return stuck.length > 0 && stuck.length === this.accepting;
  }

  /** A place on one of them. */
  take(): SharedConnection | undefined {
    for (let connection = this.#roomy(); connection !== undefined; connection = this.#roomy()) {
      if (!this.#isOver(connection)) {
        connection.reserve();
        return connection;
      }
      this.drop(connection);
    }
    return undefined;
  }

  #roomy(): SharedConnection | undefined {
    for (const connection of this.#accepting) if (connection.room > 0) return connection;
    for (const connection of this.#borrowed)
      if (connection.room > 0 && !this.#isOver(connection)) return connection;
    return undefined;
  }

  /** The first that accepts exchanges and is accepted by `isFit`. */
  find(isFit: (connection: SharedConnection) => boolean): SharedConnection | undefined {
    return this.#accepting.find((connection) => connection.accepting && isFit(connection));
  }

  add(connection: SharedConnection): void {
    (connection.accepting ? this.#accepting : this.#leaving).push(connection);
    if (connection.quiet) this.#rest(connection);
  }

  /** Uses a connection of another group; `keeper` hears what becomes of it. */
  borrow(connection: SharedConnection, keeper: ConnectionKeeper): void {
    if (this.#borrowed.includes(connection)) return;
    this.#borrowed.push(connection);
    connection.lendTo(keeper);
  }

  /** Uses none of another group any more. */
  returnBorrowed(): void {
    this.#borrowed.length = 0;
  }

  /** Called when one is quiet, has room, or stopped accepting. False: it is none of these. */
  reconsider(connection: SharedConnection): boolean {
    const borrowed = this.#borrowed.indexOf(connection);
    if (borrowed !== -1) {
      if (!connection.accepting) this.#borrowed.splice(borrowed, 1);
      return true;
    }
    const index = this.#accepting.indexOf(connection);
    if (index === -1) return this.#leaving.includes(connection);
    if (connection.accepting) return true;
    this.#accepting.splice(index, 1);
    this.#leaving.push(connection);
    return true;
  }

  /** Called when nobody who waits could use its place. */
  settle(connection: SharedConnection): void {
    if (connection.quiet && !this.#borrowed.includes(connection)) this.#rest(connection);
  }

  /** Closes those whose idle time is over. Returns milliseconds until the next one's is; Infinity: none is left. */
  expire(): number {
    let next = Infinity;
    for (const connection of this) {
      if (!connection.idle) continue;
      const left = connection.idleSince + connection.idleMilliseconds - this.#terms.now();
      if (left > 0) next = Math.min(next, left);
      else this.drop(connection);
    }
    return next;
  }

  /** None takes another exchange; each is closed when it carries none. */
  retire(): void {
    this.returnBorrowed();
    for (const connection of this) {
      connection.retire();
      this.reconsider(connection);
      if (connection.quiet) this.drop(connection);
    }
  }

  drop(connection: SharedConnection): void {
    for (const list of [this.#accepting, this.#leaving]) {
      const index = list.indexOf(connection);
      if (index !== -1) list.splice(index, 1);
    }
    this.#terms.discard(connection);
  }

  *[Symbol.iterator](): Generator<SharedConnection, void> {
    yield* [...this.#accepting, ...this.#leaving];
  }

  #rest(connection: SharedConnection): void {
    const surplus = this.#accepting.length > this.#terms.most;
    if (connection.idle && connection.accepting && !surplus) return;
    if (!connection.accepting || surplus || !this.#terms.rest(connection)) this.drop(connection);
  }

  #isOver(connection: SharedConnection): boolean {
    if (!connection.idle) return false;
    return this.#terms.now() - connection.idleSince >= connection.idleMilliseconds;
  }
}
