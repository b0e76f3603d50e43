/** What ran and how it ended, added up over every step. */
export class Tally {
  #passed = 0;
  #failed = 0;

  /** Counts a step as one, whatever it did inside. */
  step(ok: boolean): void {
    this.#add(ok ? 1 : 0, ok ? 0 : 1);
  }

  /** Counts the tests of one run. A run that failed without a failing test (a crash, a missed threshold) counts as one failure. */
  tests({ passed, failed, ok }: { passed: number; failed: number; ok: boolean }): void {
    this.#add(passed, !ok && failed === 0 ? 1 : failed);
  }

  #add(passed: number, failed: number): void {
    this.#passed += passed;
    this.#failed += failed;
  }

  /** True when something ran and nothing failed. */
  get ok(): boolean {
    return this.#failed === 0 && this.#passed > 0;
  }

  toString(): string {
    return `${this.#passed} passed, ${this.#failed} failed`;
  }
}
