/** Something that has to settle in time. */
interface Pending {
  readonly deadline: number;
  readonly expire: () => void;
  done: boolean;
}

/** One timer for everything that has the same time limit: what began first is late first. */
export class Deadlines {
  readonly #limitMilliseconds: number;
  readonly #pending: Pending[] = [];
  #open = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limitMilliseconds: number) {
    this.#limitMilliseconds = limitMilliseconds;
  }

  /** What `going` gives, or what `late` makes once the time is over. Keeps the process alive until then. */
  async keep<T>(going: Promise<T>, late: () => Error): Promise<T> {
    let pending: Pending | undefined;
    const over = new Promise<never>((_resolve, reject) => {
      pending = this.#add(() => reject(late()));
    });
    try {
      return await Promise.race([going, over]);
    } finally {
      if (pending !== undefined) this.#finish(pending);
    }
  }

  #add(expire: () => void): Pending {
    const deadline = performance.now() + this.#limitMilliseconds;
    const pending = { deadline, expire, done: false };
    this.#pending.push(pending);
    this.#open += 1;
    this.#timer ??= setTimeout(() => this.#check(), this.#limitMilliseconds);
    this.#timer.ref();
    return pending;
  }

  #finish(pending: Pending): void {
    pending.done = true;
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#pending.length = 0;
    this.#timer?.unref();
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    const first = this.#pending.findIndex(({ done, deadline }) => !done && deadline > now);
    const over = this.#pending.splice(0, first === -1 ? this.#pending.length : first);
    for (const { done, expire } of over) if (!done) expire();
    const [next] = this.#pending;
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#check(), Math.max(1, next.deadline - now));
  }
}
