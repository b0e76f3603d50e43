import type { Database } from './database.ts';

/** Uses that are remembered before they are written. */
const keptUses = 500;

/** When entries were last used: a hit writes nothing, so that it waits for nobody. */
export class LastUses {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #noted = new Map<number, number>();
  #last = 0;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Microseconds of Unix time, about; each is later than the one before. */
  tick(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#now() * 1000));
    return this.#last;
  }

  /** Remembers that an entry is used now. */
  note(body: number): void {
    this.#noted.set(body, this.tick());
    if (this.#noted.size >= keptUses) this.flushNow();
  }

  /** Writes what is remembered, or forgets it: they are hints, and whoever reads must wait for nobody who writes. */
  flushNow(): void {
    if (this.#noted.size > 0) this.#database.transactionNow(() => this.flush());
    this.#noted.clear();
  }

  /** Writes what is remembered. */
  flush(): void {
    const sql = 'UPDATE entries SET used = ? WHERE body = ? AND used < ?';
    for (const [body, used] of this.#noted) this.#database.run(sql, used, body, used);
    this.#noted.clear();
  }
}
