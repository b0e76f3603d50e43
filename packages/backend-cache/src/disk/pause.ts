/** Lets others run between the steps of work in the background. Only while somebody waits for the work does it keep the process alive. */
export class Pause {
  #next: NodeJS.Immediate | undefined;
  #waiting = 0;

  /** Settles in the next turn of the loop. */
  step(): Promise<void> {
    return new Promise((resolve) => {
      this.#next = setImmediate(() => {
        this.#next = undefined;
        resolve();
      });
      if (this.#waiting === 0) this.#next.unref();
    });
  }

  /** Waits for the work. */
  async until(work: Promise<void>): Promise<void> {
    this.#waiting += 1;
    this.#next?.ref();
    try {
      await work;
    } finally {
      this.#waiting -= 1;
    }
  }
}
