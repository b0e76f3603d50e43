import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the caches of contenders are that the bench with this process number started; it removes the folder afterwards. */
export function cacheFolder(bench: number): string {
  return join(tmpdir(), `netaccess-bench-cache-${bench}`);
}
