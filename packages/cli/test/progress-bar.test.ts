import { describe, expect, it } from 'vitest';

import { ProgressBar } from '../src/progress-bar.ts';

class Terminal {
  readonly columns: number;
  written: string[] = [];
  constructor(columns = 80) {
    this.columns = columns;
  }
  write(text: string): void {
    this.written.push(text);
  }
  /** What stands in the line now. */
  get line(): string {
    return (this.written.findLast((text) => text.startsWith('\r')) ?? '').slice(1, -3);
  }
}

function bar(columns?: number) {
  const terminal = new Terminal(columns);
  const clock = { now: 0 };
  const made = new ProgressBar(terminal, 'debian.iso', () => clock.now);
  const at = (now: number, bytes: number, total?: number): string => {
    clock.now = now;
    made.update({ bytes, total });
    return terminal.line;
  };
  return { terminal, clock, made, at };
}

describe('the progress bar', () => {
  it('says share, amount, rate and time left', () => {
    const { at } = bar();
    at(0, 0, 200_000_000);
    expect(at(1000, 50_000_000, 200_000_000)).toMatch(
      /^debian\.iso {3}25% \[=+> +\] {2}50\.0 MB \/ 200\.0 MB {2}50\.0 MB\/s {2}0:03$/,
    );
  });
  it('says amount, rate and time gone when the total is not known or was wrong', () => {
    const { at } = bar();
    expect(at(2000, 3000)).toBe('debian.iso  3.0 kB  1.5 kB/s  0:02');
    expect(at(4000, 5000, 4000)).toMatch(/^debian\.iso {2}5\.0 kB {2}/);
  });
  it('stays in its line, however narrow', () => {
    for (const columns of [1, 10, 30, 40, 60, 200]) {
      const { at } = bar(columns);
      expect(at(1000, 50_000_000, 200_000_000).length).toBeLessThan(columns);
    }
  });
  it('draws at most ten times a second', () => {
    const { terminal, at } = bar();
    for (let now = 0; now < 1000; now += 1) at(now, now);
    expect(terminal.written).toHaveLength(10);
  });
  it('shows the falling rate of a transfer that stalls', () => {
    const { terminal, clock, made, at } = bar();
    at(1000, 1_000_000);
    clock.now = 10_000;
    made.tick();
    clock.now = 14_000;
    made.tick();
    expect(terminal.line).toContain(' 0 B/s ');
  });
  it('leaves the last state on its own line, or nothing at all', () => {
    const { terminal, made, at } = bar();
    at(1000, 10, 10);
    made.finish();
    expect(terminal.line).toContain('100%');
    expect(terminal.written.at(-1)).toBe('\n');
    const other = bar();
    other.at(1000, 5, 10);
    other.made.clear();
    other.made.tick();
    expect(other.terminal.written.at(-1)).toBe('\r\u001B[K');
  });
});
