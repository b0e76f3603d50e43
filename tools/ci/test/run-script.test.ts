import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let root = '';
const repository = path.resolve(import.meta.dirname, '../../..');

/** Stands for npx, and leaves behind what a real install does; counts how often it was called. */
const npx = `#!/bin/sh
[ "$FAIL_INSTALL" != 1 ] || exit 7
echo call >>npx-calls
mkdir -p node_modules/.bin
echo "$PWD/bin"`;

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
  chmodSync(path.join(root, name), 0o755);
}

function run(
  args: string[],
  env: Record<string, string> = {},
  input = '',
): ReturnType<typeof spawnSync> {
  return spawnSync(path.join(root, 'run'), args, {
    encoding: 'utf8',
    input,
    cwd: tmpdir(),
    env: { PATH: `${root}/bin:${process.env['PATH']}`, ...env },
  });
}

const installs = (): number =>
  readFileSync(path.join(root, 'npx-calls'), 'utf8').split('\n').length - 1;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'netaccess run ')); // a blank in the path, as people have
  copyFileSync(path.join(repository, 'run'), path.join(root, 'run'));
  write('bin/npx', npx);
  write('bin/pnpm', '#!/bin/sh\n');
  write('print.mjs', 'console.log(JSON.stringify(process.argv.slice(2)));');
  write(
    'stdin.mjs',
    'process.stdin.on("data", (d) => console.log(d.length)).on("end", () => process.exit(42));',
  );
  const scripts = {
    test: 'node print.mjs test',
    args: 'node print.mjs',
    stdin: 'node stdin.mjs',
    two: 'true && node print.mjs',
  };
  write('package.json', JSON.stringify({ packageManager: 'pnpm@1.2.3', scripts }, null, 2));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('./run', () => {
  it('hands arguments over as they are', () => {
    const args = [
      'a b',
      `it's "x"`,
      'http://h/?a=1&b=*',
      '',
      '$HOME',
      '`id`',
      '--',
      '-v',
      'two\nlines',
      '\\',
    ];
    expect(JSON.parse(String(run(['args', ...args]).stdout))).toEqual(args);
    expect(JSON.parse(String(run(['two', ...args]).stdout))).toEqual(args);
  });
  it("keeps the script's input and exit code", () => {
    const { status, stdout } = run(['stdin'], {}, 'twelve bytes');
    expect([status, stdout]).toEqual([42, '12\n']);
  });
  it('installs once, and again after a change of the lockfile or a manifest', () => {
    run(['args']);
    run(['args']);
    expect(installs()).toBe(1);
    write('pnpm-lock.yaml', 'changed');
    run(['args']);
    expect(installs()).toBe(2);
    write('packages/a/package.json', '{}');
    run(['args']);
    run(['args']);
    expect(installs()).toBe(3);
  });
  it('always installs in CI', () => {
    run(['args'], { CI: 'true' });
    run(['args'], { CI: 'true' });
    expect(installs()).toBe(2);
  });
  it('says how the tests ended when they could not start', () => {
    const { status, stdout } = run(['test'], { FAIL_INSTALL: '1' });
    expect([status, stdout]).toEqual([1, '0 passed, 1 failed\n']);
  });
  it('lists the scripts when none or an unknown one is named', () => {
    const { status, stderr } = run(['nonsense']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/\.\/run test\n.*\.\/run args/);
    expect(run([]).status).toBe(2);
  });
  it.each(['run', '.ci/run'])('%s is understood by a plain POSIX shell', (script) => {
    expect(spawnSync('sh', ['-n', path.join(repository, script)]).status).toBe(0);
  });
});
