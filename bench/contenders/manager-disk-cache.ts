import { join } from 'node:path';

import { diskStore } from '@netaccess/backend-cache/disk';
import { createManager } from 'netaccess';

import { contend } from '../contender.ts';
import { cacheFolder } from './cache-folder.ts';

const MAXIMUM_BYTES = 400_000_000;

const folder = join(cacheFolder(process.ppid), 'netaccess');
const manager = createManager({ cache: diskStore({ folder, maximumBytes: MAXIMUM_BYTES }) });

contend({
  async get(url) {
    return (await (await manager.get(url)).bytes()).length;
  },
  async download(url) {
    let bytes = 0;
    for await (const view of (await manager.get(url)).views()) bytes += view.length;
    return bytes;
  },
});
