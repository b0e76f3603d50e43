import { startContender, type BenchCase, type Stage } from './case.ts';

const MOST_BYTES_PER_REQUEST = 40_000;

interface Held {
  readonly bytesPerRequest: number;
  readonly failures: number;
}

/** As many slow requests at once as a busy gateway has, against as many sockets that have no HTTP around them. */
export const heldRequests: BenchCase = {
  name: 'held-requests',
  async run(stage) {
    const raw = await held(stage, 'raw-sockets');
    const manager = await held(stage, 'manager');
    const more = manager.bytesPerRequest - raw.bytesPerRequest;
    return {
      tables: [
        {
          title: `${stage.effort.held.toLocaleString('en')} requests that wait for their replies`,
          unit: 'kB each',
          rows: [
            { contender: 'manager.get', value: manager.bytesPerRequest / 1_000 },
            { contender: 'net.Socket', value: raw.bytesPerRequest / 1_000 },
          ],
        },
      ],
      verdicts: [
        {
          measure: '10,000 slow requests, memory beyond as many raw `net.Socket`s',
          target: `≤ ${MOST_BYTES_PER_REQUEST / 1_000} kB each, none fails`,
          measured: `${(more / 1_000).toFixed(1)} kB each, ${manager.failures} failed`,
          met: more <= MOST_BYTES_PER_REQUEST && manager.failures === 0,
        },
      ],
    };
  },
};

async function held(stage: Stage, contender: string): Promise<Held> {
  const { held: count } = stage.effort;
  stage.say(`held requests: ${contender}`);
  const child = await startContender(stage, contender, count);
  const before = await child.call<number>('resident');
  const allThere = stage.server.told('held');
  const answered = child.told('answered');
  await child.call('holdMany', { url: `${stage.facts.http}/held/${count}`, count });
  await allThere;
  const during = await child.call<number>('resident');
  await stage.server.call('release');
  await answered;
  const failures = await child.call<number>('failures');
  await child.stop();
  return { bytesPerRequest: (during - before) / count, failures };
}
