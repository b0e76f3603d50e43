import { failure } from '../memory-backend.ts';
import type { MemoryWorld } from '../memory-world.ts';
import type { Mutant } from './mutant.ts';

const closedWorlds = new WeakSet<MemoryWorld>();

export const describingMutants: readonly Mutant[] = [
  {
    wrong: 'names a scheme with its colon and in capitals',
    caughtBy: 'the factory names its contract, itself and its schemes',
    refusedByCore: true,
    variant: 'lending',
    spoil: (factory) => ({ ...factory, schemes: [...factory.schemes, 'MEMORY:'] }),
  },
  {
    wrong: 'claims what nobody knows',
    caughtBy: 'the factory claims a target and only known words',
    refusedByCore: true,
    variant: 'lending',
    spoil: (factory) => ({
      ...factory,
      features: Object.assign({ ...factory.features }, { ioFeatures: ['zero-copy', 'telepathy'] }),
    }),
  },
  {
    wrong: 'calls a scheme secure that it does not serve',
    caughtBy: 'secure schemes are among the schemes',
    refusedByCore: true,
    variant: 'remote',
    spoil: (factory) => ({ ...factory, secureSchemes: ['memories', 'elsewhere'] }),
  },
  {
    wrong: 'keeps in the module what belongs to one factory',
    caughtBy: 'closing one factory leaves another one working',
    also: ['close of a factory resolves, whether it was used or not'],
    variant: 'lending',
    spoil: (factory, world) => ({
      ...factory,
      create(request, context) {
        if (closedWorlds.has(world)) throw failure('unknown-network', 'it was closed');
        return factory.create(request, context);
      },
      async close() {
        closedWorlds.add(world);
      },
    }),
  },
];
