import { rmSync } from 'node:fs';
import { join } from 'node:path';

import {
  contest,
  peakVerdict,
  ratioVerdict,
  type BenchCase,
  type Contest,
  type Entry,
  type Findings,
  type Stage,
} from './case.ts';

const UPLOAD_VIEW_BYTES = 65_536;
const LARGE_UPLOAD_VIEW_BYTES = 1_048_576;

/** What all tables about large bodies have in common. */
function bulk(stage: Stage, title: string, contenders: readonly Entry[]): Contest {
  return {
    title: `${sizeOf(stage.effort.bytes)} ${title}`,
    unit: 'MB/s',
    contenders,
    reference: 'undici.request',
    cpuUnit: 'CPU ms',
    cpu: ({ cpuMilliseconds }) => cpuMilliseconds,
    worth: ({ milliseconds }) => stage.effort.bytes / milliseconds / 1_000,
  };
}

function sizeOf(bytes: number): string {
  return bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30} GiB` : `${bytes / 2 ** 20} MiB`;
}

const ours = { contender: 'manager', label: 'manager.get' };
const undici = { contender: 'undici-request', label: 'undici.request' };
const nodeHttp = { contender: 'node-http', label: 'node:http' };
const got = { contender: 'got' };
const undiciFetch = { contender: 'undici-fetch', label: 'undici.fetch' };
const platform = { contender: 'platform-fetch', label: "the platform's fetch" };

async function downloads(
  stage: Stage,
  scheme: 'http' | 'https',
  promised: { ratio: number; megabytes: number },
): Promise<Findings> {
  const call = 'download';
  const argument = { url: `${stage.facts[scheme]}/large/${stage.effort.bytes}` };
  // The platform's own fetch cannot be told whom to trust.
  const peers =
    scheme === 'http'
      ? [undici, undiciFetch, nodeHttp, got, platform]
      : [undici, undiciFetch, nodeHttp, got];
  const contenders = [ours, ...peers].map((each) => ({ ...each, call, argument }));
  const table = await contest(stage, bulk(stage, `GET to a sink over ${scheme}`, contenders));
  const measure = `1 GiB download to a sink over \`${scheme}\``;
  return {
    tables: [table],
    verdicts: [
      ratioVerdict(table, ours.label, {
        measure: `${measure}, against \`undici.request\``,
        atLeast: promised.ratio,
      }),
      peakVerdict(table, ours.label, {
        measure: `${measure}, resident`,
        atMostMegabytes: promised.megabytes,
      }),
    ],
  };
}

/** A large body that goes by. */
export const httpDownload: BenchCase = {
  name: 'http-download',
  run: (stage) => downloads(stage, 'http', { ratio: 2.5, megabytes: 80 }),
};

/** The same, protected. */
export const httpsDownload: BenchCase = {
  name: 'https-download',
  run: (stage) => downloads(stage, 'https', { ratio: 1.3, megabytes: 90 }),
};

/** A large body that is kept in a file. */
export const httpDownloadFile: BenchCase = {
  name: 'http-download-file',
  async run(stage) {
    const contenders = [{ ...ours, label: 'manager.copy' }, undici, nodeHttp, got].map(
      (each): Entry => {
        const path = join(stage.folder, `${each.contender}.download`);
        return {
          ...each,
          call: 'downloadToFile',
          argument: { url: `${stage.facts.http}/large/${stage.effort.bytes}`, path },
          tidy: () => rmSync(path, { force: true }),
        };
      },
    );
    return {
      tables: [await contest(stage, bulk(stage, 'GET to a file over http', contenders))],
      verdicts: [],
    };
  },
};

/** A large body that is sent. */
export const httpUpload: BenchCase = {
  name: 'http-upload',
  async run(stage) {
    const { bytes } = stage.effort;
    const put = (viewBytes: number): Pick<Entry, 'call' | 'argument'> => ({
      call: 'upload',
      argument: { url: `${stage.facts.http}/sink`, body: { bytes, viewBytes } },
    });
    const small = put(UPLOAD_VIEW_BYTES);
    const large = put(LARGE_UPLOAD_VIEW_BYTES);
    const contenders: readonly Entry[] = [
      { ...ours, label: 'manager.put, 64 KiB views', ...small },
      { ...ours, label: 'manager.put, 1 MiB views', ...large },
      { ...undici, ...small },
      { ...undici, label: 'undici.request, 1 MiB chunks', ...large },
      { ...nodeHttp, ...small },
    ];
    const table = await contest(stage, bulk(stage, 'PUT over http', contenders));
    const measure = '1 GiB upload over `http` against `undici.request` with 64 KiB chunks';
    return {
      tables: [table],
      verdicts: [
        ratioVerdict(table, 'manager.put, 64 KiB views', {
          measure: `${measure}: 64 KiB views`,
          atLeast: 1.5,
        }),
        ratioVerdict(table, 'manager.put, 1 MiB views', {
          measure: `${measure}: 1 MiB views`,
          atLeast: 1.5,
        }),
      ],
    };
  },
};
