import { spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { conformanceCases } from '../src/index.ts';

describe('the adapter for node:test', { timeout: 60_000 }, () => {
  it('declares every case, and shows those that do not apply as skipped', () => {
    const { status, stdout } = run('right');
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(count(stdout, 'pass') + count(stdout, 'skipped')).toBe(conformanceCases.length);
    expect(count(stdout, 'skipped')).toBeGreaterThan(0);
    expect(status).toBe(0);
  });

  it('fails by the name of the case, with the rule and where it stands', () => {
    const { status, stdout } = run('broken');
    expect(stdout).toMatch(
      /not ok \d+ - create declines the operations that the backend does not serve/,
    );
    expect(stdout).toContain('(contract: BackendFactory.create)');
    expect(status).toBe(1);
  });
});

function run(name: string): { readonly status: number | null; readonly stdout: string } {
  const file = `test/fixtures/${name}.node-test.ts`;
  return spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    cwd: `${import.meta.dirname}/..`,
    encoding: 'utf8',
  });
}

function count(tap: string, what: string): number {
  return Number(new RegExp(String.raw`^# ${what} (\d+)$`, 'm').exec(tap)?.[1]);
}
