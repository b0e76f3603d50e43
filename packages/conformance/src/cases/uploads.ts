import type { Request } from '@netaccess/core';

import { conformanceCase } from '../case.ts';
import type { CaseDefinition, ConformanceCase } from '../case.ts';
import { claims, serves } from '../fixture.ts';
import type { Writable } from '../fixture.ts';
import { LendingUpload } from '../lending-upload.ts';
import type { LendingUploadOptions } from '../lending-upload.ts';
import { describeError, check, checkBytes } from '../rule.ts';
import { requestFor } from '../trial.ts';
import type { Trial } from '../trial.ts';

/** Bytes that a peer may answer to a put. */
const maximumAnswer = 65_536;

const storesEveryByte = uploadCase({
  name: 'a put stores every byte of views that are rewritten after use',
  member: 'Upload.open',
  run: async (trial, writable) =>
    await checkStores(trial, writable, bigBytes(trial), { viewBytes: 1_000 }),
});

const storesOneView = uploadCase({
  name: 'a put stores an upload of one view',
  member: 'Upload.open',
  async run(trial, writable) {
    const bytes = bigBytes(trial);
    await checkStores(trial, writable, bytes, { viewBytes: bytes.length });
  },
});

const storesNothing = uploadCase({
  name: 'a put of an empty upload stores an empty resource',
  member: 'Upload.open',
  run: async (trial, writable) => await checkStores(trial, writable, new Uint8Array(0), {}),
});

const storesUnknownLength = uploadCase({
  name: 'a put stores an upload that does not know its length',
  member: 'Upload.length',
  run: async (trial, writable) =>
    await checkStores(trial, writable, bigBytes(trial), { length: 'unknown' }),
});

const takesSynchronousViews = uploadCase({
  name: 'a put stores an upload whose views come synchronously',
  member: 'Upload.open',
  run: async (trial, writable) =>
    await checkStores(trial, writable, bigBytes(trial), { synchronous: true }),
});

const replaces = uploadCase({
  name: 'a put replaces what was there',
  member: 'Operation "put"',
  async run(trial, writable) {
    const url = await writable.target();
    const { bytes } = trial.fixture.served.existing;
    await put(trial, url, new LendingUpload(bytes));
    const shorter = bytes.slice(1, bytes.length - 2);
    await put(trial, url, new LendingUpload(shorter));
    await checkStored(writable, url, shorter);
  },
});

const readsOnce = uploadCase({
  name: 'an upload is opened once where resettable-upload is not claimed',
  member: 'IOFeature "resettable-upload", absent',
  applies: (fixture) => !claims(fixture, 'resettable-upload'),
  async run(trial, writable) {
    const { bytes } = trial.fixture.served.existing;
    const upload = new LendingUpload(bytes, { resettable: true });
    await put(trial, await writable.target(), upload);
    check(upload.openings === 1, `the upload was opened ${upload.openings} times`);
  },
});

const neverReadsOneShotAgain = uploadCase({
  name: 'an upload that is not resettable is opened once',
  member: 'Upload.resettable',
  async run(trial, writable) {
    const { bytes } = trial.fixture.served.existing;
    const upload = new LendingUpload(bytes, { resettable: false });
    await put(trial, await writable.target(), upload);
    check(upload.openings === 1, `the upload was opened ${upload.openings} times`);
  },
});

const readsToTheEnd = uploadCase({
  name: 'an upload is read to its end',
  member: 'Upload.open',
  async run(trial, writable) {
    const upload = new LendingUpload(bigBytes(trial));
    await put(trial, await writable.target(), upload);
    check(
      upload.ends > 0 || upload.returns > 0,
      'the upload was neither read to its end nor left with return(): its source stays open',
    );
  },
});

const passesOnFailure = uploadCase({
  name: "an upload's own failure fails the transfer and is its cause",
  member: 'Upload.open',
  async run(trial, writable) {
    const failure = new Error('the upload of the kit fails on purpose');
    const upload = failingUpload(bigBytes(trial), failure);
    const transfer = trial.begin(putRequest(await writable.target(), upload));
    const outcome = await trial.outcome('open()', () => transfer.backend.open());
    check(!outcome.ok, 'open() succeeded although the upload failed');
    const { error } = outcome;
    check(
      isOrHasCause(error, failure),
      `open() failed with something else than the upload did: ${describeError(error)}`,
    );
  },
});

const leavesStalledUpload = uploadCase({
  name: 'close leaves an upload that stalls with return(), and open rejects',
  member: 'Upload.open',
  async run(trial, writable) {
    const stalled = stalledUpload(bigBytes(trial));
    const transfer = trial.begin(putRequest(await writable.target(), stalled.upload));
    const pending = trial.outcome('open() after close()', () => transfer.backend.open());
    await trial.value('asking for the second view of the upload', () => stalled.reached);
    await transfer.close();
    const outcome = await pending;
    check(!outcome.ok, 'open() was fulfilled although the upload stalled and close() was called');
    check(
      stalled.upload.returns > 0,
      'return() of the upload was not called: its source stays open',
    );
  },
});

const doesNotWaitForReturn = uploadCase({
  name: 'close does not wait for an upload whose return() waits for its own source',
  member: 'OpenBackend.close',
  async run(trial, writable) {
    const stalled = stalledUpload(bigBytes(trial), { returnStalls: true });
    const transfer = trial.begin(putRequest(await writable.target(), stalled.upload));
    const pending = trial.outcome('open() after close()', () => transfer.backend.open());
    await trial.value('asking for the second view of the upload', () => stalled.reached);
    await transfer.close();
    const outcome = await pending;
    check(!outcome.ok, 'open() was fulfilled although the upload stalled and close() was called');
  },
});

