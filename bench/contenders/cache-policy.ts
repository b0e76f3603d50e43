import {
  createManager,
  memoryStore,
  type Backend,
  type BackendFactory,
  type NetworkAccessManager,
  type Request,
} from 'netaccess';

import { answerCalls } from '../child.ts';

// What the cache costs a request whose reply it must not store, with a backend that costs nothing.

const body = new TextEncoder().encode('scripted');
const headers = [['Cache-Control', 'no-store']] as const;
const status = { code: 200, reason: 'OK' };

const factory: BackendFactory = {
  contract: 1,
  name: 'scripted',
  schemes: ['http'],
  features: { targetTypes: ['networked'], ioFeatures: ['zero-copy'] },
  create({ url }: Request): Backend {
    let rest = body;
    return {
      open: async () => ({ url, headers, length: body.length, status }),
      readPointer: () => rest,
      advanceReadPointer(distance) {
        rest = rest.subarray(distance);
      },
      close: () => Promise.resolve(),
    };
  },
};

const plain = createManager({ backends: [factory] });
const caching = createManager({ backends: [factory], cache: memoryStore() });
const request: Request = {
  operation: 'get',
  url: new URL('http://host.test/path'),
  headers: [['accept', '*/*']],
  attributes: {},
  originAttributes: {},
};

/** Microseconds a request, of so many one after the other. */
async function cost(manager: NetworkAccessManager, times: number): Promise<number> {
  const started = performance.now();
  for (let count = 0; count < times; count++) await (await manager.send(request)).bytes();
  return ((performance.now() - started) / times) * 1_000;
}

answerCalls({
  without: (times: number) => cost(plain, times),
  with: (times: number) => cost(caching, times),
});
