import {
  contest,
  ratioVerdict,
  type BenchCase,
  type Contest,
  type Entry,
  type Findings,
  type Stage,
  type Verdict,
} from './case.ts';

const UPLOAD_VIEW_BYTES = 65_536;
const HANDSHAKES = 100;

const stock = 'node:tls';
const plain = 'channel';
const observed = 'channel, alerts observed';
const interruptible = 'channel, interruptible';

/** Every contender, asked for the same at the URL of its own way. */
function entries(call: string, argument: (hash: string) => unknown): readonly Entry[] {
  return [
    { contender: 'tls-node', label: stock, hash: '' },
    { contender: 'tls-channel', label: plain, hash: '' },
    { contender: 'tls-channel', label: observed, hash: '#observed' },
    { contender: 'tls-channel', label: interruptible, hash: '#interruptible' },
  ].map(({ hash, ...rest }) => ({ ...rest, call, argument: argument(hash) }));
}

const cpu: Contest['cpu'] = ({ cpuMilliseconds }) => cpuMilliseconds;

async function compared(
  stage: Stage,
  terms: Pick<Contest, 'title' | 'unit' | 'contenders' | 'worth'> & { readonly reference: string },
  promised: { readonly measure: string; readonly atLeast: number },
): Promise<Findings> {
  const table = await contest(stage, { ...terms, cpuUnit: 'CPU ms', cpu });
  const verdicts: readonly Verdict[] = [ratioVerdict(table, observed, promised)];
  return { tables: [table], verdicts };
}

/** A large body that goes by, and whose alerts are looked for. */
export const tlsDownload: BenchCase = {
  name: 'tls-download',
  run(stage) {
    const { bytes } = stage.effort;
    const url = `${stage.facts.https}/large/${bytes}`;
    const measure = 'bulk download with alerts observed against `node:tls` read by "data"';
    return compared(
      stage,
      {
        title: 'TLS: download to a sink',
        unit: 'MB/s',
        reference: stock,
        contenders: entries('download', (hash) => ({ url: url + hash })),
        worth: ({ milliseconds }) => bytes / milliseconds / 1_000,
      },
      { measure, atLeast: 0.9 },
    );
  },
};

/** A large body that is sent. */
export const tlsUpload: BenchCase = {
  name: 'tls-upload',
  run(stage) {
    const { bytes } = stage.effort;
    const body = { bytes, viewBytes: UPLOAD_VIEW_BYTES };
    const url = `${stage.facts.https}/sink`;
    const measure = 'upload with alerts observed against `node:tls`';
    return compared(
      stage,
      {
        title: 'TLS: upload, 64 KiB views',
        unit: 'MB/s',
        reference: stock,
        contenders: entries('upload', (hash) => ({ url: url + hash, body })),
        worth: ({ milliseconds }) => bytes / milliseconds / 1_000,
      },
      { measure, atLeast: 0.7 },
    );
  },
};

/** Connections that are opened and closed, one after the other. */
export const tlsHandshake: BenchCase = {
  name: 'tls-handshake',
  run(stage) {
    const measure = 'handshake with alerts observed against the native one (at most 1.3 of it)';
    return compared(
      stage,
      {
        title: `TLS: ${HANDSHAKES} handshakes, one after the other`,
        unit: 'per second',
        reference: plain,
        contenders: entries('getMany', (hash) => ({
          url: `${stage.facts.https}/${hash}`,
          count: HANDSHAKES,
        })),
        worth: ({ milliseconds }) => (HANDSHAKES / milliseconds) * 1_000,
      },
      { measure, atLeast: 0.77 },
    );
  },
};
