import { markUsed } from './file-call.ts';

/** When entries were used, and how exactly that is kept. */
export interface UseClock {
  /** Milliseconds of Unix time. */
  now(): number;
  /** Milliseconds by which what a file says of its last use may be behind: not every hit writes. */
  readonly grain: number;
}

/** Says in a file that it is used now, unless it says so already, about. */
export function markIfLong(
  file: number,
  path: string,
  { clock, usedAt }: { readonly clock: UseClock; readonly usedAt: number },
): void {
  const now = clock.now();
  if (Math.abs(now - usedAt) > clock.grain) markUsed(file, path, now);
}
