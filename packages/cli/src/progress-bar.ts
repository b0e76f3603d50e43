import { bytesText, durationText } from './quantity.ts';

/** How far a transfer is. */
export interface Progress {
  readonly bytes: number;
  readonly total?: number | undefined;
}

/** A terminal as far as a progress bar needs one. */
export interface BarTerminal {
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Milliseconds between two drawings: often enough to look alive, seldom enough to cost nothing. */
const drawEvery = 100;
/** Milliseconds over which the shown rate is averaged. */
const rateWindow = 3000;
const defaultColumns = 80;

/** One line at the bottom of a terminal that says how far a transfer is. Draws at most ten times a second. */
export class ProgressBar {
  readonly #terminal: BarTerminal;
  readonly #label: string;
  readonly #now: () => number;
  readonly #started: number;
  readonly #marks: { at: number; bytes: number }[];
  #latest: Progress = { bytes: 0 };
  #drawn = -Infinity;
  #visible = false;

  constructor(terminal: BarTerminal, label: string, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#label = label;
    this.#now = now;
    this.#started = now();
    this.#marks = [{ at: this.#started, bytes: 0 }];
  }

  /** Draws unless it was drawn just now. */
  update(progress: Progress): void {
    this.#latest = progress;
    if (this.#now() - this.#drawn >= drawEvery) this.#draw();
  }

  /** Draws again with what is known, so that a stalled transfer shows its falling rate. */
  tick(): void {
    if (this.#visible) this.#draw();
  }

  /** Leaves the last state on its line and goes to the next. */
  finish(): void {
    this.#draw();
    this.#terminal.write('\n');
    this.#visible = false;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#visible) this.#terminal.write('\r\u001B[K');
    this.#visible = false;
  }

  #draw(): void {
    const at = this.#now();
    this.#drawn = at;
    this.#visible = true;
    this.#marks.push({ at, bytes: this.#latest.bytes });
    while (this.#marks.length > 2 && at - this.#marks[1]!.at > rateWindow) this.#marks.shift();
    this.#terminal.write(`\r${this.#line(at)}\u001B[K`);
  }

  #line(at: number): string {
    const { bytes, total } = this.#latest;
    const rate = this.#rate(at);
    const known = total !== undefined && total > 0 && bytes <= total;
    const amount = known ? `${bytesText(bytes)} / ${bytesText(total)}` : bytesText(bytes);
    const time = known && bytes < total ? (total - bytes) / rate : (at - this.#started) / 1000;
    const facts = `${amount}  ${bytesText(rate)}/s  ${durationText(time)}`;
    const width = (this.#terminal.columns ?? defaultColumns) - 1;
    const share = known ? `${String(Math.floor((bytes / total) * 100)).padStart(3)}% ` : '';
    const label = shortened(this.#label, Math.max(8, Math.floor(width / 3)));
    const room = width - label.length - share.length - facts.length - 6;
    const bar = known && room >= 5 ? `[${filled(bytes / total, room)}]  ` : '';
    return `${label}  ${share}${bar}${facts}`.slice(0, Math.max(0, width));
  }

  /** Bytes a second over the last moments. */
  #rate(at: number): number {
    const first = this.#marks[0]!;
    const seconds = (at - first.at) / 1000;
    return seconds > 0 ? (this.#latest.bytes - first.bytes) / seconds : 0;
  }
}

function filled(share: number, width: number): string {
  const count = Math.min(width, Math.round(share * width));
  return '='
    .repeat(count)
    .slice(0, Math.max(0, count - 1))
    .concat(count > 0 ? '>' : '')
    .padEnd(width);
}

/** A label in at most `width` characters; its end says more than its middle. */
function shortened(label: string, width: number): string {
  return label.length <= width ? label : `…${label.slice(label.length - width + 1)}`;
}
