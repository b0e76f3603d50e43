import { spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { storeCases } from '../../src/store-conformance/index.ts';

describe('the adapter of the store cases for node:test', { timeout: 60_000 }, () => {
  it('declares every case, and shows those that do not apply as skipped', () => {
    const { status, stdout } = run('right');
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(count(stdout, 'pass') + count(stdout, 'skipped')).toBe(storeCases.length);
    expect(count(stdout, 'skipped')).toBeGreaterThan(0);
    expect(status).toBe(0);
  });

  it('fails by the name of the case, with the rule and where it stands', () => {
    const { status, stdout } = run('broken');
    expect(stdout).toMatch(/not ok \d+ - clearing removes everything/);
    expect(stdout).toContain('(contract: CacheStore.clear)');
    expect(status).toBe(1);
  });
});

function run(name: string): { readonly status: number | null; readonly stdout: string } {
  const file = `fixtures/${name}.node-test.ts`;
  return spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
}

function count(tap: string, what: string): number {
  return Number(new RegExp(String.raw`^# ${what} (\d+)$`, 'm').exec(tap)?.[1]);
}
