import { startChild } from '../child.ts';
import { median, type BenchCase, type Stage } from './case.ts';

const REQUESTS = 50_000;
const TARGET_MICROSECONDS = 5;

/** Manager, policies and reply around a backend that does nothing. */
export const managerOverhead: BenchCase = {
  name: 'manager-overhead',
  async run(stage) {
    const { through, alone } = await measured(stage);
    const overhead = through - alone;
    return {
      tables: [
        {
          title: 'one request to a scripted backend, with the whole policy array',
          unit: 'µs',
          rows: [
            { contender: 'manager.send and reading', value: through },
            { contender: 'the backend alone', value: alone },
          ],
        },
      ],
      verdicts: [
        {
          measure: 'manager, policies and reply per request, without the backend',
          target: `≤ ${TARGET_MICROSECONDS} µs`,
          measured: `${overhead.toFixed(1)} µs`,
          met: overhead <= TARGET_MICROSECONDS,
        },
      ],
    };
  },
};

async function measured(stage: Stage): Promise<{ through: number; alone: number }> {
  const child = startChild(new URL('contenders/scripted.js', stage.built));
  const through: number[] = [];
  const alone: number[] = [];
  for (let round = -1; round < stage.effort.rounds; round++) {
    stage.say(`manager overhead: ${round === -1 ? 'warming up' : `round ${round + 1}`}`);
    const one = await child.call<number>('through', REQUESTS);
    const other = await child.call<number>('alone', REQUESTS);
    if (round < 0) continue;
    through.push(one);
    alone.push(other);
  }
  await child.stop();
  return { through: median(through), alone: median(alone) };
}
