import { conformanceCase } from '../case.ts';
import type { ConformanceCase } from '../case.ts';
import type { Content, Fixture } from '../fixture.ts';
import { checkBytes } from '../rule.ts';

const atOnce = 8;

const doNotMix = conformanceCase({
  name: 'two transfers read in turns do not mix',
  member: 'Backend: serves one request',
  async run(trial) {
    const { existing } = trial.fixture.served;
    const other = otherContent(trial.fixture);
    const one = await trial.opened(existing.url);
    const two = await trial.opened(other.url);
    const first = await one.next(5);
    const second = await two.next(7);
    const oneRest = await one.rest(existing.bytes.length);
    const twoRest = await two.rest(other.bytes.length);
    checkBytes(first, existing.bytes.subarray(0, first.length), 'the start of the first');
    checkBytes(second, other.bytes.subarray(0, second.length), 'the start of the second');
    checkBytes(oneRest, existing.bytes.subarray(first.length), 'the rest of the first');
    checkBytes(twoRest, other.bytes.subarray(second.length), 'the rest of the second');
  },
});

const closeAlone = conformanceCase({
  name: 'closing one transfer leaves another one going',
  member: 'OpenBackend.close',
  async run(trial) {
    const { existing } = trial.fixture.served;
    const other = otherContent(trial.fixture);
    const left = await trial.opened(existing.url);
    const kept = await trial.opened(other.url);
    await left.next(1);
    const start = await kept.next(3);
    await left.close();
    const rest = await kept.rest(other.bytes.length);
    checkBytes(rest, other.bytes.subarray(start.length), 'the transfer that goes on');
  },
});

const allEnd = conformanceCase({
  name: `${atOnce} transfers at once all come to their end`,
  member: 'BackendFactory.create',
  async run(trial) {
    const contents = [trial.fixture.served.existing, otherContent(trial.fixture)];
    await Promise.all(
      Array.from({ length: atOnce }, async (_, index) => {
        const content = contents[index % contents.length] ?? trial.fixture.served.existing;
        const bytes = await trial.bytesOf(content.url, content.bytes.length);
        checkBytes(bytes, content.bytes, `transfer ${index + 1} of ${atOnce}`);
      }),
    );
  },
});

/** Transfers of one factory know nothing of each other. */
export const togetherCases: readonly ConformanceCase[] = [doNotMix, closeAlone, allEnd];

function otherContent({ served }: Fixture): Content {
  return served.other ?? served.existing;
}
