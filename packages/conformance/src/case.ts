import { checkFixture } from './fixture.ts';
import type { Fixture } from './fixture.ts';
import { Trial } from './trial.ts';

/** One rule of the contract as something to run. Runners need nothing else. */
export interface ConformanceCase {
  /** A sentence: what the backend does when it is right. */
  readonly name: string;
  /** False when the claims or the fixture leave nothing to try. */
  readonly applies: (fixture: Fixture) => boolean;
  /** Rejects with an `Error` that says what rule was broken and where it stands. */
  readonly run: (fixture: Fixture) => Promise<void>;
}

/** What a case is made from. */
export interface CaseDefinition {
  readonly name: string;
  /** The contract's member that the rule stands at. */
  readonly member: string;
  readonly applies?: ((fixture: Fixture) => boolean) | undefined;
  readonly run: (trial: Trial) => Promise<void>;
}

/** Makes a case that has a factory of its own, leaves nothing open, and names the rule in its failure. */
export function conformanceCase(definition: CaseDefinition): ConformanceCase {
  const { name, member, applies, run } = definition;
  return {
    name,
    applies: applies ?? (() => true),
    async run(fixture) {
      checkFixture(fixture);
      const trial = new Trial(fixture);
      try {
        await run(trial);
      } catch (cause) {
        const wrong = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${wrong} — broken rule: ${name} (contract: ${member})`, { cause });
      } finally {
        await trial.finish();
      }
    },
  };
}
