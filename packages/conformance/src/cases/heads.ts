import type { HeaderEntry, ReplyHead } from '@netaccess/core';

import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import { serves } from '../fixture.ts';
import { check } from '../rule.ts';
import { requestFor } from '../trial.ts';

const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const namesUrl = conformanceCase({
  name: 'the head names a URL of one of the factory’s schemes',
  member: 'ReplyHead.url',
  async run(trial) {
    const head = await trial.begin(trial.fixture.served.existing.url).open();
    check(head.url instanceof URL, 'head.url is not a URL');
    check(
      head.url.protocol === trial.fixture.served.existing.url.protocol,
      `head.url is ${head.url.href} for ${trial.fixture.served.existing.url.href}`,
    );
  },
});

const hasCleanHeaders = conformanceCase({
  name: 'header entries are pairs of a token and one line',
  member: 'ReplyHead.headers',
  async run(trial) {
    const head = await trial.begin(trial.fixture.served.existing.url).open();
    for (const entry of head.headers) checkEntry(entry);
  },
});

const headersCanBeReadAgain = conformanceCase({
  name: 'headers can be gone through twice',
  member: 'ReplyHead.headers',
  async run(trial) {
    const head = await trial.begin(trial.fixture.served.existing.url).open();
    const first = [...head.headers].length;
    const second = [...head.headers].length;
    check(first === second, `headers gave ${first} entries, then ${second}`);
  },
});

const keepsLength = conformanceCase({
  name: 'the stated length is the number of bytes that reading gives',
  member: 'ReplyHead.length',
  async run(trial) {
    const { existing, large } = trial.fixture.served;
    for (const { url, bytes } of large === undefined ? [existing] : [existing, large]) {
      const { length } = await trial.begin(url).open();
      check(
        length === undefined || length === bytes.length,
        `head.length is ${length} for ${bytes.length} bytes`,
      );
    }
  },
});

const headHasNoBody = conformanceCase({
  name: 'the head operation gives no body',
  member: 'Operation "head"',
  applies: (fixture) => fixture.operations?.includes('head') === true || serves(fixture, 'head'),
  async run(trial) {
    const request = requestFor(trial.fixture.served.existing.url, { operation: 'head' });
    if (trial.factory.create(request, trial.context()) === undefined) return;
    const transfer = trial.begin(request);
    const { length } = await transfer.open();
    const piece = await transfer.next();
    check(piece.length === 0, `a head gave ${piece.length} bytes of body`);
    check(
      length === undefined || length === 0,
      `a head says that reading will give ${length} bytes; its size belongs into Content-Length`,
    );
  },
});

const inventsNoFailure = conformanceCase({
  name: 'the head of a resource that is there has no error and no redirect',
  member: 'ReplyHead.error',
  async run(trial) {
    const head = await trial.begin(trial.fixture.served.existing.url).open();
    check(head.redirect === undefined, `the head redirects to ${head.redirect?.url.href}`);
    check(!(head.challenges?.length ?? 0), 'the head challenges, but nothing was refused');
    checkStatus(head);
  },
});

const givesTrailers = conformanceCase({
  name: 'trailers are header entries after the end',
  member: 'OpenBackend.trailers',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    await transfer.rest(bytes.length);
    for (const entry of transfer.backend.trailers?.() ?? []) checkEntry(entry);
  },
});

/** What is known before the body. */
export const headCases: readonly ConformanceCase[] = [
  namesUrl,
  hasCleanHeaders,
  headersCanBeReadAgain,
  keepsLength,
  headHasNoBody,
  inventsNoFailure,
  givesTrailers,
];

function checkEntry(entry: HeaderEntry): void {
  check(Array.isArray(entry) && entry.length === 2, 'a header entry is not [name, value]');
  const [name, value] = entry;
  check(tokenPattern.test(name), `the header name ${JSON.stringify(name)} is not a token`);
  check(
    typeof value === 'string' && !/[\0\r\n]/.test(value),
    `the value of ${name} holds CR, LF or NUL: ${JSON.stringify(value)}`,
  );
}

function checkStatus({ status }: ReplyHead): void {
  if (status === undefined) return;
  check(Number.isInteger(status.code), `status.code is ${status.code}`);
  check(typeof status.reason === 'string', 'status.reason is not a string');
}
