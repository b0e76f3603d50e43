import type { Operation, Request } from '@netaccess/core';

import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import { descriptionOf, schemeOf, serves } from '../fixture.ts';
import { LendingUpload } from '../lending-upload.ts';
import { check } from '../rule.ts';
import { requestFor } from '../trial.ts';
import type { Trial } from '../trial.ts';

const operations: readonly Operation[] = ['head', 'get', 'put', 'post', 'delete', 'custom'];

const declinesUnknownOperation = conformanceCase({
  name: 'create declines an operation that the contract does not know',
  member: 'BackendFactory.create',
  async run(trial) {
    const request = requestFor(trial.fixture.served.existing.url);
    check(
      isDeclined(trial, Object.assign({ ...request }, { operation: 'teleport' })),
      'create() gave a backend for the operation "teleport" instead of undefined',
    );
  },
});

const declinesOtherOperations = conformanceCase({
  name: 'create declines the operations that the backend does not serve',
  member: 'BackendFactory.create',
  applies: (fixture) => fixture.operations !== undefined,
  async run(trial) {
    const { url } = trial.fixture.served.existing;
    for (const operation of operations) {
      if (serves(trial.fixture, operation)) continue;
      const customVerb = operation === 'custom' ? 'TELEPORT' : undefined;
      check(
        isDeclined(trial, requestFor(url, { operation, customVerb })),
        `create() gave a backend for ${operation}, which the fixture does not list`,
      );
    }
  },
});

const declinesForeignScheme = conformanceCase({
  name: 'create declines a scheme that is not its own',
  member: 'BackendFactory.create',
  applies: (fixture) => !servesEveryScheme(descriptionOf(fixture).schemes),
  async run(trial) {
    const url = new URL('x-netaccess-foreign://host/path');
    check(
      isDeclined(trial, requestFor(url)),
      `create() gave a backend for ${schemeOf(url)}:, which is not in schemes`,
    );
  },
});

const leavesFindingOutToOpen = conformanceCase({
  name: 'create leaves it to open to find out that a resource is missing',
  member: 'BackendFactory.create',
  applies: (fixture) => fixture.served.missing !== undefined,
  async run(trial) {
    const { missing } = trial.fixture.served;
    if (missing === undefined) return;
    const backend: unknown = trial.begin(missing).backend;
    check(!(backend instanceof Promise), 'create() returned a promise: it has to be synchronous');
  },
});

const startsNothing = conformanceCase({
  name: 'create calls nothing that it is lent',
  member: 'BackendFactory.create',
  async run(trial) {
    const calls: string[] = [];
    const context = trial.context();
    trial.begin(trial.fixture.served.existing.url, {
      ...context,
      resources: recordingCalls(context.resources, 'resources', calls),
      security: recordingCalls(context.security, 'security', calls),
    });
    check(calls.length === 0, `create() called ${calls.join(', ')}: all I/O starts in open()`);
  },
});

const leavesUploadClosed = conformanceCase({
  name: 'create does not open the upload',
  member: 'BackendFactory.create',
  applies: (fixture) => fixture.writable !== undefined,
  async run(trial) {
    const { writable } = trial.fixture;
    if (writable === undefined) return;
    const upload = new LendingUpload(trial.fixture.served.existing.bytes);
    trial.begin(requestFor(await writable.target(), { operation: 'put', upload }));
    check(!upload.opened, 'create() opened the upload: all I/O starts in open()');
  },
});

const givesEachItsOwn = conformanceCase({
  name: 'create gives every request a backend of its own',
  member: 'BackendFactory.create',
  async run(trial) {
    const { url } = trial.fixture.served.existing;
    const request = requestFor(url);
    check(
      trial.begin(request).backend !== trial.begin(request).backend,
      'create() gave the same backend twice: a backend serves one request',
    );
  },
});

/** `create` is local, synchronous, and picks what it can serve. */
export const creatingCases: readonly ConformanceCase[] = [
  declinesUnknownOperation,
  declinesOtherOperations,
  declinesForeignScheme,
  leavesFindingOutToOpen,
  startsNothing,
  leavesUploadClosed,
  givesEachItsOwn,
];

function isDeclined(trial: Trial, request: Request): boolean {
  return trial.factory.create(request, trial.context()) === undefined;
}

/** True for "*": those decline by other things than the scheme. */
export function servesEveryScheme(schemes: readonly string[]): boolean {
  return schemes.includes('*');
}

/** What is lent, with every call of a function in it written down. */
function recordingCalls<Lent extends object>(lent: Lent, name: string, calls: string[]): Lent {
  return new Proxy(lent, {
    get(target, key, receiver): unknown {
      const value: unknown = Reflect.get(target, key, receiver);
      const path = `${name}.${String(key)}`;
      if (typeof value === 'function') return recordingCall(value, target, path, calls);
      return typeof value === 'object' && value !== null
        ? recordingCalls(value, path, calls)
        : value;
    },
  });
}

function recordingCall(member: Function, owner: object, path: string, calls: string[]): Function {
  return (...given: unknown[]): unknown => {
    calls.push(`${path}()`);
    return Reflect.apply(member, owner, given);
  };
}
