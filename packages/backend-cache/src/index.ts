export type { CacheFacts, CacheLoadControl, CacheOutcome } from './attributes.ts';
export { cache, type Cache } from './cache.ts';
export { cacheBackend } from './factory.ts';
export { cacheKey, keyParts } from './key.ts';
export { memoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export type { CacheOptions } from './options.ts';
export { cachePolicy } from './policy.ts';
export type * from './store.ts';
// oxlint-disable-next-line import/no-default-export -- what makes a module a plugin
export { plugin as default } from './plugin.ts';
