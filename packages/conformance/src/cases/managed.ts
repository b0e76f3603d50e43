import {
  bytesUpload,
  NetworkAccessManager,
  NetworkError,
  Registry,
  replyUpload,
} from '@netaccess/core';
import type { Operation, Request } from '@netaccess/core';

import { conformanceCase } from '../case.ts';
import type { CaseDefinition, ConformanceCase } from '../case.ts';
import { serves } from '../fixture.ts';
import { check, checkBytes, describeError } from '../rule.ts';
import { requestFor } from '../trial.ts';
import type { Trial } from '../trial.ts';

const givesChunks = managedCase({
  name: 'through a manager, the chunks of a body stay what they were',
  member: 'Reply.body',
  async run(trial, manager) {
    const { url, bytes } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const reply = await sent(trial, manager, requestFor(url));
    const chunks = await trial.value('reading reply.body', () => chunksOf(reply));
    let offset = 0;
    for (const chunk of chunks) {
      checkBytes(chunk, bytes.subarray(offset, offset + chunk.length), `the chunk at ${offset}`);
      offset += chunk.length;
    }
    check(offset === bytes.length, `the body ended after ${offset} of ${bytes.length} bytes`);
  },
});

const fillsCallersMemory = managedCase({
  name: "through a manager, readInto fills the caller's memory",
  member: 'Reply.readInto',
  async run(trial, manager) {
    const { url, bytes } = trial.fixture.served.existing;
    const reply = await sent(trial, manager, requestFor(url));
    const memory = new Uint8Array(bytes.length);
    for (let filled = 0; filled < bytes.length;) {
      const into = memory.subarray(filled, filled + 13);
      const count = await trial.value('readInto()', () => reply.readInto(into));
      check(count > 0, `the body ended after ${filled} of ${bytes.length} bytes`);
      filled += count;
    }
    checkBytes(memory, bytes, 'memory filled by readInto()');
  },
});

const namesBackend = managedCase({
  name: 'through a manager, the reply says who served it',
  member: 'ReplyAttributes.backend',
  async run(trial, manager) {
    const reply = await sent(trial, manager, requestFor(trial.fixture.served.existing.url));
    const served = reply.attributes?.backend?.name;
    check(served === trial.factory.name, `attributes.backend.name is ${served}`);
    await trial.value('close() of the reply', () => reply.close());
  },
});

const failsWithNetworkError = managedCase({
  name: 'through a manager, a missing resource is a NetworkError about its URL',
  member: 'NetworkError',
  applies: (fixture) => fixture.served.missing !== undefined,
  async run(trial, manager) {
    const url = trial.fixture.served.missing ?? trial.fixture.served.existing.url;
    const outcome = await trial.outcome('send()', () => manager.send(requestFor(url)));
    if (outcome.ok) {
      const { error } = outcome.value;
      check(error?.code === 'content-not-found', `reply.error is ${error?.code}`);
      return;
    }
    const { error } = outcome;
    check(NetworkError.is(error), `send() rejected with ${describeError(error)}`);
    check(error.code === 'content-not-found', `send() rejected with ${error.code}`);
    check(error.url?.protocol === url.protocol, `the error is about ${error.url?.href}`);
  },
});

const abortsWhileReading = managedCase({
  name: 'through a manager, an abort in mid-body rejects the read and the next request is whole',
  member: 'Request.signal',
  async run(trial, manager) {
    const { url, bytes } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const aborter = new AbortController();
    const reply = await sent(trial, manager, requestFor(url, { signal: aborter.signal }));
    await trial.value('readInto()', () => reply.readInto(new Uint8Array(8)));
    aborter.abort();
    const outcome = await trial.outcome('readInto() after abort()', () =>
      reply.readInto(new Uint8Array(8)),
    );
    check(!outcome.ok, 'a read after abort() was fulfilled');
    check(NetworkError.is(outcome.error), `it rejected with ${describeError(outcome.error)}`);
    const again = await sent(trial, manager, requestFor(url));
    checkBytes(await trial.value('bytes()', () => again.bytes()), bytes, 'after an abort');
  },
});

