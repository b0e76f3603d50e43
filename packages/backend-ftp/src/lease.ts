import type { ConnectionGroup } from './connection-group.ts';
import type { ControlConnection } from './control-connection.ts';
import type { Transfer } from './transfer.ts';

/** A connection that one exchange holds. It is given back once, by whoever comes first. */
export class Lease {
  readonly connection: ControlConnection;
  readonly #group: ConnectionGroup;
  #over = false;

  constructor(connection: ControlConnection, group: ConnectionGroup) {
    this.connection = connection;
    this.#group = group;
  }

  /** Nothing is under way. */
  release(): void {
    if (this.#ends()) this.#group.release(this.connection);
  }

  /** Something is under way: it may end, and be cleaned up after, while nobody waits. */
  settle(transfer: Transfer | undefined, cleanUp: readonly string[]): void {
    if (this.#ends()) void this.#group.settle(this.connection, transfer, cleanUp);
  }

  /** Settles when the connection is closed. */
  async drop(): Promise<void> {
    if (this.#ends()) await this.#group.drop(this.connection);
  }

  #ends(): boolean {
    if (this.#over) return false;
    this.#over = true;
    return true;
  }
}
