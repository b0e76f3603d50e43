import { testConformance } from '../src/vitest.ts';
import { memoryFactory } from './memory-backend.ts';
import { memoryFixture, MemoryWorld } from './memory-world.ts';

const world = new MemoryWorld();

testConformance(
  'a right networked backend, under vitest,',
  memoryFixture(world, 'memories://host/', () => memoryFactory(world, 'remote')),
);
