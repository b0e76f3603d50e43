import type { Fixture } from '@netaccess/conformance';

import { memory } from '../src/memory.ts';

const bytes = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 251);
const other = bytes.map((byte) => byte ^ 255);
const store = new Map([
  ['bytes', bytes],
  ['other', other],
  ['empty', new Uint8Array(0)],
]);
let targets = 0;

/** What the kit needs to know of the example. */
export const fixture: Fixture = {
  factory: () => memory(store),
  served: {
    existing: { url: new URL('memory:bytes'), bytes },
    other: { url: new URL('memory:other'), bytes: other },
    empty: new URL('memory:empty'),
    missing: new URL('memory:nothing'),
  },
  writable: {
    target: () => new URL(`memory:target-${++targets}`),
    stored: (url) => store.get(url.pathname),
    atomic: true,
  },
  operations: ['get', 'head', 'put'],
};
