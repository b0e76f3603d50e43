import type { Connection } from './connection.ts';
import { TicketQueue } from './ticket-queue.ts';
import type { Attempt, Ticket } from './ticket.ts';

/** Who waits for a connection of a group, and what is being opened for whom. */
export class WaitingLine {
  readonly #attempts = new Set<Attempt>();
  /** All who would take a used connection. */
  readonly #waiting = new TicketQueue();
  /** Those for whom no connection is being opened. */
  readonly #queued = new TicketQueue();

  /** For how many no connection is being opened. */
  get queued(): number {
    return this.#queued.size;
  }

  /** How many connections are being opened. */
  get opening(): number {
    return this.#attempts.size;
  }

  enqueue(ticket: Ticket): void {
    this.#queued.add(ticket);
    if (!ticket.fresh) this.#waiting.add(ticket);
  }

  /** Who gets a used connection next, if there is `room` for one more; for 0 it is somebody who may exceed the pool. */
  nextToServe(room: number): Ticket | undefined {
    return next(this.#waiting, room);
  }

  /** For whom a connection is opened next, likewise. */
  nextToOpen(room: number): Ticket | undefined {
    return next(this.#queued, room);
  }

  /** Who gets a place on a connection that carries several exchanges, however it came about. */
  nextToShare(): Ticket | undefined {
    return this.#waiting.first('anybody') ?? this.#queued.first('anybody');
  }

  /** The ticket's waiting is over. */
  hand(ticket: Ticket, connection: Connection): void {
    const { attempt } = ticket;
    this.#leave(ticket);
    ticket.attempt = undefined;
    // What was being opened for somebody who has a connection now is for the next in line.
    if (attempt !== undefined) this.#assign(attempt, this.#queued.first('anybody'));
    connection.wantedIdleMilliseconds = ticket.idleMilliseconds;
    ticket.resolve(connection);
  }

  /** A connection is being opened for this ticket. */
  begin(attempt: Attempt, ticket: Ticket): void {
    this.#assign(attempt, ticket);
    this.#attempts.add(attempt);
  }

  /** The attempt succeeded: its connection is there for whom it was opened, if somebody still waits. */
  succeeded(attempt: Attempt): Ticket | undefined {
    this.#attempts.delete(attempt);
    if (attempt.ticket !== undefined) attempt.ticket.attempt = undefined;
    return attempt.ticket;
  }

  /** `first` is who it was opened for: time limits and proxy credentials were its own, and so is the failure. */
  failed(attempt: Attempt, first: Ticket, error: unknown): void {
    this.#attempts.delete(attempt);
    const { ticket } = attempt;
    if (ticket === undefined) return;
    ticket.attempt = undefined;
    if (ticket !== first) {
      ticket.queued = true;
      this.#queued.add(ticket);
      return;
    }
    this.#leave(ticket);
    ticket.reject(error);
  }

  /** The ticket waits no more, and nobody has what was opened for it. */
  forget(ticket: Ticket): void {
    this.#leave(ticket);
    const { attempt } = ticket;
    if (attempt === undefined) return;
    attempt.ticket = undefined;
    ticket.attempt = undefined;
    this.#giveUp(attempt);
  }

  /** Gives up what is being opened for nobody. */
  giveUpUnwanted(): void {
    for (const attempt of this.#attempts) if (attempt.ticket === undefined) this.#giveUp(attempt);
  }

  /** Everybody goes, and is told why. */
  close(reason: Error): void {
    const opening = [...this.#attempts].map(({ ticket }) => ticket);
    for (const ticket of [...this.#queued, ...opening]) {
      if (ticket === undefined) continue;
      this.forget(ticket);
      ticket.reject(reason);
    }
    this.giveUpUnwanted();
  }

  #assign(attempt: Attempt, ticket: Ticket | undefined): void {
    attempt.ticket = ticket;
    if (ticket === undefined) return;
    this.#queued.delete(ticket);
    ticket.queued = false;
    ticket.attempt = attempt;
  }

  #leave(ticket: Ticket): void {
    ticket.queued = false;
    this.#queued.delete(ticket);
    this.#waiting.delete(ticket);
  }

  /** Whoever is asked to stop may take his time. */
  #giveUp(attempt: Attempt): void {
    this.#attempts.delete(attempt);
    attempt.abort.abort();
  }
}

function next(queue: TicketQueue, room: number): Ticket | undefined {
  if (queue.size === 0) return undefined;
  if (room > 0) return queue.first('anybody');
  return room === 0 ? queue.first('exceeding') : undefined;
}