const failedPutChangesNothing = uploadCase({
  name: 'a put that fails leaves what was there before',
  member: 'OpenBackend.close',
  applies: (fixture) => fixture.writable?.atomic === true,
  async run(trial, writable) {
    const url = await writable.target();
    const { bytes } = trial.fixture.served.existing;
    await put(trial, url, new LendingUpload(bytes));
    const failing = failingUpload(bigBytes(trial), new Error('the upload of the kit fails'));
    const transfer = trial.begin(putRequest(url, failing));
    await trial.outcome('open()', () => transfer.backend.open());
    await transfer.discard();
    await checkStored(writable, url, bytes);
  },
});

const abortedPutStoresNothing = uploadCase({
  name: 'a put that is aborted stores nothing',
  member: 'OpenBackend.close',
  applies: (fixture) => fixture.writable?.atomic === true,
  async run(trial, writable) {
    const url = await writable.target();
    const stalled = stalledUpload(bigBytes(trial));
    const transfer = trial.begin(putRequest(url, stalled.upload));
    const pending = trial.outcome('open() after close()', () => transfer.backend.open());
    await trial.value('asking for the second view of the upload', () => stalled.reached);
    await transfer.close();
    await pending;
    const stored = await writable.stored(url);
    check(stored === undefined, `an aborted put stored ${stored?.length} bytes`);
  },
});

const validatorFollowsBytes = uploadCase({
  name: 'the validator changes when the bytes change, though their number does not',
  member: 'ReplyHead.validator',
  applies: (fixture) => serves(fixture, 'get'),
  async run(trial, writable) {
    const url = await writable.target();
    const { bytes } = trial.fixture.served.existing;
    await put(trial, url, new LendingUpload(bytes));
    const before = await validatorOf(trial, url);
    await put(trial, url, new LendingUpload(bytes.toReversed()));
    const after = await validatorOf(trial, url);
    check(
      before === undefined || before !== after,
      `the validator ${before} stayed, but the bytes are others`,
    );
  },
});

/** An upload is read once, as it is lent, and left when it is not wanted. */
export const uploadCases: readonly ConformanceCase[] = [
  storesEveryByte,
  storesOneView,
  storesNothing,
  storesUnknownLength,
  takesSynchronousViews,
  replaces,
  readsOnce,
  neverReadsOneShotAgain,
  readsToTheEnd,
  passesOnFailure,
  leavesStalledUpload,
  doesNotWaitForReturn,
  failedPutChangesNothing,
  abortedPutStoresNothing,
  validatorFollowsBytes,
];

function uploadCase(
  definition: Omit<CaseDefinition, 'run'> & {
    readonly run: (trial: Trial, writable: Writable) => Promise<void>;
  },
): ConformanceCase {
  const { run, applies, ...rest } = definition;
  return conformanceCase({
    ...rest,
    applies: (fixture) =>
      fixture.writable !== undefined && serves(fixture, 'put') && applies?.(fixture) !== false,
    async run(trial) {
      const { writable } = trial.fixture;
      check(writable !== undefined, 'the fixture has no writable');
      await run(trial, writable);
    },
  });
}

function putRequest(url: URL, upload: LendingUpload): Request {
  return requestFor(url, { operation: 'put', upload });
}

async function put(trial: Trial, url: URL, upload: LendingUpload): Promise<void> {
  await trial.bytesOf(putRequest(url, upload), maximumAnswer);
}

async function checkStores(
  trial: Trial,
  writable: Writable,
  bytes: Uint8Array,
  options: LendingUploadOptions,
): Promise<void> {
  const url = await writable.target();
  await put(trial, url, new LendingUpload(bytes, options));
  await checkStored(writable, url, bytes);
}

async function checkStored(writable: Writable, url: URL, bytes: Uint8Array): Promise<void> {
  const stored = await writable.stored(url);
  check(stored !== undefined, `nothing is stored at ${url.href}`);
  checkBytes(stored, bytes, 'what is stored');
}

/** The start of what is largest; several views long. */
function bigBytes(trial: Trial): Uint8Array {
  const { existing, large } = trial.fixture.served;
  return (large ?? existing).bytes.subarray(0, 40_000);
}

/** An upload that fails after two of its four views. */
function failingUpload(bytes: Uint8Array, failure: Error): LendingUpload {
  return new LendingUpload(bytes, {
    viewBytes: Math.ceil(bytes.length / 4),
    beforeView(lent) {
      if (lent === 2) throw failure;
    },
  });
}

/** An upload whose second view never comes; `reached` resolves when it is asked for. */
function stalledUpload(
  bytes: Uint8Array,
  options: LendingUploadOptions = {},
): {
  readonly upload: LendingUpload;
  readonly reached: Promise<void>;
} {
  let reach: (() => void) | undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const upload = new LendingUpload(bytes, {
    ...options,
    viewBytes: Math.ceil(bytes.length / 4),
    async beforeView(lent) {
      if (lent === 0) return;
      reach?.();
      await new Promise<void>(() => {});
    },
  });
  return { upload, reached };
}

async function validatorOf(trial: Trial, url: URL): Promise<string | undefined> {
  const transfer = trial.begin(url);
  const { validator } = await transfer.open();
  await transfer.discard();
  return validator;
}

function isOrHasCause(error: unknown, cause: Error): boolean {
  for (let seen = error; seen instanceof Error; seen = seen.cause) if (seen === cause) return true;
  return false;
}
