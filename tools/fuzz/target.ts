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
  /** True when what was seen of the input as a whole and in pieces may differ so. Absent: it may not differ at all. */
  tolerates?(input: Buffer, whole: string, inPieces: string): Promise<boolean>;
}

/** An input that broke a promise, and how. */
export interface Finding {
  readonly seed: number;
  readonly input: Buffer;
  readonly what: string;
}
