import type { Progress } from 'netaccess';

import { ProgressBar, type BarTerminal } from './progress-bar.ts';

/** Milliseconds after which a bar is drawn again although nothing came. */
const tickEvery = 500;

/** The bars of one transfer: first its upload's, if it has one, then its download's. Shows nothing without a terminal. */
export class ProgressMeter {
  readonly #terminal: BarTerminal | undefined;
  readonly #label: string;
  #bar: ProgressBar | undefined;
  #direction: Progress['direction'] | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: BarTerminal | undefined, label: string) {
    this.#terminal = terminal;
    this.#label = label;
  }

  update(progress: Progress): void {
    if (this.#terminal === undefined) return;
    if (this.#direction !== progress.direction) this.#start(this.#terminal, progress);
    this.#bar?.update(progress);
  }

  /** Leaves the bar as it is when all bytes have come. */
  finish(): void {
    clearInterval(this.#timer);
    this.#bar?.finish();
  }

  clear(): void {
    clearInterval(this.#timer);
    this.#bar?.clear();
  }

  #start(terminal: BarTerminal, { direction }: Progress): void {
    this.clear();
    this.#direction = direction;
    this.#bar = new ProgressBar(terminal, direction === 'upload' ? 'sent' : this.#label);
    this.#timer = setInterval(() => this.#bar?.tick(), tickEvery).unref();
  }
}
