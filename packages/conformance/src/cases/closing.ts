import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import type { Outcome } from '../outcome.ts';
import { check, checkBytes, checkCoded } from '../rule.ts';
import type { Transfer } from '../transfer.ts';
import type { Trial } from '../trial.ts';
import { microtasks, turns } from '../turns.ts';

const closesAtEnd = conformanceCase({
  name: 'close after the end resolves',
  member: 'OpenBackend.close',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    await transfer.rest(bytes.length);
    await transfer.close();
  },
});

const closesEarly = conformanceCase({
  name: 'close before the end resolves, and the next transfer is whole',
  member: 'OpenBackend.close',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    await transfer.next(16);
    await transfer.close();
    checkBytes(await trial.bytesOf(url, bytes.length), bytes, 'the transfer after an early leave');
  },
});

const closesUnread = conformanceCase({
  name: 'close of an opened transfer that nobody read resolves',
  member: 'OpenBackend.close',
  async run(trial) {
    const { url } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    await transfer.close();
  },
});

const closesBeforeOpen = conformanceCase({
  name: 'close before open resolves',
  member: 'OpenBackend.close',
  async run(trial) {
    await trial.begin(trial.fixture.served.existing.url).close();
  },
});

const closesWhileOpening = conformanceCase({
  name: 'close while open is pending resolves, and open rejects',
  member: 'OpenBackend.close',
  async run(trial) {
    const { url } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const transfer = trial.begin(url);
    await closeDuring(trial, transfer, 'open()', () => transfer.backend.open());
  },
});

const closesWhileReading = conformanceCase({
  name: 'close while a read is pending resolves, and the read rejects',
  member: 'OpenBackend.close',
  async run(trial) {
    const { url } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    await closeDuring(trial, transfer, 'a pending read', () => transfer.startRead());
  },
});

const endsStalledOpen = conformanceCase({
  name: 'close ends an open that the peer never answers',
  member: 'OpenBackend.close',
  applies: (fixture) => fixture.served.stalledHead !== undefined,
  async run(trial) {
    const { stalledHead } = trial.fixture.served;
    if (stalledHead === undefined) return;
    const transfer = trial.begin(stalledHead);
    const pending = trial.outcome('open() after close()', () => transfer.backend.open());
    await transfer.close();
    checkRejected(await pending, 'open()');
  },
});

const endsStalledRead = conformanceCase({
  name: 'close ends a read that the peer never feeds',
  member: 'OpenBackend.close',
  applies: (fixture) => fixture.served.stalledBody !== undefined,
  async run(trial) {
    const { stalledBody } = trial.fixture.served;
    if (stalledBody === undefined) return;
    const transfer = await trial.opened(stalledBody);
    const pending = trial.outcome('a read after close()', () => readUntilClosed(transfer));
    await turns(4);
    await transfer.close();
    checkRejected(await pending, 'a pending read');
  },
});

const closesAfterFailure = conformanceCase({
  name: 'close after a failed open resolves, and the next transfer is whole',
  member: 'OpenBackend.close',
  applies: (fixture) => fixture.served.missing !== undefined,
  async run(trial) {
    const { missing, existing } = trial.fixture.served;
    if (missing === undefined) return;
    const failed = trial.begin(missing);
    await trial.outcome('open()', () => failed.backend.open());
    await failed.close();
    const bytes = await trial.bytesOf(existing.url, existing.bytes.length);
    checkBytes(bytes, existing.bytes, 'the transfer after a failed one');
  },
});

/** A transfer can be closed at any time, once, and that ends whatever is pending. */
export const closingCases: readonly ConformanceCase[] = [
  closesAtEnd,
  closesEarly,
  closesUnread,
  closesBeforeOpen,
  closesWhileOpening,
  closesWhileReading,
  endsStalledOpen,
  endsStalledRead,
  closesAfterFailure,
];

/** What is as good as settled when `close` is called need not reject; what has to wait for anything else does. */
async function closeDuring<T>(
  trial: Trial,
  transfer: Transfer,
  what: string,
  start: () => T | Promise<T>,
): Promise<void> {
  let closed = false;
  let fulfilledLate = false;
  const pending = trial.outcome(`${what} after close()`, async () => {
    const value = await start();
    fulfilledLate = closed;
    return value;
  });
  await transfer.close();
  await microtasks();
  closed = true;
  const outcome = await pending;
  check(!fulfilledLate, `${what} was fulfilled after close() had resolved; it has to reject`);
  if (!outcome.ok) checkCoded(outcome.error, what);
}

function checkRejected(outcome: Outcome<unknown>, what: string): void {
  check(
    !outcome.ok,
    `${what} was fulfilled although the peer never answered and close() was called`,
  );
  checkCoded(outcome.error, what);
}

/** Reads until the body ends, which it does not, or until the transfer is closed. */
async function readUntilClosed(transfer: Transfer): Promise<void> {
  while (!transfer.closed) {
    const read = await transfer.startRead();
    const count = typeof read === 'number' ? read : read.length;
    if (count === 0) return;
    if (typeof read !== 'number') transfer.lending().advanceReadPointer(count);
  }
}
