import type { ConformanceCase } from '../case.ts';
import { claims, serves } from '../fixture.ts';
import { LendingUpload } from '../lending-upload.ts';
import { bigBytes, checkStored, checkStores, put, uploadCase } from '../putting.ts';
import { check } from '../rule.ts';
import type { Trial } from '../trial.ts';

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

const storesLargeUpload = uploadCase({
  name: 'a put stores every byte of a large upload, whose memory is used again at once',
  member: 'Upload.open',
  applies: (fixture) => fixture.served.large !== undefined,
  async run(trial, writable) {
    const { bytes } = trial.fixture.served.large ?? trial.fixture.served.existing;
    await checkStores(trial, writable, bytes, { viewBytes: 262_144 });
  },
});

const doNotMix = uploadCase({
  name: 'two puts at once do not mix',
  member: 'Backend: serves one request',
  async run(trial, writable) {
    const one = bigBytes(trial);
    const options = { viewBytes: Math.ceil(one.length / 4) };
    await Promise.all([
      checkStores(trial, writable, one, options),
      checkStores(trial, writable, one.toReversed(), options),
    ]);
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
    await checkStores(trial, writable, bigBytes(trial), { length: 'unknown', viewBytes: 1_000 }),
});

const takesSynchronousViews = uploadCase({
  name: 'a put stores an upload whose views come synchronously',
  member: 'Upload.open',
  run: async (trial, writable) =>
    await checkStores(trial, writable, bigBytes(trial), { synchronous: true, viewBytes: 1_000 }),
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

/** An upload is read once, as it is lent, and stored as it is. */
export const uploadCases: readonly ConformanceCase[] = [
  storesEveryByte,
  storesOneView,
  storesLargeUpload,
  doNotMix,
  storesNothing,
  storesUnknownLength,
  takesSynchronousViews,
  replaces,
  readsOnce,
  neverReadsOneShotAgain,
  readsToTheEnd,
  validatorFollowsBytes,
];

async function validatorOf(trial: Trial, url: URL): Promise<string | undefined> {
  const transfer = trial.begin(url);
  const { validator } = await transfer.open();
  await transfer.discard();
  return validator;
}
