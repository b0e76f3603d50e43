import type { Backend, BackendFactory, CopyingBackend, Reply, Request } from '@netaccess/core';
import { createManager } from 'netaccess';

import { answerCalls } from '../child.ts';

// What the manager, the policies and the reply cost, with a backend that costs nothing.

const bytes = new TextEncoder().encode('scripted');

const factory: BackendFactory = {
  contract: 1,
  name: 'scripted',
  schemes: ['scripted'],
  features: { targetTypes: ['local'] },
  create: (request: Request): Backend => new ScriptedBackend(request),
};

class ScriptedBackend implements CopyingBackend {
  readonly #request: Request;
  #left = bytes.length;

  constructor(request: Request) {
    this.#request = request;
  }

  open(): { url: URL; headers: readonly []; length: number } {
    return { url: this.#request.url, headers: [], length: bytes.length };
  }

  read(into: Uint8Array): number {
    const count = Math.min(into.length, this.#left);
    into.set(bytes.subarray(0, count));
    this.#left -= count;
    return count;
  }

  async close(): Promise<void> {
    this.#left = 0;
  }
}

const manager = createManager({ backends: [factory] });
const request: Request = {
  operation: 'get',
  url: new URL('scripted://host/path'),
  headers: [['accept', '*/*']],
  attributes: {},
  originAttributes: {},
};

const into = new Uint8Array(bytes.length);

/** Microseconds a request, of so many one after the other. */
async function through(times: number): Promise<number> {
  const started = performance.now();
  for (let count = 0; count < times; count++) await readSmall(await manager.send(request));
  return ((performance.now() - started) / times) * 1_000;
}

/** The same without a manager: what there is to do in any case. */
async function alone(times: number): Promise<number> {
  const started = performance.now();
  for (let count = 0; count < times; count++) {
    const backend = new ScriptedBackend(request);
    backend.open();
    while (backend.read(into) > 0);
    await backend.close();
  }
  return ((performance.now() - started) / times) * 1_000;
}

/** Into memory that the reader has anyhow. */
async function readSmall(reply: Reply): Promise<void> {
  for (;;) {
    const count = reply.readInto(into);
    if ((typeof count === 'number' ? count : await count) === 0) return;
  }
}

answerCalls({ through, alone });
