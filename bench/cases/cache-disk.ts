import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { startChild } from '../child.ts';
import { cacheFolder } from '../contenders/cache-folder.ts';
import {
  contest,
  median,
  ratioVerdict,
  rowOf,
  startContender,
  type BenchCase,
  type Findings,
  type Stage,
} from './case.ts';

const LARGE_BYTES = 100_000_000;
const FEW_ENTRIES = 1_000;
/** Filling takes a fifth of a millisecond for each: `NETACCESS_BENCH_ENTRIES=1000000 ./run bench cache-disk-look-up` takes some minutes. */
const MANY_ENTRIES = Number(process.env['NETACCESS_BENCH_ENTRIES'] ?? 50_000);
const MOST_TIMES_SLOWER = 2;

/** Small replies that are on disk already. */
export const cacheDiskSmall: BenchCase = {
  name: 'cache-disk-small',
  run: tidied(async (stage) => {
    const url = `${stage.facts.http}/cacheable`;
    const argument = { url, concurrency: 1, milliseconds: stage.effort.milliseconds };
    const [ours, sqlite, happen] = ['manager, disk store', 'undici, SQLite', 'make-fetch-happen'];
    const call = { call: 'requests', argument };
    const table = await contest(stage, {
      title: 'cache hit of 1 KB, on disk',
      unit: 'hits/s',
      contenders: [
        { contender: 'manager-disk-cache', label: ours, ...call },
        { contender: 'undici-cache-sqlite', label: sqlite, ...call },
        { contender: 'make-fetch-happen', label: happen, ...call },
      ],
      reference: sqlite,
      cpuUnit: 'CPU µs each',
      cpu: ({ count, cpuMilliseconds }) => (cpuMilliseconds / count) * 1_000,
      worth: ({ count, milliseconds }) => (count / milliseconds) * 1_000,
    });
    const measure = 'disk hit of 1 KB, hits/s';
    const ratio = rowOf(table, ours).value / rowOf(table, happen).value;
    return {
      tables: [table],
      verdicts: [
        ratioVerdict(table, ours, {
          measure: `${measure}, against undici's cache interceptor with its SQLite store`,
          atLeast: 2,
        }),
        {
          measure: `${measure}, against \`make-fetch-happen\``,
          target: '≥ 5',
          measured: ratio.toFixed(2),
          met: ratio >= 5,
        },
      ],
    };
  }),
};

/** A large reply that is on disk already, against its file. */
export const cacheDiskLarge: BenchCase = {
  name: 'cache-disk-large',
  run: tidied(async (stage) => {
    const url = `${stage.facts.http}/cacheable/${LARGE_BYTES}`;
    const first = await startContender(stage, 'manager-disk-cache');
    await first.call('download', { url });
    await first.stop();
    const path = bodyFile();
    const [ours, node] = ['manager, disk store', 'fs.createReadStream'];
    const table = await contest(stage, {
      title: 'cache hit of 100 MB, on disk',
      unit: 'MB/s',
      contenders: [
        { contender: 'manager-disk-cache', label: ours, call: 'download', argument: { url } },
        { contender: 'node-fs', label: node, call: 'readFile', argument: { path } },
      ],
      reference: node,
      cpuUnit: 'CPU ms',
      cpu: ({ cpuMilliseconds }) => cpuMilliseconds,
      worth: ({ milliseconds }) => LARGE_BYTES / milliseconds / 1_000,
    });
    const measure = 'disk hit of 100 MB against `fs.createReadStream` of the same file';
    return { tables: [table], verdicts: [ratioVerdict(table, ours, { measure, atLeast: 1 })] };
  }),
};

/** Finding one of many entries. */
export const cacheDiskLookUp: BenchCase = {
  name: 'cache-disk-look-up',
  run: tidied(async (stage) => {
    const child = startChild(new URL('contenders/disk-look-up.js', stage.built));
    const [few, many]: readonly number[][] = [[], []];
    for (const entries of [FEW_ENTRIES, MANY_ENTRIES]) {
      stage.say(`disk look-up: storing ${entries} entries`);
      await child.call('fill', { entries });
    }
    for (let round = 0; round < stage.effort.rounds; round++) {
      stage.say(`disk look-up: round ${round + 1} of ${stage.effort.rounds}`);
      few?.push(await child.call<number>('lookUp', { entries: FEW_ENTRIES }));
      many?.push(await child.call<number>('lookUp', { entries: MANY_ENTRIES }));
    }
    await child.stop();
    return lookUpFindings(median(few ?? []), median(many ?? []));
  }),
};

function lookUpFindings(few: number, many: number): Findings {
  const ratio = many / few;
  return {
    tables: [
      {
        title: 'finding and reading an entry of 1 KB on disk',
        unit: 'µs',
        rows: [
          { contender: label(FEW_ENTRIES), value: few },
          { contender: label(MANY_ENTRIES), value: many },
        ],
      },
    ],
    verdicts: [
      {
        measure: `look-up among ${MANY_ENTRIES} entries on disk against ${FEW_ENTRIES}`,
        target: `≤ ${MOST_TIMES_SLOWER}`,
        measured: ratio.toFixed(2),
        met: ratio <= MOST_TIMES_SLOWER,
      },
    ],
  };
}

function label(entries: number): string {
  return `disk store of ${entries} entries`;
}

/** The caches are gone afterwards. */
function tidied(run: BenchCase['run']): BenchCase['run'] {
  return async (stage: Stage) => {
    try {
      return await run(stage);
    } finally {
      rmSync(cacheFolder(process.pid), { recursive: true, force: true });
    }
  };
}

/** The file that the large reply was stored in. */
function bodyFile(): string {
  const folder = cacheFolder(process.pid);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const path = paths
    .map((name) => join(folder, name))
    .find((each) => statSync(each).size >= LARGE_BYTES);
  if (path === undefined) throw new Error('the large reply was not stored');
  return path;
}
