import {
  contest,
  ratioVerdict,
  rowOf,
  type BenchCase,
  type Entry,
  type Stage,
  type Table,
  type Verdict,
} from './case.ts';

const CONCURRENCIES = [1, 50, 256];
const names = [
  'engine',
  'manager',
  'netaccess-fetch',
  'undici-request',
  'undici-fetch',
  'node-http',
  'got',
  'platform-fetch',
];
const labels: Readonly<Record<string, string>> = {
  engine: 'engine, pool and channel',
  manager: 'manager.get',
  'netaccess-fetch': 'netaccess.fetch',
  'undici-request': 'undici.request',
  'undici-fetch': 'undici.fetch',
  'node-http': 'node:http',
  'platform-fetch': "the platform's fetch",
};

/** Requests of 1 KB over kept connections. */
export const httpSmall: BenchCase = {
  name: 'http-small',
  async run(stage) {
    const tables: Table[] = [];
    for (const concurrency of CONCURRENCIES) tables.push(await atConcurrency(stage, concurrency));
    return {
      tables,
      verdicts: tables.flatMap((table, index) => verdicts(table, CONCURRENCIES[index] ?? 0)),
    };
  },
};

function atConcurrency(stage: Stage, concurrency: number): Promise<Table> {
  const argument = {
    url: `${stage.facts.http}/small`,
    concurrency,
    milliseconds: stage.effort.milliseconds,
  };
  const contenders = names.map((contender): Entry => ({
    contender,
    label: labels[contender],
    connections: concurrency,
    call: 'requests',
    argument,
  }));
  return contest(stage, {
    title: `1 KB GET, ${concurrency} at once`,
    unit: 'requests/s',
    contenders,
    reference: 'undici.request',
    cpuUnit: 'CPU µs each',
    cpu: ({ count, cpuMilliseconds }) => (cpuMilliseconds / count) * 1_000,
    worth: ({ count, milliseconds }) => (count / milliseconds) * 1_000,
  });
}

/** Only for 50 at once something was promised. */
function verdicts(table: Table, concurrency: number): readonly Verdict[] {
  if (concurrency !== 50) return [];
  const measure = '1 KB GET, 50 at once, against `undici.request`';
  const platform = rowOf(table, "the platform's fetch").value;
  const ratio = rowOf(table, 'netaccess.fetch').value / platform;
  return [
    ratioVerdict(table, 'engine, pool and channel', {
      measure: `${measure}: engine, pool and channel`,
      atLeast: 1.6,
    }),
    ratioVerdict(table, 'manager.get', {
      measure: `${measure}: manager with all policies`,
      atLeast: 1.3,
    }),
    {
      measure: "1 KB GET, 50 at once, `netaccess.fetch` against the platform's `fetch`",
      target: '≥ 3',
      measured: ratio.toFixed(2),
      met: ratio >= 3,
    },
  ];
}
