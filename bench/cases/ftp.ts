import { startChild } from '../child.ts';
import type { Round } from '../contender.ts';
import type { FtpFacts } from '../ftp-server.ts';
import {
  contest,
  peakVerdict,
  ratioVerdict,
  type BenchCase,
  type Findings,
  type Stage,
  type Table,
} from './case.ts';

const UPLOAD_VIEW_BYTES = 65_536;
const FILES = 500;
const FILE_BYTES = 4_096;
const ENTRIES = 10_000;
const ours = 'manager';
const reference = 'basic-ftp';

/** What both do, and what it is worth. */
interface Match {
  readonly title: string;
  readonly unit: string;
  readonly call: string;
  readonly argument: unknown;
  readonly worth: (round: Round) => number;
}

/** Runs a match against a server of its own. */
async function match(stage: Stage, made: (at: FtpFacts) => Match): Promise<Table> {
  const server = startChild(new URL('../ftp-server.ts', import.meta.url));
  try {
    const { call, argument, ...rest } = made(await server.call<FtpFacts>('start'));
    return await contest(stage, {
      ...rest,
      contenders: [ours, reference].map((contender) => ({ contender, call, argument })),
      reference,
      cpuUnit: 'CPU ms',
      cpu: ({ cpuMilliseconds }) => cpuMilliseconds,
    });
  } finally {
    await server.stop();
  }
}

function findings(table: Table, measure: string, atLeast: number): Findings {
  return { tables: [table], verdicts: [ratioVerdict(table, ours, { measure, atLeast })] };
}

/** A large file that goes by. */
export const ftpDownload: BenchCase = {
  name: 'ftp-download',
  async run(stage) {
    const { bytes } = stage.effort;
    const table = await match(stage, ({ fast }) => ({
      title: 'ftp: download to a sink',
      unit: 'MB/s',
      call: 'download',
      argument: { url: `${fast}/large/${bytes}` },
      worth: ({ milliseconds }) => bytes / milliseconds / 1_000,
    }));
    const measure = '1 GiB `ftp:` download to a sink';
    const found = findings(table, `${measure} against basic-ftp \`downloadTo\``, 1.5);
    const peak = peakVerdict(table, ours, { measure: `${measure}, resident`, atMostMegabytes: 80 });
    return { ...found, verdicts: [...found.verdicts, peak] };
  },
};

/** A large file that is put. */
export const ftpUpload: BenchCase = {
  name: 'ftp-upload',
  async run(stage) {
    const { bytes } = stage.effort;
    const table = await match(stage, ({ fast }) => ({
      title: 'ftp: upload, 64 KiB views',
      unit: 'MB/s',
      call: 'upload',
      argument: { url: `${fast}/put`, body: { bytes, viewBytes: UPLOAD_VIEW_BYTES } },
      worth: ({ milliseconds }) => bytes / milliseconds / 1_000,
    }));
    return findings(table, '1 GiB `ftp:` upload against basic-ftp `uploadFrom`', 1.2);
  },
};

/** Many small files of a server that takes its time. */
export const ftpSmall: BenchCase = {
  name: 'ftp-small',
  async run(stage) {
    const table = await match(stage, ({ slow }) => ({
      title: `ftp: ${FILES} files of 4 kB, 5 ms per reply`,
      unit: 'files/s',
      call: 'getMany',
      argument: { url: `${slow}/small/${FILE_BYTES}`, count: FILES },
      worth: ({ milliseconds }) => (FILES * 1_000) / milliseconds,
    }));
    const measure =
      '500 `ftp:` files of 4 kB, 5 ms per reply, 2 connections against basic-ftp one by one';
    return findings(table, measure, 1.8);
  },
};

/** A directory with many entries. */
export const ftpListing: BenchCase = {
  name: 'ftp-listing',
  async run(stage) {
    const table = await match(stage, ({ fast }) => ({
      title: 'ftp: a directory of 10,000 entries',
      unit: 'listings/s',
      call: 'list',
      argument: { url: `${fast}/list/${ENTRIES};type=d`, entries: ENTRIES },
      worth: ({ milliseconds }) => 1_000 / milliseconds,
    }));
    return findings(
      table,
      '10,000 `ftp:` entries listed against basic-ftp (at most 1.2 of its time)',
      0.84,
    );
  },
};
