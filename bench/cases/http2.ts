import {
  contest,
  ratioVerdict,
  rowOf,
  startContender,
  type BenchCase,
  type Entry,
  type Stage,
  type Table,
  type Verdict,
} from './case.ts';

const UPLOAD_VIEW_BYTES = 65_536;
const MOST_BYTES_PER_STREAM = 8_000;

const engine = { contender: 'http2-engine', label: 'engine' };
const manager = { contender: 'manager', label: 'manager.get' };
const node = { contender: 'node-http2', label: 'node:http2' };
const undici = { contender: 'undici-http2', label: 'undici.request' };

/** Requests of 1 KB over one connection, a hundred at once and one at a time. */
export const http2Small: BenchCase = {
  name: 'http2-small',
  async run(stage) {
    const many = await smallAt(stage, 100);
    const single = await smallAt(stage, 1);
    return { tables: [many, single], verdicts: [...manyVerdicts(many), ...singleVerdicts(single)] };
  },
};

function smallAt(stage: Stage, concurrency: number): Promise<Table> {
  const { milliseconds } = stage.effort;
  const argument = { url: stage.facts.http2.small, concurrency, milliseconds };
  return contest(stage, {
    title: `1 KB GET over HTTP/2, ${concurrency} at once on one connection`,
    unit: 'requests/s',
    contenders: [engine, manager, node, undici].map((each) => ({
      ...each,
      call: 'requests',
      argument,
    })),
    reference: node.label,
    cpuUnit: 'CPU µs each',
    cpu: ({ count, cpuMilliseconds }) => (cpuMilliseconds / count) * 1_000,
    worth: ({ count, milliseconds: took }) => (count / took) * 1_000,
  });
}

function manyVerdicts(table: Table): readonly Verdict[] {
  const measure = '1 KB GET over HTTP/2, 100 at once, against a raw `node:http2` session';
  const cpu = (rowOf(table, manager.label).cpu ?? Number.NaN) / (rowOf(table, node.label).cpu ?? 0);
  const ratio = rowOf(table, manager.label).value / rowOf(table, undici.label).value;
  return [
    ratioVerdict(table, engine.label, { measure: `${measure}: engine`, atLeast: 2.6 }),
    ratioVerdict(table, manager.label, { measure: `${measure}: manager`, atLeast: 2 }),
    {
      measure: `${measure}: CPU of the manager`,
      target: '≤ 0.5',
      measured: cpu.toFixed(2),
      met: cpu <= 0.5,
    },
    {
      measure: '1 KB GET over HTTP/2, 100 at once, manager against `undici.request`',
      target: '≥ 2.5',
      measured: ratio.toFixed(2),
      met: ratio >= 2.5,
    },
  ];
}

function singleVerdicts(table: Table): readonly Verdict[] {
  const measure = '1 KB GET over HTTP/2, one at a time, against `node:http2`: manager';
  return [ratioVerdict(table, manager.label, { measure, atLeast: 1.3 })];
}

/** A large body on one stream. */
export const http2Download: BenchCase = {
  name: 'http2-download',
  async run(stage) {
    const { bytes } = stage.effort;
    await stage.server.call('expectHttp2', { bytes });
    const table = await bulk(stage, 'GET to a sink over HTTP/2', [engine, manager, node], {
      call: 'download',
      argument: { url: stage.facts.http2.large },
    });
    const measure = '1 GiB download over HTTP/2 on one stream, against `node:http2`';
    return {
      tables: [table],
      verdicts: [
        ratioVerdict(table, engine.label, { measure: `${measure}: engine`, atLeast: 2.2 }),
        ratioVerdict(table, manager.label, { measure: `${measure}: manager`, atLeast: 2.2 }),
      ],
    };
  },
};

/** A large body that is sent on one stream. */
export const http2Upload: BenchCase = {
  name: 'http2-upload',
  async run(stage) {
    const { bytes } = stage.effort;
    const contenders = [engine, { ...manager, label: 'manager.put' }, node];
    const table = await bulk(stage, 'PUT over HTTP/2', contenders, {
      call: 'upload',
      argument: { url: stage.facts.http2.sink, body: { bytes, viewBytes: UPLOAD_VIEW_BYTES } },
    });
    const measure = '1 GiB upload over HTTP/2 on one stream, against `node:http2`';
    return {
      tables: [table],
      verdicts: [
        ratioVerdict(table, engine.label, { measure: `${measure}: engine`, atLeast: 1.3 }),
        ratioVerdict(table, 'manager.put', { measure: `${measure}: manager`, atLeast: 1.3 }),
      ],
    };
  },
};

function bulk(
  stage: Stage,
  title: string,
  contenders: readonly Pick<Entry, 'contender' | 'label'>[],
  call: Pick<Entry, 'call' | 'argument'>,
): Promise<Table> {
  const { bytes } = stage.effort;
  const size = bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30} GiB` : `${bytes / 2 ** 20} MiB`;
  return contest(stage, {
    title: `${size} ${title}`,
    unit: 'MB/s',
    contenders: contenders.map((each) => ({ ...each, ...call })),
    reference: node.label,
    cpuUnit: 'CPU ms',
    cpu: ({ cpuMilliseconds }) => cpuMilliseconds,
    worth: ({ milliseconds }) => bytes / milliseconds / 1_000,
  });
}

/** As many streams that wait as one connection carries. */
export const http2Held: BenchCase = {
  name: 'http2-held',
  async run(stage) {
    const { held } = stage.effort;
    const rows = [];
    for (const { contender, label } of [engine, manager, node])
      rows.push({ contender: label, value: (await bytesPerStream(stage, contender)) / 1_000 });
    const table = {
      title: `${held.toLocaleString('en')} streams that wait on one HTTP/2 connection`,
      unit: 'kB each',
      rows,
    };
    const verdicts = [engine, manager].map(({ label }) => {
      const { value } = rowOf(table, label);
      return {
        measure: `memory of a stream that waits, 10,000 on one connection: ${label}`,
        target: `≤ ${MOST_BYTES_PER_STREAM / 1_000} kB`,
        measured: `${value.toFixed(1)} kB`,
        met: value * 1_000 <= MOST_BYTES_PER_STREAM,
      };
    });
    return { tables: [table], verdicts };
  },
};

async function bytesPerStream(stage: Stage, contender: string): Promise<number> {
  const { held: count } = stage.effort;
  stage.say(`held streams: ${contender}`);
  const child = await startContender(stage, contender);
  const url = stage.facts.http2.held;
  const hold = async (streams: number): Promise<{ during: number; answered: Promise<void> }> => {
    await stage.server.call('expectHttp2', { held: streams });
    const allThere = stage.server.told('held');
    const answered = child.told('answered');
    await child.call('holdMany', { url, count: streams });
    await allThere;
    return { during: await child.call<number>('resident'), answered };
  };
  // One opens the connection, and loads what is needed for that.
  const first = await hold(1);
  await stage.server.call('releaseHttp2');
  await first.answered;
  const before = await child.call<number>('resident');
  const all = await hold(count);
  await stage.server.call('releaseHttp2');
  await all.answered;
  await child.stop();
  return (all.during - before) / count;
}
