import { memoryStore } from '../../src/memory/memory-store.ts';
import { testStore } from '../../src/store-conformance/vitest.ts';

testStore('a memory store', {
  open: ({ maximumBytes, maximumEntries }) => {
    const maximumEntryBytes = maximumBytes === undefined ? undefined : (maximumBytes * 3) / 4;
    return memoryStore({ maximumBytes, maximumEntries, maximumEntryBytes });
  },
  limits: ['maximumBytes', 'maximumEntries'],
  forgetsLeastRecent: true,
});
