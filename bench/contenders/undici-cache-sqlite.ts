import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { Agent, cacheStores, interceptors, request, type Dispatcher } from 'undici';

import { contend } from '../contender.ts';
import { cacheFolder } from './cache-folder.ts';

let dispatcher: Dispatcher = new Agent();

contend({
  prepare({ connections }) {
    const folder = cacheFolder(process.ppid);
    mkdirSync(folder, { recursive: true });
    const store = new cacheStores.SqliteCacheStore({ location: join(folder, 'undici.sqlite') });
    dispatcher = new Agent({ connections }).compose(interceptors.cache({ store }));
  },
  async get(url) {
    const { body } = await request(url, { dispatcher });
    return (await body.arrayBuffer()).byteLength;
  },
});