const refusesWhatIsDeclined = managedCase({
  name: 'through a manager, an operation that the backend does not serve is refused with a code',
  member: 'BackendFactory.create',
  applies: (fixture) => unserved(fixture.operations) !== undefined,
  async run(trial, manager) {
    const operation = unserved(trial.fixture.operations);
    const { url } = trial.fixture.served.existing;
    const request = requestFor(url, operation === undefined ? {} : { operation });
    const outcome = await trial.outcome('send()', () => manager.send(request));
    check(!outcome.ok, `${operation} was served`);
    check(NetworkError.is(outcome.error), `it rejected with ${describeError(outcome.error)}`);
  },
});

const copiesOn = managedCase({
  name: 'through a manager, one resource is copied to another without holding its bytes',
  member: 'Upload.open',
  applies: (fixture) => fixture.writable !== undefined && serves(fixture, 'put'),
  async run(trial, manager) {
    const { served, writable } = trial.fixture;
    const { url, bytes } = served.large ?? served.existing;
    check(writable !== undefined, 'the fixture has no writable');
    const target = await writable.target();
    const from = await sent(trial, manager, requestFor(url));
    await written(
      trial,
      manager,
      requestFor(target, { operation: 'put', upload: replyUpload(from) }),
    );
    const stored = await writable.stored(target);
    check(stored !== undefined, `nothing is stored at ${target.href}`);
    checkBytes(stored, bytes, 'what was copied');
  },
});

const putsBytes = managedCase({
  name: 'through a manager, bytes that were put can be read back',
  member: 'Operation "put"',
  applies: (fixture) => fixture.writable !== undefined && serves(fixture, 'put'),
  async run(trial, manager) {
    const { served, writable } = trial.fixture;
    const { bytes } = served.existing;
    check(writable !== undefined, 'the fixture has no writable');
    const target = await writable.target();
    await written(
      trial,
      manager,
      requestFor(target, { operation: 'put', upload: bytesUpload(bytes) }),
    );
    const reply = await sent(trial, manager, requestFor(target));
    checkBytes(await trial.value('bytes()', () => reply.bytes()), bytes, 'what was read back');
  },
});

const closesWhatIsOpen = managedCase({
  name: 'through a manager, close ends what is under way',
  member: 'BackendFactory.close',
  async run(trial, manager) {
    const { url } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const reply = await sent(trial, manager, requestFor(url));
    await trial.value('close() of the manager', () => manager.close());
    const outcome = await trial.outcome('bytes() after close()', () => reply.bytes());
    check(!outcome.ok, 'a body could be read after the manager was closed');
  },
});

/** The same backend under core’s manager. */
export const managedCases: readonly ConformanceCase[] = [
  givesChunks,
  fillsCallersMemory,
  namesBackend,
  failsWithNetworkError,
  abortsWhileReading,
  refusesWhatIsDeclined,
  copiesOn,
  putsBytes,
  closesWhatIsOpen,
];

async function chunksOf(reply: SentReply): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  return chunks;
}

type SentReply = Awaited<ReturnType<NetworkAccessManager['send']>>;

function managedCase(
  definition: Omit<CaseDefinition, 'run'> & {
    readonly run: (trial: Trial, manager: NetworkAccessManager) => Promise<void>;
  },
): ConformanceCase {
  const { run, ...rest } = definition;
  return conformanceCase({
    ...rest,
    async run(trial) {
      const manager = managerOf(trial);
      try {
        await run(trial, manager);
      } finally {
        await trial.outcome('close() of the manager', () => manager.close());
      }
    },
  });
}

function managerOf(trial: Trial): NetworkAccessManager {
  const { resources, security, proxies } = trial.fixture.lent ?? {};
  return new NetworkAccessManager({
    registry: new Registry({ factories: [trial.factory] }),
    resources: resources ?? {},
    security: security ?? {},
    proxies: () => proxies ?? [],
  });
}

async function sent(
  trial: Trial,
  manager: NetworkAccessManager,
  request: Request,
): Promise<SentReply> {
  const reply = await trial.value(`send() of ${request.operation} ${request.url.protocol}`, () =>
    manager.send(request),
  );
  check(reply.error === undefined, `the reply is a failure: ${reply.error?.message}`);
  return reply;
}

async function written(
  trial: Trial,
  manager: NetworkAccessManager,
  request: Request,
): Promise<void> {
  const reply = await sent(trial, manager, request);
  await trial.value('reading the answer to a put', () => reply.bytes(65_536));
}

const operations: readonly Operation[] = ['head', 'get', 'put', 'post', 'delete', 'custom'];

function unserved(served: readonly Operation[] | undefined): Operation | undefined {
  return served && operations.find((operation) => !served.includes(operation));
}
