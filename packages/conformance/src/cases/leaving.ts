import { conformanceCase } from '../case.ts';
import type { CaseDefinition, ConformanceCase } from '../case.ts';
import { descriptionOf, serves, waitLimit } from '../fixture.ts';
import { bigBytes, failingUpload, putRequest, stalledUpload } from '../putting.ts';
import { check, checkBytes } from '../rule.ts';
import { requestFor } from '../trial.ts';
import type { Trial } from '../trial.ts';
import { turns } from '../turns.ts';

const leavesNothingAtEnd = leavingCase({
  name: 'nothing is left open after whole transfers and close of the factory',
  member: 'BackendFactory.close',
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    await trial.bytesOf(url, bytes.length);
    await trial.bytesOf(url, bytes.length);
  },
});

const leavesNothingEarly = leavingCase({
  name: 'nothing is left open after transfers that were left early',
  member: 'OpenBackend.close',
  async run(trial) {
    const { url } = trial.fixture.served.large ?? trial.fixture.served.existing;
    const opening = trial.begin(url);
    const pending = trial.outcome('open() after close()', () => opening.backend.open());
    await opening.discard();
    await pending;
    const reading = await trial.opened(url);
    await reading.next(1);
    await reading.discard();
  },
});

const leavesNothingFailed = leavingCase({
  name: 'nothing is left open after transfers that failed',
  member: 'OpenBackend.close',
  applies: ({ served }) => served.missing !== undefined || served.broken !== undefined,
  async run(trial) {
    const { missing, broken } = trial.fixture.served;
    for (const url of [missing, broken]) {
      if (url === undefined) continue;
      const transfer = trial.begin(url);
      await trial.outcome('a failing transfer', async () => {
        await transfer.backend.open();
        await transfer.startRead();
      });
      await transfer.discard();
    }
  },
});

const leavesNothingPut = leavingCase({
  name: 'nothing is left open after puts that failed or were aborted',
  member: 'OpenBackend.close',
  applies: (fixture) => fixture.writable !== undefined && serves(fixture, 'put'),
  async run(trial) {
    const { writable } = trial.fixture;
    if (writable === undefined) return;
    const failing = failingUpload(bigBytes(trial), new Error('the upload of the kit fails'));
    const failed = trial.begin(putRequest(await writable.target(), failing));
    await trial.outcome('open() with a failing upload', () => failed.backend.open());
    await failed.discard();
    const stalled = stalledUpload(bigBytes(trial));
    const aborted = trial.begin(putRequest(await writable.target(), stalled.upload));
    const pending = trial.outcome('open() after close()', () => aborted.backend.open());
    await trial.value('asking for the second view of the upload', () => stalled.reached);
    await aborted.discard();
    await pending;
  },
});

const leavesNothingUnused = leavingCase({
  name: 'nothing is left open after preconnect and close of the factory',
  member: 'BackendFactory.preconnect',
  applies: (fixture) => descriptionOf(fixture).preconnect !== undefined,
  async run(trial) {
    const request = requestFor(trial.fixture.served.existing.url);
    await trial.value('preconnect()', () => trial.factory.preconnect?.(request, trial.context()));
  },
});

const goesOnAfterClearing = conformanceCase({
  name: 'the factory goes on after clearConnections, which spares transfers under way',
  member: 'BackendFactory.clearConnections',
  applies: (fixture) => descriptionOf(fixture).clearConnections !== undefined,
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    const transfer = await trial.opened(url);
    const clearing = trial.outcome('clearConnections()', () => trial.factory.clearConnections?.());
    checkBytes(await transfer.rest(bytes.length), bytes, 'a transfer under way');
    await transfer.discard();
    const cleared = await clearing;
    check(cleared.ok, 'clearConnections() rejected');
    checkBytes(await trial.bytesOf(url, bytes.length), bytes, 'after clearConnections()');
  },
});

const preconnects = conformanceCase({
  name: 'a transfer after preconnect is whole',
  member: 'BackendFactory.preconnect',
  applies: (fixture) => descriptionOf(fixture).preconnect !== undefined,
  async run(trial) {
    const { url, bytes } = trial.fixture.served.existing;
    await trial.value('preconnect()', () =>
      trial.factory.preconnect?.(requestFor(url), trial.context()),
    );
    checkBytes(await trial.bytesOf(url, bytes.length), bytes, 'after preconnect()');
  },
});

const closesFactory = conformanceCase({
  name: 'close of a factory resolves, whether it was used or not',
  member: 'BackendFactory.close',
  applies: (fixture) => descriptionOf(fixture).close !== undefined,
  async run(trial) {
    const unused = trial.fixture.factory();
    await trial.value('close() of an unused factory', () => unused.close?.());
    const { url, bytes } = trial.fixture.served.existing;
    await trial.bytesOf(url, bytes.length);
    await trial.closeFactory();
  },
});

/** Nothing stays open when a factory is closed. */
export const leavingCases: readonly ConformanceCase[] = [
  leavesNothingAtEnd,
  leavesNothingEarly,
  leavesNothingFailed,
  leavesNothingPut,
  leavesNothingUnused,
  goesOnAfterClearing,
  preconnects,
  closesFactory,
];

/** A case after which the process holds open what it held before. */
function leavingCase({ run, applies, ...rest }: CaseDefinition): ConformanceCase {
  return conformanceCase({
    ...rest,
    applies: (fixture) => fixture.openHandles !== undefined && applies?.(fixture) !== false,
    async run(trial) {
      await turns(2);
      const before = trial.fixture.openHandles?.() ?? [];
      await run(trial);
      await trial.closeFactory();
      await checkNothingLeft(trial, before);
    },
  });
}

/** Sockets need some turns of the loop to be gone. */
async function checkNothingLeft(trial: Trial, before: readonly string[]): Promise<void> {
  const limit = waitLimit(trial.fixture);
  const start = performance.now();
  for (;;) {
    await turns(1);
    const left = surplus(trial.fixture.openHandles?.() ?? [], before);
    if (left.length === 0) return;
    check(
      performance.now() - start < limit,
      `still open ${limit} ms after everything was closed: ${left.join(', ')}`,
    );
  }
}

function surplus(now: readonly string[], before: readonly string[]): readonly string[] {
  const rest = [...before];
  return now.filter((handle) => {
    const index = rest.indexOf(handle);
    if (index === -1) return true;
    rest.splice(index, 1);
    return false;
  });
}
