import type { ByteRange } from '@netaccess/core';

import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import { LendingUpload } from '../lending-upload.ts';
import { checkStored, put, putRequest, uploadCase } from '../putting.ts';
import { check, checkBytes } from '../rule.ts';
import { requestFor } from '../trial.ts';
import type { Trial } from '../trial.ts';

const honoursOrIgnores = conformanceCase({
  name: 'a range is honoured and named in the head, or ignored',
  member: 'RequestAttributes.range',
  run: async (trial) => await checkRange(trial, { from: 3, to: 9 }),
});

const honoursOpenEnd = conformanceCase({
  name: 'a range without an end goes to the end',
  member: 'ByteRange.to',
  run: async (trial) => await checkRange(trial, { from: 5 }),
});

const clipsAtEnd = conformanceCase({
  name: 'a range that reaches beyond the end stops at the end',
  member: 'ByteRange.to',
  async run(trial) {
    const { length } = trial.fixture.served.existing.bytes;
    await checkRange(trial, { from: length - 4, to: length + 100 });
  },
});

const failsBeyondEnd = conformanceCase({
  name: 'a range that starts beyond the end gives no bytes of another place',
  member: 'ByteRange.from',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const range = { from: bytes.length + 10, to: bytes.length + 20 };
    const transfer = trial.begin(requestFor(url, { attributes: { range } }));
    const outcome = await trial.outcome('open()', () => transfer.backend.open());
    if (!outcome.ok || outcome.value.error !== undefined) return;
    const expected = outcome.value.range === undefined ? bytes : new Uint8Array(0);
    checkBytes(await transfer.rest(bytes.length), expected, 'a range beyond the end');
  },
});

const heedsValidator = conformanceCase({
  name: 'a range with a validator of something else gives all of it',
  member: 'ByteRange.validator',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const range = { from: 3, validator: '"netaccess-conformance-other"' };
    const transfer = trial.begin(requestFor(url, { attributes: { range } }));
    const head = await transfer.open();
    check(
      head.range === undefined,
      'the head has a range, though the validator is of another resource',
    );
    checkBytes(await transfer.rest(bytes.length), bytes, 'a range with another validator');
  },
});

const refusesRangedPut = uploadCase({
  name: 'a put of a range is refused and changes nothing',
  member: 'RequestAttributes.range',
  async run(trial, writable) {
    const url = await writable.target();
    const before = trial.fixture.served.existing.bytes;
    await put(trial, url, new LendingUpload(before));
    const part = putRequest(url, new LendingUpload(before.subarray(0, 4)));
    const request = { ...part, attributes: { range: { from: 2 } } };
    if (trial.factory.create(request, trial.context()) !== undefined) {
      const failure = await trial.begin(request).failureToOpen();
      check(failure !== undefined, 'open() of a put with a range succeeded');
    }
    await checkStored(writable, url, before);
  },
});

/** A part is honoured or ignored when read, and refused when written. */
export const rangeCases: readonly ConformanceCase[] = [
  honoursOrIgnores,
  honoursOpenEnd,
  clipsAtEnd,
  failsBeyondEnd,
  heedsValidator,
  refusesRangedPut,
];

async function checkRange(trial: Trial, asked: ByteRange): Promise<void> {
  const { url, bytes } = trial.fixture.served.existing;
  const transfer = trial.begin(requestFor(url, { attributes: { range: asked } }));
  const { range, length } = await transfer.open();
  if (range === undefined) {
    checkBytes(await transfer.rest(bytes.length), bytes, 'the head has no range; all bytes');
    return;
  }
  const last = Math.min(asked.to ?? bytes.length - 1, bytes.length - 1);
  const part = bytes.subarray(asked.from, last + 1);
  check(range.from === asked.from, `head.range starts at ${range.from} instead of ${asked.from}`);
  check(
    range.to === undefined || range.to === last,
    `head.range ends at ${range.to}; the last byte included is ${last}`,
  );
  check(
    range.total === undefined || range.total === bytes.length,
    `head.range.total is ${range.total} of ${bytes.length} bytes`,
  );
  check(
    length === undefined || length === part.length,
    `head.length is ${length} for a range of ${part.length} bytes`,
  );
  checkBytes(await transfer.rest(bytes.length), part, `bytes ${asked.from} to ${last}`);
}
