import { describe, expect, it } from 'vitest';

import { conformanceCases } from '../src/index.ts';
import { memoryFactory } from './memory-backend.ts';
import { memoryFixture, MemoryWorld } from './memory-world.ts';

describe('a backend that never settles', () => {
  it('fails by the name of the promise, the limit and the rule', async () => {
    const world = new MemoryWorld();
    const fixture = memoryFixture(world, 'memory://host/', () => ({
      ...memoryFactory(world, 'lending'),
      create: () => ({
        open: async () => await new Promise<never>(() => {}),
        readPointer: () => new Uint8Array(0),
        advanceReadPointer: () => undefined,
        close: async () => {},
      }),
    }));
    const reading = conformanceCases.find(
      ({ name }) => name === 'reading gives every byte in order',
    );
    await expect(reading?.run({ ...fixture, waitMilliseconds: 20 })).rejects.toThrow(
      'open() of get memory://host/existing did not settle within 20 ms' +
        ' — broken rule: reading gives every byte in order (contract: OpenBackend.open and reading)',
    );
  });
});
