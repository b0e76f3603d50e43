import type { CacheStore } from '../../src/index.ts';
import { storeCases } from '../../src/store-conformance/index.ts';
import { referenceFixture } from './reference-store.ts';
import type { StoreWorld } from './reference-store.ts';

/** Spoils a right store. */
export type Spoil = (store: CacheStore, world: StoreWorld) => CacheStore;

/** A case that failed, and with what words. */
export interface CaughtBy {
  readonly name: string;
  readonly message: string;
}

/** Runs every case, or those of these names, one after the other, and gives those that failed. */
export async function failuresOf(
  spoil: Spoil = (store) => store,
  names?: readonly string[],
): Promise<readonly CaughtBy[]> {
  const failures: CaughtBy[] = [];
  for (const { name, applies, run } of storeCases) {
    const fixture = referenceFixture(spoil);
    if (!applies(fixture) || names?.includes(name) === false) continue;
    try {
      await run(fixture);
    } catch (error) {
      failures.push({ name, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return failures;
}
