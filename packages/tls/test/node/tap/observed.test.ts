import { describe } from 'vitest';

import { observeAll } from '../../fixtures/secure-server.ts';

observeAll();

/** Everything that a channel promises, once more with alerts observed. */
describe('observed', async () => {
  await import('../secure-channel.test.ts');
  await import('../../provider.test.ts');
  await import('../../sessions.test.ts');
  await import('../../configuration.test.ts');
});
