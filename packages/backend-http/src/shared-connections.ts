import type { SharedConnection } from './connection.ts';

/** The connections of a group that carry several exchanges at once. */
export class SharedConnections {
  readonly #accepting: SharedConnection[] = [];
  /** They take no more: what is under way ends. */
  readonly #leaving: SharedConnection[] = [];

  /** How many take exchanges, now or later. */
  get accepting(): number {
    return this.#accepting.length;
  }

  get size(): number {
    return this.#accepting.length + this.#leaving.length;
  }

  /** All that accept exchanges carry none, and yet have no room: their peers want none. */
  get isStuck(): boolean {
    const waiting = this.#accepting.filter(({ quiet, room }) => quiet && room <= 0);
    return waiting.length > 0 && waiting.length === this.#accepting.length;
  }

  /** One that can begin an exchange now. */
  roomy(): SharedConnection | undefined {
    for (const connection of this.#accepting) if (connection.room > 0) return connection;
    return undefined;
  }

  add(connection: SharedConnection): void {
    (connection.accepting ? this.#accepting : this.#leaving).push(connection);
  }

  /** Called when one may have stopped accepting. False: it is none of these. */
  reconsider(connection: SharedConnection): boolean {
    if (connection.accepting) return this.#accepting.includes(connection);
    const index = this.#accepting.indexOf(connection);
    if (index === -1) return this.#leaving.includes(connection);
    this.#accepting.splice(index, 1);
    this.#leaving.push(connection);
    return true;
  }

  remove(connection: SharedConnection): void {
    for (const list of [this.#accepting, this.#leaving]) {
      const index = list.indexOf(connection);
      if (index !== -1) list.splice(index, 1);
    }
  }

  *[Symbol.iterator](): Generator<SharedConnection, void> {
    yield* [...this.#accepting, ...this.#leaving];
  }
}
