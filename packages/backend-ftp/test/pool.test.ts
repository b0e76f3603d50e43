import {
  ftpServer,
  patternBytes,
  type FtpServer,
  type FtpServerOptions,
} from '@netaccess/test-servers';
import { afterEach, expect, it } from 'vitest';

import { HandClock } from './fixtures/hand-clock.ts';
import { ask, failure, managerOf, type ManagerFixture } from './fixtures/manager-of.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function served(options: FtpServerOptions = {}): Promise<FtpServer> {
  const files = new Map([['/login/a', patternBytes(5_000)]]);
  const server = await ftpServer({ files, ...options });
  closers.push(() => server.close());
  return server;
}

function manager(options?: ManagerFixture): ReturnType<typeof managerOf> {
  const made = managerOf(options);
  closers.push(() => made.close());
  return made;
}

async function get(one: ReturnType<typeof managerOf>, url: URL): Promise<void> {
  const bytes = await (await ask(one, 'get', url)).bytes();
  expect(bytes).toHaveLength(5_000);
}

it('two connections serve as many requests as there are', async () => {
  const server = await served();
  const one = manager();
  await Promise.all(Array.from({ length: 20 }, () => get(one, server.url('/a'))));
  expect(server.sessions).toHaveLength(2);
});

it('another login has another connection', async () => {
  const server = await served({ users: { anonymous: 'anonymous@', me: 'x' } });
  const one = manager();
  await get(one, server.url('/a'));
  const url = server.url('/a');
  url.username = 'me';
  url.password = 'x';
  await get(one, url);
  await get(one, server.url('/a'));
  expect(server.sessions).toHaveLength(2);
});

it('an idle connection says NOOP every half minute, and is closed after two minutes', async () => {
  const clock = new HandClock();
  const server = await served();
  const one = manager({ clock });
  await get(one, server.url('/a'));
  for (const expected of [1, 2, 3]) {
    clock.advance(30_000);
    await server.heard('NOOP');
    // The connection is idle again once its reply has come.
    await expect.poll(() => clock.delays, { interval: 1 }).toEqual([30_000]);
    expect(server.commands.filter((line) => line === 'NOOP')).toHaveLength(expected);
  }
  clock.advance(30_000);
  await server.whenOpen(0);
  await get(one, server.url('/a'));
  expect(server.sessions).toHaveLength(2);
});

it('a connection that does not answer NOOP is replaced', async () => {
  const clock = new HandClock();
  const server = await served({ scripts: { NOOP: '421 Too late.' } });
  const one = manager({ clock });
  await get(one, server.url('/a'));
  clock.advance(30_000);
  await server.whenOpen(0);
  await get(one, server.url('/a'));
  expect(server.sessions).toHaveLength(2);
});

it('a transfer that was left is given two seconds to end before its connection is closed', async () => {
  const clock = new HandClock();
  const server = await served({
    data: {
      RETR: async (data) => {
        await data.write('abc');
        await new Promise(() => {});
      },
    },
  });
  const one = manager({ clock, connections: 1 });
  const reply = await ask(one, 'get', server.url('/a'));
  await reply.close();
  await expect.poll(() => clock.delays, { interval: 1 }).toEqual([2_000]);
  expect(server.open).toBe(1);
  clock.advance(2_000);
  await server.whenOpen(0);
});

it('what changes something asks a kept connection first whether it lives', async () => {
  const server = await served();
  const one = manager();
  await get(one, server.url('/a'));
  expect(await failure(ask(one, 'delete', server.url('/a')))).toBeUndefined();
  expect(server.commands.slice(-2)).toEqual(['NOOP', 'DELE a']);
});

it('connections are cleared when that is asked, and the next request opens one', async () => {
  const server = await served();
  const one = manager();
  await one.preconnect(server.url('/a'));
  expect(server.sessions).toHaveLength(1);
  await get(one, server.url('/a'));
  expect(server.sessions).toHaveLength(1);
  await one.clearConnections();
  await server.whenOpen(0);
  await get(one, server.url('/a'));
  expect(server.sessions).toHaveLength(2);
});
