import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { contest, ratioVerdict, type BenchCase, type Entry, type Stage } from './case.ts';

const BLOCK_BYTES = 1_048_576;

/** A large file, which the system has in memory afterwards. */
function largeFile({ folder, effort }: Stage): string {
  const path = join(folder, 'large.bin');
  const block = new Uint8Array(BLOCK_BYTES).map((_, index) => index * 7);
  const file = openSync(path, 'w');
  for (let written = 0; written < effort.bytes; written += BLOCK_BYTES) writeSync(file, block);
  closeSync(file);
  return path;
}

const ours = { contender: 'manager' };
const node = { contender: 'node-fs' };

/** A large `file:` that goes by. */
export const fileRead: BenchCase = {
  name: 'file-read',
  async run(stage) {
    const path = largeFile(stage);
    const call = { call: 'readFile', argument: { path } };
    const table = await contest(stage, {
      title: 'file: read, large',
      unit: 'MB/s',
      contenders: [
        { ...ours, label: 'manager.get, views', ...call },
        { ...node, label: 'fs.createReadStream', ...call },
      ],
      reference: 'fs.createReadStream',
      cpuUnit: 'CPU ms',
      cpu: ({ cpuMilliseconds }) => cpuMilliseconds,
      worth: ({ milliseconds }) => stage.effort.bytes / milliseconds / 1_000,
    });
    rmSync(path);
    const measure = '1 GiB `file:` read against `fs.createReadStream`';
    return {
      tables: [table],
      verdicts: [ratioVerdict(table, 'manager.get, views', { measure, atLeast: 3.5 })],
    };
  },
};

/** A large `file:` that is copied to another. */
export const fileCopy: BenchCase = {
  name: 'file-copy',
  async run(stage) {
    const from = largeFile(stage);
    const copying = (contender: string, label: string): Entry => {
      const to = join(stage.folder, `${contender}.copy`);
      return {
        contender,
        label,
        call: 'copyFile',
        argument: { from, to },
        tidy: () => rmSync(to, { force: true }),
      };
    };
    const table = await contest(stage, {
      title: 'copy file: to file:, large',
      unit: 'MB/s',
      contenders: [
        copying('manager', 'manager.copy'),
        copying('node-fs', 'createReadStream to createWriteStream'),
      ],
      reference: 'createReadStream to createWriteStream',
      cpuUnit: 'CPU ms',
      cpu: ({ cpuMilliseconds }) => cpuMilliseconds,
      worth: ({ milliseconds }) => stage.effort.bytes / milliseconds / 1_000,
    });
    rmSync(from);
    const measure =
      '`copy` `file:` to `file:`, 1 GiB, against `createReadStream` piped to `createWriteStream`';
    return {
      tables: [table],
      verdicts: [ratioVerdict(table, 'manager.copy', { measure, atLeast: 2 })],
    };
  },
};
