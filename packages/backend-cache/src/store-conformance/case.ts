import type { StoreFixture } from './fixture.ts';
import { describeError } from './rule.ts';
import { StoreTrial } from './trial.ts';

/** One rule of the contract of stores as something to run. Runners need nothing else. */
export interface StoreCase {
  /** A sentence: what the store does when it is right. */
  readonly name: string;
  /** False when the fixture leaves nothing to try. */
  readonly applies: (fixture: StoreFixture) => boolean;
  /** Rejects with an `Error` that says what rule was broken and at which member it stands. */
  readonly run: (fixture: StoreFixture) => Promise<void>;
}

/** What a case is made from. */
export interface StoreCaseDefinition {
  readonly name: string;
  /** The contract's member that the rule stands at. */
  readonly member: string;
  readonly applies?: ((fixture: StoreFixture) => boolean) | undefined;
  readonly run: (trial: StoreTrial) => Promise<void>;
}

/** Makes a case that has stores of its own, leaves none open, and names the rule in its failure. */
export function storeCase(definition: StoreCaseDefinition): StoreCase {
  const { name, member, applies, run } = definition;
  return {
    name,
    applies: applies ?? (() => true),
    async run(fixture) {
      const trial = new StoreTrial(fixture);
      try {
        await run(trial);
      } catch (cause) {
        const wrong = `${describeError(cause)} — broken rule: ${name} (contract: ${member})`;
        throw new Error(wrong, { cause });
      } finally {
        await trial.finish();
      }
    },
  };
}
