import type { Dice } from './dice.ts';

/** Something that eats bytes of a stranger. */
export interface Target {
  readonly name: string;
  /** Makes one input. */
  generate(dice: Dice): Buffer;
  /**
   * Feeds the input in these pieces and says, as text, everything that a user could observe. Rejects when a promise is broken: an
   * error without one of the known codes, something left open, a wait without end.
   */
  observe(pieces: readonly Buffer[]): Promise<string>;
}

/** An input that broke a promise, and how. */
export interface Finding {
  readonly seed: number;
  readonly input: Buffer;
  readonly what: string;
}
