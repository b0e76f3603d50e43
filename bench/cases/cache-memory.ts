import { startChild } from '../child.ts';
import { contest, median, ratioVerdict, type BenchCase } from './case.ts';

const REQUESTS = 50_000;
const TARGET_MICROSECONDS = 2;

/** Small replies that are in memory already. */
export const cacheMemory: BenchCase = {
  name: 'cache-memory',
  async run(stage) {
    const argument = {
      url: `${stage.facts.http}/cacheable`,
      concurrency: 1,
      milliseconds: stage.effort.milliseconds,
    };
    const [ours, undici] = ['manager, memory store', 'undici, memory store'];
    const table = await contest(stage, {
      title: 'cache hit of 1 KB, in memory',
      unit: 'hits/s',
      contenders: [
        { contender: 'manager-memory-cache', label: ours, call: 'requests', argument },
        { contender: 'undici-cache-memory', label: undici, call: 'requests', argument },
      ],
      reference: undici,
      cpuUnit: 'CPU µs each',
      cpu: ({ count, cpuMilliseconds }) => (cpuMilliseconds / count) * 1_000,
      worth: ({ count, milliseconds }) => (count / milliseconds) * 1_000,
    });
    const measure =
      "memory hit of 1 KB, hits/s, against undici's cache interceptor with its memory store";
    return { tables: [table], verdicts: [ratioVerdict(table, ours, { measure, atLeast: 3 })] };
  },
};

/** What the policy costs where nothing may be stored. */
export const cachePolicyCost: BenchCase = {
  name: 'cache-policy-cost',
  async run(stage) {
    const child = startChild(new URL('contenders/cache-policy.js', stage.built));
    const [having, lacking]: [number[], number[]] = [[], []];
    for (let round = -1; round < stage.effort.rounds; round++) {
      stage.say(`cache policy: ${round === -1 ? 'warming up' : `round ${round + 1}`}`);
      const one = await child.call<number>('with', REQUESTS);
      const other = await child.call<number>('without', REQUESTS);
      if (round < 0) continue;
      having.push(one);
      lacking.push(other);
    }
    await child.stop();
    const cost = median(having) - median(lacking);
    return {
      tables: [
        {
          title: 'one request whose reply must not be stored, to a scripted backend',
          unit: 'µs',
          rows: [
            { contender: 'with a cache', value: median(having) },
            { contender: 'without', value: median(lacking) },
          ],
        },
      ],
      verdicts: [
        {
          measure: 'the cache policy on an uncacheable request',
          target: `≤ ${TARGET_MICROSECONDS} µs`,
          measured: `${cost.toFixed(1)} µs`,
          met: cost <= TARGET_MICROSECONDS,
        },
      ],
    };
  },
};
