import { randomUUID } from 'node:crypto';

import type { Database } from './database.ts';

/** A pin of a process that does not renew it, because it died, say, is void after that. */
const pinMilliseconds = 600_000;
const renewalMilliseconds = pinMilliseconds / 4;

/** Keeps the pieces of bodies that are read or written here, whoever removes their entries. */
export class BodyPins {
  readonly #database: Database;
  readonly #now: () => number;
  /** Tells the stores of all processes apart. */
  readonly #owner = randomUUID();
  readonly #counts = new Map<number, number>();
  #renewal: ReturnType<typeof setInterval> | undefined;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Pins a body of which the caller knows that it is there: within the transaction in which it was seen. */
  add(body: number): void {
    const count = this.#counts.get(body) ?? 0;
    if (count === 0) {
      const sql = 'INSERT OR REPLACE INTO pins (body, owner, until) VALUES (?, ?, ?)';
      this.#database.run(sql, body, this.#owner, this.#now() + pinMilliseconds);
    }
    this.#counts.set(body, count + 1);
    this.#renewal ??= setInterval(() => this.#renew(), renewalMilliseconds).unref();
  }

  /** Takes one pin out. The last one removes what is left of a loose body. */
  remove(body: number): void {
    const count = this.#counts.get(body);
    // The store was closed meanwhile, and took all pins with it.
    if (count === undefined) return;
    if (count > 1) {
      this.#counts.set(body, count - 1);
      return;
    }
    this.#counts.delete(body);
    if (this.#counts.size === 0) this.#stopRenewal();
    try {
      this.#database.withdrawal(() => {
        this.#database.run('DELETE FROM pins WHERE body = ? AND owner = ?', body, this.#owner);
        this.sweep(body);
      });
    } catch {
      // Whoever gives something back is not told of it: the pin ends by itself, and a later sweep finds the body.
      return;
    }
  }

  /** Removes one loose body, or all of them, but for those that are pinned. Called within a transaction. */
  sweep(body?: number): void {
    const loose = `SELECT body FROM loose WHERE (? IS NULL OR body = ?)
      AND NOT EXISTS (SELECT 1 FROM pins WHERE pins.body = loose.body AND until > ?)`;
    const gone = this.#database.all(loose, body ?? null, body ?? null, this.#now());
    for (const row of gone) {
      const id = Number(row['body']);
      this.#database.run('DELETE FROM pieces WHERE body = ?', id);
      this.#database.run('DELETE FROM pins WHERE body = ?', id);
      this.#database.run('DELETE FROM loose WHERE body = ?', id);
    }
  }

  /** Lets everything go. */
  close(): void {
    this.#stopRenewal();
    if (this.#counts.size === 0) return;
    this.#counts.clear();
    // What does not work now ends by itself.
    this.#database.transactionNow(() => {
      this.#database.run('DELETE FROM pins WHERE owner = ?', this.#owner);
      this.sweep();
    });
  }

  #renew(): void {
    try {
      const until = this.#now() + pinMilliseconds;
      this.#database.run('UPDATE pins SET until = ? WHERE owner = ?', until, this.#owner);
    } catch {
      // The next renewal is early enough, and who reads without a pin fails in words.
      return;
    }
  }

  #stopRenewal(): void {
    clearInterval(this.#renewal);
    this.#renewal = undefined;
  }
}
