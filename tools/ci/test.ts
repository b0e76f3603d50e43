/**
 * Everything `pnpm test` and `.ci/run` do, in order. The last line printed is always
 * "N passed, N failed" (tests of every runtime added up; a failed step counts as one failure).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const results = path.join(root, 'test-results');
const env = {
  ...process.env,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};
let passed = 0;
let failed = 0;

function run(name: string, cmd: string, args: string[]): boolean {
  const start = performance.now();
  console.log(`\n=== ${name}`);
  const { status, error } = spawnSync(cmd, args, { cwd: root, env, stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `=== ${name}: ${status === 0 ? 'ok' : `FAILED (${error?.message ?? status})`}, ${seconds} s`,
  );
  return status === 0;
}
function step(name: string, cmd: string, ...args: string[]): void {
  if (!run(name, cmd, args)) failed += 1;
}
function tests(name: string, node: string, ...args: string[]): void {
  const json = path.join(results, `${name}.json`);
  rmSync(json, { force: true });
  const ok = run(`tests: ${name}`, node, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${json}`,
    ...args,
  ]);
  const before = failed;
  if (existsSync(json)) {
    const r = JSON.parse(readFileSync(json, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    passed += r.numPassedTests;
    failed += r.numFailedTests;
  }
  if ((!ok || !existsSync(json)) && failed === before) failed += 1; // a crash, an unhandled error, a missed threshold
}

mkdirSync(results, { recursive: true });
step('lint, types, build', 'turbo', 'run', 'lint', 'format', 'typecheck', 'build');
step('boundaries', 'turbo', 'boundaries');
tests(`node-${process.versions.node}`, process.execPath, '--coverage');
for (const name of ['node24', 'node22']) {
  const node = path.join(root, 'tools/runtimes/node_modules', name, 'bin/node');
  if (existsSync(node)) tests(name, node, '--project=node');
}
step('packages', process.execPath, 'tools/ci/packages.ts');
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
