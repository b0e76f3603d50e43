/**
 * Everything `./run test` does, in order. The last line printed is always "N passed, N failed": each step counts as one, and the
 * tests of every Node are added up. `./run test NAME…` runs only the steps whose name contains one of the words.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { runtimes } from './runtimes.ts';
import { Tally } from './tally.ts';

const root = path.resolve(import.meta.dirname, '../..');
const results = path.join(root, 'test-results');
const node = process.execPath;
const words = process.argv.slice(2);
const env = {
  ...process.env,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};
/** Kits that wait for broken specimens, and servers that are slow to answer. */
const pinnedNodeOnly = [
  'packages/conformance/test/broken.test.ts',
  'packages/backend-cache/test/store-conformance/broken.test.ts',
  'packages/backend-ftp/test/real-servers.test.ts',
  'packages/cli/test/curl.test.ts',
];
const onOtherNodes = [
  'packages/',
  'examples/',
  ...pinnedNodeOnly.map((file) => `--exclude=${file}`),
];
const tally = new Tally();

function chosen(name: string): boolean {
  return words.length === 0 || words.some((word) => name.includes(word));
}

function run(name: string, command: string, args: readonly string[]): boolean {
  const start = performance.now();
  console.log(`\n=== ${name}`);
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const verdict = status === 0 ? 'ok' : `FAILED (${error?.message ?? status})`;
  console.log(`=== ${name}: ${verdict}, ${seconds} s`);
  return status === 0;
}

function step(name: string, command: string, ...args: string[]): void {
  if (chosen(name)) tally.step(run(name, command, args));
}

function tests(name: string, onNode: string, ...args: string[]): void {
  if (!chosen(name)) return;
  const json = path.join(results, `${name.replaceAll(' ', '-')}.json`);
  rmSync(json, { force: true });
  const vitest = ['node_modules/vitest/vitest.mjs', 'run'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${json}`];
  const ok = run(name, onNode, [...vitest, ...reporters, ...args]) && existsSync(json);
  tally.tests({ ...counts(json), ok });
}

function counts(json: string): { passed: number; failed: number } {
  if (!existsSync(json)) return { passed: 0, failed: 0 };
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(
    readFileSync(json, 'utf8'),
  ) as { numPassedTests: number; numFailedTests: number };
  return { passed, failed };
}

try {
  mkdirSync(results, { recursive: true });
  run('peers', 'tools/ci/servers', []);
  const tasks = ['lint', 'format', 'typecheck', 'build'];
  step(tasks.join(', '), 'turbo', 'run', '--continue', ...tasks);
  step('boundaries', 'turbo', 'boundaries');
  step('checks', node, 'tools/checks/run.ts');
  // The tools run on the pinned Node only; what is published runs on each, but for what is slow and hears nothing new there.
  for (const [index, { name, path: onNode }] of runtimes(root).entries()) {
    tests(`tests on ${name}`, onNode, ...(index === 0 ? ['--coverage'] : onOtherNodes));
  }
  for (const { name, path: onNode } of runtimes(root)) {
    step(
      `node:test on ${name}`,
      onNode,
      '--test',
      ...globSync('examples/*/test/*.node-test.ts', { cwd: root }),
    );
  }
  step('packages', node, 'tools/ci/packages.ts');
} catch (error) {
  console.error(error);
  tally.step(false);
}
console.log(`\n${tally.toString()}`);
process.exitCode = tally.ok ? 0 : 1;
