import type { BackendFactory } from '@netaccess/core';

import { conformanceCases } from '../src/index.ts';
import { memoryFactory } from './memory-backend.ts';
import type { Variant } from './memory-backend.ts';
import { memoryFixture, MemoryWorld } from './memory-world.ts';

/** Spoils a right factory. */
export type Spoil = (factory: BackendFactory, world: MemoryWorld) => BackendFactory;

/** A case that failed, and with what words. */
export interface CaughtBy {
  readonly name: string;
  readonly message: string;
}

/** Runs every case that applies, each in a world of its own, and gives those that failed. */
export async function failuresOf(
  variant: Variant,
  spoil: Spoil = (factory) => factory,
): Promise<readonly CaughtBy[]> {
  const verdicts = await Promise.all(
    conformanceCases.map(async ({ name, applies, run }): Promise<CaughtBy | undefined> => {
      const world = new MemoryWorld();
      const base = variant === 'remote' ? 'memories://host/' : 'memory://host/';
      const make = (): BackendFactory => spoil(memoryFactory(world, variant), world);
      const fixture = memoryFixture(world, base, make);
      if (!applies(fixture)) return undefined;
      try {
        await run(fixture);
      } catch (error) {
        return { name, message: error instanceof Error ? error.message : String(error) };
      }
      if (world.violations.length === 0) return undefined;
      return { name, message: `the kit broke the contract: ${world.violations.join(', ')}` };
    }),
  );
  return verdicts.filter((verdict) => verdict !== undefined);
}
