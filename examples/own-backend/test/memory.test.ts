import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { nodeHandles } from '@netaccess/conformance/node-handles';
import { testConformance } from '@netaccess/conformance/vitest';
import { NetworkAccessManager, Registry } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { fixture } from './fixture.ts';

testConformance('memory', { ...fixture, openHandles: nodeHandles });

describe('the example', () => {
  it('conforms under node:test too', { timeout: 60_000 }, async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--test', '--test-reporter=tap', 'test/memory.node-test.ts'],
      { cwd: `${import.meta.dirname}/..` },
    );
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(50);
  });

  it('is loaded when its scheme is first asked for', async () => {
    const registry = new Registry({ plugins: { memory: () => import('../src/memory.ts') } });
    const manager = new NetworkAccessManager({ registry });
    const url = new URL('memory:nothing-yet');
    const asked = {
      operation: 'get',
      url,
      headers: [],
      attributes: {},
      originAttributes: {},
    } as const;
    await expect(manager.send(asked)).rejects.toMatchObject({
      code: 'content-not-found',
      message: 'nothing-yet is not stored',
    });
  });
});
