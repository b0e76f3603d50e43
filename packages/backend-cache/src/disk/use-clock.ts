/** When entries were used, and how exactly that is kept. */
export interface UseClock {
  /** Milliseconds of Unix time. */
  now(): number;
  /** Milliseconds by which what a file says of its last use may be behind: not every hit writes. */
  readonly grain: number;
}

/** Whether a file that says so must say anew when it was used. */
export function isLongAgo(clock: UseClock, usedAt: number): boolean {
  return Math.abs(clock.now() - usedAt) > clock.grain;
}
