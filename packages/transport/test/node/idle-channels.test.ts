import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { receive, scriptedServer, send, stall } from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { Channel } from '../../src/contract.ts';
import { tcpConnector } from '../../src/node/index.ts';
import { readBuffers } from '../../src/node/read-buffers.ts';
import { nextTurn, readText } from '../fixtures/reading.ts';

const run = promisify(execFile);

describe('idle TCP channels', () => {
  it('do not keep a process alive', async () => {
    const server = await scriptedServer([receive(4), send('pong'), stall()]);
    onTestFinished(() => server.close());
    const script = path.join(import.meta.dirname, '../fixtures/idle-script.mjs');
    const { stdout } = await run(process.execPath, [script, String(server.port)]);
    expect(stdout).toBe('pong');
  });

  it('hold no read buffer, though they have read large views', async () => {
    const count = 200;
    const length = 300_000;
    const server = await scriptedServer([receive(1), send(Buffer.alloc(length)), stall()]);
    onTestFinished(() => server.close());
    const target = { host: server.host, port: server.port };
    const channels: Channel[] = [];
    onTestFinished(async () => {
      await Promise.all(channels.map((channel) => channel.close()));
    });
    const before = process.memoryUsage().arrayBuffers;
    for (let opened = 0; opened < count; opened += 1) {
      const channel = await tcpConnector().connect(target, {});
      channels.push(channel);
      await channel.write(Buffer.from('x'));
      expect((await readText(channel, length)).length).toBe(length);
      channel.setIdle(true);
    }
    await nextTurn();
    expect(readBuffers.lent).toBe(0);
    expect(channels.every((channel) => channel.open)).toBe(true);
    // One buffer each would be 50 MiB; what the collector has not taken yet is none of theirs.
    globalThis.gc?.();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((count * 256 * 1024) / 2);
  });
});
