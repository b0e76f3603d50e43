import { join } from 'node:path';

import fetch from 'make-fetch-happen';

import { contend } from '../contender.ts';
import { cacheFolder } from './cache-folder.ts';

const cached = fetch.defaults({ cachePath: join(cacheFolder(process.ppid), 'make-fetch-happen') });

contend({
  async get(url) {
    return (await (await cached(url)).arrayBuffer()).byteLength;
  },
});
