import { createManager, memoryStore } from 'netaccess';

import { contend } from '../contender.ts';

const manager = createManager({ cache: memoryStore() });

contend({
  async get(url) {
    return (await (await manager.get(url)).bytes()).length;
  },
});
