import type { Priority } from './attributes.ts';
import type { Ticket } from './ticket.ts';

const priorities: readonly Priority[] = ['high', 'normal', 'low'];

/** Those who wait: by priority, and in order of arrival among equals. Every member costs the same however many wait. */
export class TicketQueue {
  readonly #tickets: Record<Priority, Set<Ticket>> = {
    high: new Set(),
    normal: new Set(),
    low: new Set(),
  };
  /** How many of them may exceed the pool. */
  #exceeding = 0;

  get size(): number {
    const { high, normal, low } = this.#tickets;
    return high.size + normal.size + low.size;
  }

  add(ticket: Ticket): void {
    this.#tickets[ticket.priority].add(ticket);
    if (ticket.mayExceed) this.#exceeding += 1;
  }

  /** False if it was not there. */
  delete(ticket: Ticket): boolean {
    const found = this.#tickets[ticket.priority].delete(ticket);
    if (found && ticket.mayExceed) this.#exceeding -= 1;
    return found;
  }

  /** The first of all, or of those that may exceed the pool. */
  first(who: 'anybody' | 'exceeding'): Ticket | undefined {
    if (who === 'exceeding' && this.#exceeding === 0) return undefined;
    for (const priority of priorities) {
      for (const ticket of this.#tickets[priority])
        if (who === 'anybody' || ticket.mayExceed) return ticket;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<Ticket, void> {
    for (const priority of priorities) yield* this.#tickets[priority];
  }
}
