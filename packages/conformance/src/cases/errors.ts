import type { NetworkErrorCode } from '@netaccess/core';

import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import type { Fixture, Served } from '../fixture.ts';
import { check, checkBytes, checkCoded } from '../rule.ts';
import type { Trial } from '../trial.ts';

const missingIsNotFound = conformanceCase({
  name: 'a missing resource fails with content-not-found',
  member: 'NetworkErrorCode "content-not-found"',
  applies: has('missing'),
  run: async (trial) =>
    await checkFails(trial, trial.fixture.served.missing, ['content-not-found']),
});

const forbiddenIsDenied = conformanceCase({
  name: 'a forbidden resource fails with content-access-denied',
  member: 'NetworkErrorCode "content-access-denied"',
  applies: has('forbidden'),
  run: async (trial) =>
    await checkFails(trial, trial.fixture.served.forbidden, ['content-access-denied']),
});

const failsAsListed = conformanceCase({
  name: 'whatever else cannot be had fails with the code that the fixture names',
  member: 'NetworkErrorCode',
  applies: has('failing'),
  async run(trial) {
    for (const { url, code } of trial.fixture.served.failing ?? []) {
      await checkFails(trial, url, [code]);
    }
  },
});

const brokenBodyFails = conformanceCase({
  name: 'a body that breaks off fails with a code instead of ending',
  member: 'ViewSource.readPointer, CopyingBackend.read',
  applies: has('broken'),
  async run(trial) {
    const { broken } = trial.fixture.served;
    if (broken === undefined) return;
    const transfer = trial.begin(broken);
    const what = `a transfer of ${broken.href} to its end`;
    const outcome = await trial.outcome(what, async () => {
      await transfer.backend.open();
      for (;;) {
        const read = await transfer.startRead();
        const count = typeof read === 'number' ? read : read.length;
        if (count === 0) return;
        if (typeof read !== 'number') transfer.lending().advanceReadPointer(count);
      }
    });
    check(!outcome.ok, `${what} looks whole, but the body broke off`);
    checkCoded(outcome.error, what);
  },
});

const brokenBodyIsAlone = conformanceCase({
  name: 'the transfer after a broken one is whole',
  member: 'OpenBackend.close',
  applies: has('broken'),
  async run(trial) {
    const { broken, existing } = trial.fixture.served;
    if (broken === undefined) return;
    const transfer = trial.begin(broken);
    await trial.outcome('a broken transfer', async () => {
      await transfer.backend.open();
      await transfer.startRead();
    });
    await transfer.discard();
    const bytes = await trial.bytesOf(existing.url, existing.bytes.length);
    checkBytes(bytes, existing.bytes, 'the transfer after a broken one');
  },
});

const keepsSecrets = conformanceCase({
  name: 'a failure does not quote the password of the URL',
  member: 'NetworkError: user and password never appear',
  applies: ({ served }) => served.missing !== undefined && canHoldPassword(served.missing),
  async run(trial) {
    const url = new URL(trial.fixture.served.missing ?? trial.fixture.served.existing.url);
    url.username = 'kit';
    url.password = secret;
    const transfer = trial.begin(url);
    const failure = await transfer.failureToOpen();
    check(
      failure === undefined || !failure.message.includes(secret),
      `the message of ${failure?.code} quotes the password: ${failure?.message}`,
    );
  },
});

/** What cannot be had fails with the right word. */
export const errorCases: readonly ConformanceCase[] = [
  missingIsNotFound,
  forbiddenIsDenied,
  failsAsListed,
  brokenBodyFails,
  brokenBodyIsAlone,
  keepsSecrets,
];

const secret = 'kit-secret-7f3a';

function has(name: keyof Served): (fixture: Fixture) => boolean {
  return ({ served }) => served[name] !== undefined;
}

/** Some schemes' URLs have no host, and so no place for user and password. */
function canHoldPassword(url: URL): boolean {
  const changed = new URL(url);
  changed.password = secret;
  return changed.password === secret;
}

async function checkFails(
  trial: Trial,
  url: URL | undefined,
  codes: readonly NetworkErrorCode[],
): Promise<void> {
  if (url === undefined) return;
  const transfer = trial.begin(url);
  const failure = await transfer.failureToOpen();
  const wanted = codes.join(' or ');
  check(failure !== undefined, `open() of ${transfer.label} succeeded instead of ${wanted}`);
  check(
    codes.includes(failure.code),
    `open() of ${transfer.label} failed with ${failure.code} instead of ${wanted}: ${failure.message}`,
  );
}
