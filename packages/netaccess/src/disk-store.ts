export { cacheKey } from '@netaccess/backend-cache';
export type { CacheStore, StoredEntry } from '@netaccess/backend-cache';
export { diskStore } from '@netaccess/backend-cache/disk';
export type { DiskStoreOptions } from '@netaccess/backend-cache/disk';
