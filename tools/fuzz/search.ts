import { Dice } from './dice.ts';
import { split } from './mutate.ts';
import type { Finding, Target } from './target.ts';

/** Tries one seed: the same bytes, split in two ways, have to look the same. */
export async function trySeed(target: Target, seed: number): Promise<Finding | undefined> {
  const dice = new Dice(seed);
  const input = target.generate(dice);
  try {
    const whole = await target.observe([input]);
    const inPieces = await target.observe(split(input, dice));
    if (whole === inPieces) return undefined;
    if ((await target.tolerates?.(input, whole, inPieces)) === true) return undefined;
    return { seed, input, what: `split in two ways it differs:\n  ${whole}\n  ${inPieces}` };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, input, what };
  }
}
