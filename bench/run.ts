import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { build } from './built.ts';
import { cacheDiskLarge, cacheDiskLookUp, cacheDiskSmall } from './cases/cache-disk.ts';
import { cacheMemory, cachePolicyCost } from './cases/cache-memory.ts';
import type { BenchCase, Effort, Findings, Stage } from './cases/case.ts';
import { coreSize } from './cases/core-size.ts';
import { fileCopy, fileRead } from './cases/files.ts';
import { ftpDownload, ftpListing, ftpSmall, ftpUpload } from './cases/ftp.ts';
import { heldRequests } from './cases/held-requests.ts';
import { httpDownload, httpDownloadFile, httpsDownload, httpUpload } from './cases/http-bulk.ts';
import { httpSmall } from './cases/http-small.ts';
import { http2Download, http2Held, http2Small, http2Upload } from './cases/http2.ts';
import { imports } from './cases/imports.ts';
import { managerOverhead } from './cases/manager-overhead.ts';
import { tlsDownload, tlsHandshake, tlsUpload } from './cases/tls.ts';
import { startChild } from './child.ts';
import { machine } from './machine.ts';
import { report, summary } from './report.ts';
import type { ServerFacts } from './server.ts';

const cases: readonly BenchCase[] = [
  httpSmall,
  httpDownload,
  httpsDownload,
  httpDownloadFile,
  httpUpload,
  fileRead,
  fileCopy,
  managerOverhead,
  imports,
  coreSize,
  ftpDownload,
  ftpUpload,
  ftpSmall,
  ftpListing,
  heldRequests,
  cacheMemory,
  cachePolicyCost,
  cacheDiskSmall,
  cacheDiskLarge,
  cacheDiskLookUp,
  http2Small,
  http2Download,
  http2Upload,
  http2Held,
  tlsDownload,
  tlsUpload,
  tlsHandshake,
];

const full: Effort = { rounds: 5, milliseconds: 1_000, bytes: 2 ** 30, imports: 60, held: 10_000 };
const quick: Effort = { rounds: 3, milliseconds: 250, bytes: 2 ** 27, imports: 15, held: 1_000 };

const document = new URL('../docs/performance.md', import.meta.url);

const usage = `usage: ./run bench [--quick] [CASE…]

Measures this project against others, and writes docs/performance.md if nothing is left out.
--quick  takes less time and says less.
NETACCESS_BENCH_ENTRIES=1000000 in the environment: how many entries cache-disk-look-up stores, which takes minutes.
cases    ${cases.map(({ name }) => name).join(' ')}
`;

async function main(): Promise<number> {
  const options = { quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const unknown = positionals.filter((name) => !cases.some((each) => each.name === name));
  if (values.help === true || unknown.length > 0) {
    process.stderr.write(unknown.length > 0 ? `no case ${unknown.join(', ')}\n${usage}` : usage);
    return unknown.length > 0 ? 2 : 0;
  }
  const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const where = machine();
  const findings = await measure(chosen, values.quick === true ? quick : full);
  if (chosen.length === cases.length && values.quick !== true) {
    mkdirSync(new URL('.', document), { recursive: true });
    writeFileSync(document, report(findings, where));
    say('written to docs/performance.md');
  }
  return 0;
}

async function measure(chosen: readonly BenchCase[], effort: Effort): Promise<Findings> {
  say('building');
  const built = await build();
  const folder = mkdtempSync(join(tmpdir(), 'netaccess-bench-'));
  const server = startChild(new URL('server.ts', import.meta.url));
  try {
    const facts = await server.call<ServerFacts>('start');
    return await inTurn(chosen, { effort, server, facts, folder, built, say });
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inTurn(chosen: readonly BenchCase[], stage: Stage): Promise<Findings> {
  const all: Findings[] = [];
  for (const each of chosen) {
    const findings = await each.run(stage);
    all.push(findings);
    process.stdout.write(summary(findings));
  }
  return {
    tables: all.flatMap(({ tables }) => tables),
    verdicts: all.flatMap(({ verdicts }) => verdicts),
  };
}

function say(progress: string): void {
  process.stderr.write(`${progress}\n`);
}

process.exitCode = await main();
