import type { ConformanceCase } from '../case.ts';
import { LendingUpload } from '../lending-upload.ts';
import {
  bigBytes,
  checkStored,
  failingUpload,
  put,
  putRequest,
  stalledUpload,
  uploadCase,
} from '../putting.ts';
import { check, describeError } from '../rule.ts';
import { turns } from '../turns.ts';

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

const endsStalledPut = uploadCase({
  name: 'close ends a put that the peer never answers',
  member: 'OpenBackend.close',
  applies: (fixture) => fixture.writable?.stalled !== undefined,
  async run(trial, writable) {
    const url = writable.stalled ?? (await writable.target());
    const transfer = trial.begin(putRequest(url, new LendingUpload(bigBytes(trial))));
    const pending = trial.outcome('open() after close()', () => transfer.backend.open());
    await turns(4);
    await transfer.close();
    const outcome = await pending;
    check(!outcome.ok, 'open() was fulfilled although the peer never answered');
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

/** An upload that is not wanted any more is left, and one that fails fails the transfer. */
export const failingUploadCases: readonly ConformanceCase[] = [
  passesOnFailure,
  leavesStalledUpload,
  endsStalledPut,
  doesNotWaitForReturn,
  failedPutChangesNothing,
  abortedPutStoresNothing,
];

function isOrHasCause(error: unknown, cause: Error): boolean {
  for (let seen = error; seen instanceof Error; seen = seen.cause) if (seen === cause) return true;
  return false;
}
