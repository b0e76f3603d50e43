import { conformanceCase } from '../case.ts';
import type { CaseDefinition, ConformanceCase } from '../case.ts';
import { descriptionOf, waitLimit } from '../fixture.ts';
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
