// @boundaries-ignore it is copied into a project outside the workspace
import { testConformance } from '@netaccess/conformance/node-test';
// @boundaries-ignore it is copied into a project outside the workspace
import type { BackendFactory, Request } from '@netaccess/core';

const bytes = Uint8Array.from({ length: 64 }, (_, index) => index * 3);

function create(request: Request) {
  if (request.url.protocol !== 'third:' || request.operation !== 'get') return undefined;
  let position = 0;
  return {
    open() {
      if (request.url.pathname === 'missing') {
        throw Object.assign(new Error(`${request.url.href} is not here`), {
          code: 'content-not-found',
        });
      }
      return { url: request.url, headers: [], length: bytes.length };
    },
    read(into: Uint8Array) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      position += part.length;
      return part.length;
    },
    close: async () => {},
  };
}

const factory = (): BackendFactory => ({
  contract: 1,
  name: 'third party',
  schemes: ['third'],
  features: { targetTypes: ['local'] },
  create,
});

await testConformance('a third party', {
  factory,
  operations: ['get'],
  served: { existing: { url: new URL('third:here'), bytes }, missing: new URL('third:missing') },
});
