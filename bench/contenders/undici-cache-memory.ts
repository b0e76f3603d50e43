import { Agent, cacheStores, interceptors, request, type Dispatcher } from 'undici';

import { contend } from '../contender.ts';

let dispatcher: Dispatcher = new Agent();

contend({
  prepare({ connections }) {
    const store = new cacheStores.MemoryCacheStore();
    dispatcher = new Agent({ connections }).compose(interceptors.cache({ store }));
  },
  async get(url) {
    const { body } = await request(url, { dispatcher });
    return (await body.arrayBuffer()).byteLength;
  },
});
