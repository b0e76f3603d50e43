import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { bytesUpload, iterableUpload } from '@netaccess/core';
import {
  ftpServer,
  patternBytes,
  proxyServer,
  type FtpServer,
  type FtpServerOptions,
} from '@netaccess/test-servers';
import type { Connector, Target } from '@netaccess/transport';
import { tcpConnector } from '@netaccess/transport/node';
import { afterEach, describe, expect, it } from 'vitest';

import { ask, failure, managerOf, type ManagerFixture } from './fixtures/manager-of.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function served(options: FtpServerOptions = {}): Promise<FtpServer> {
  const files = new Map([['/login/a', patternBytes(500_000)]]);
  const server = await ftpServer({ files, ...options });
  closers.push(() => server.close());
  return server;
}

function manager(options?: ManagerFixture): ReturnType<typeof managerOf> {
  const made = managerOf(options);
  closers.push(() => made.close());
  return made;
}

/** Remembers where channels lead. */
function watching(): { readonly connector: Connector; readonly targets: Target[] } {
  const targets: Target[] = [];
  const real = tcpConnector();
  return {
    targets,
    connector: {
      connect(target, options) {
        targets.push(target);
        return real.connect(target, options);
      },
    },
  };
}

describe('replies', () => {
  it('are understood when they are split at every byte', async () => {
    const server = await served({ dribbles: true });
    const one = manager();
    expect((await (await ask(one, 'get', server.url('/a'))).bytes()).length).toBe(500_000);
    expect(await failure(ask(one, 'get', server.url('/')))).toBeUndefined();
    expect(await failure(ask(one, 'get', server.url('/none')))).toMatchObject({
      code: 'content-not-found',
    });
  });

  it('may be of several lines, and wait before the first', async () => {
    const server = await served({
      scripts: {
        greeting: '120 Soon.\r\n220-Hello\r\n220 is not the end of this\r\n',
        USER: '331-Who\r\n 331 is\r\n331 there?',
        PASS: '230-Welcome\r\n230-to\r\n230 all',
      },
    });
    expect((await (await ask(manager(), 'get', server.url('/a'))).bytes()).length).toBe(500_000);
  });

  it('end the connection when they are longer than anybody needs', async () => {
    const long = 'x'.repeat(20_000);
    for (const greeting of [`220 ${long}`, `220-${long.slice(0, 9_000)}\r\n`.repeat(9)]) {
      const server = await served({ scripts: { greeting } });
      expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
        code: 'protocol-failure',
      });
    }
  });

  it('have their own words for each kind of failure', async () => {
    const cases = [
      ['421 Too many users.', 'service-unavailable', true],
      ['450 Busy.', 'content-access-denied', true],
      ['451 Trouble.', 'internal-server', true],
      ['550 No such file.', 'content-not-found', undefined],
      ['550 Permission denied.', 'content-access-denied', undefined],
      ['550 a is a directory.', 'content-operation-not-permitted', undefined],
      ['502 What?', 'operation-not-implemented', undefined],
      ['553 Not that name.', 'content-access-denied', undefined],
    ] as const;
    for (const [RETR, code, temporary] of cases) {
      const server = await served({ scripts: { RETR } });
      const found = await failure(ask(manager(), 'get', server.url('/a')));
      expect(found).toMatchObject({ code, message: expect.stringContaining(RETR) });
      expect(found?.temporary === true).toBe(temporary === true);
    }
  });
});

describe('logins', () => {
  it('are asked for once when they are refused, and the request is sent again', async () => {
    const server = await served({ users: { me: 'right' } });
    const asked: unknown[] = [];
    const one = manager({
      credentials: (challenge, { refused }) => {
        asked.push([challenge.name, refused]);
        return { user: 'me', password: 'right' };
      },
    });
    const reply = await ask(one, 'get', server.url('/a'));
    expect((await reply.bytes()).length).toBe(500_000);
    expect(asked).toEqual([['password', undefined]]);
    await (await ask(one, 'get', server.url('/a'))).bytes();
    expect(asked).toHaveLength(1);
    expect(server.commands.filter((line) => line === 'USER anonymous')).toHaveLength(1);
  });

  it('that were refused are not tried again, and no message quotes them', async () => {
    const server = await served({ users: { me: 'right' } });
    const url = server.url('/a');
    url.username = 'me';
    url.password = 'wrong-one';
    const found = await failure(ask(manager(), 'get', url));
    expect(found).toMatchObject({
      code: 'authentication-required',
      message: expect.stringContaining('530 Login incorrect'),
    });
    expect(found?.message).not.toContain('wrong-one');
    expect(server.commands.filter((line) => line.startsWith('PASS'))).toHaveLength(1);
  });

  it('that a request states are used at once', async () => {
    const server = await served({ users: { me: 'right' } });
    const reply = await ask(manager(), 'get', server.url('/a'), {
      originAttributes: { credentials: { user: 'me', password: 'right' } },
    });
    await reply.bytes();
    expect(server.commands.filter((line) => line.startsWith('USER'))).toEqual(['USER me']);
  });
});

describe('a control connection that is closed', () => {
  it('before the greeting, fails', async () => {
    const server = await served({
      scripts: {
        greeting: (_word, session) => {
          session.socket.destroy();
          return '';
        },
      },
    });
    expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
      code: 'remote-host-closed',
      temporary: true,
      message: expect.stringContaining('127.0.0.1'),
    });
  });

  it('in the middle of a transfer, fails, even if all bytes came', async () => {
    for (const whole of [true, false]) {
      const server = await served({
        data: {
          RETR: async (data, session) => {
            await data.write(patternBytes(whole ? 500_000 : 1_000));
            session.silent = true;
            session.plain.destroy();
            if (whole) await data.end();
          },
        },
      });
      expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
        code: 'remote-host-closed',
      });
    }
  });

  it('between two requests, is replaced, also when nobody noticed', async () => {
    for (const unnoticed of [true, false]) {
      let dead = false;
      const server = await served({
        scripts: {
          MLST: (_path, session) => {
            if (!dead) return undefined;
            dead = false;
            session.plain.destroy();
            return '';
          },
        },
      });
      const one = manager();
      await (await ask(one, 'get', server.url('/a'))).bytes();
      if (unnoticed) dead = true;
      else await Promise.all(server.sessions.map((session) => session.close()));
      expect((await (await ask(one, 'get', server.url('/a'))).bytes()).length).toBe(500_000);
      expect(server.sessions).toHaveLength(2);
    }
  });
});

describe('a data connection', () => {
  it('that is refused fails with where it led', async () => {
    const server = await served({
      scripts: {
        EPSV: async (_word, session) => {
          const port = await session.listen();
          session.port?.close();
          return `229 (|||${port}|)`;
        },
      },
    });
    expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
      code: 'connection-refused',
      message: expect.stringContaining('data connection'),
    });
  });

  it('that ends too early is an error, whatever the server says', async () => {
    for (const verdict of ['226 Done.', '426 Broken.']) {
      const server = await served({
        data: {
          RETR: async (data, session) => {
            session.verdict = verdict;
            await data.write(patternBytes(1_000));
            await data.end();
          },
        },
      });
      const found = await failure(ask(manager(), 'get', server.url('/a')));
      expect(found).toMatchObject({
        code: verdict.startsWith('226') ? 'protocol-failure' : 'remote-host-closed',
        message: expect.stringContaining(verdict.startsWith('226') ? '1000 of 500000' : verdict),
      });
    }
  });

  it('whose final reply is not positive is an error even if all bytes came', async () => {
    const server = await served({
      data: {
        RETR: async (data, session) => {
          session.verdict = '451 The disk made a noise.';
          await data.write(patternBytes(500_000));
          await data.end();
        },
      },
    });
    expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
      code: 'internal-server',
      message: expect.stringContaining('made a noise'),
      temporary: true,
    });
  });

  it('that is reset fails with what the server says', async () => {
    const server = await served({
      data: {
        RETR: async (data, session) => {
          session.verdict = '426 Reset by somebody.';
          await data.write(patternBytes(1_000));
          data.socket.resetAndDestroy();
        },
      },
    });
    expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
      message: expect.stringContaining('426 Reset by somebody'),
    });
  });

  it('that is still written to does not hide that the source of an upload failed', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    closers.push(async () => void process.off('unhandledRejection', listen));
    const server = await served();
    const upload = iterableUpload(
      (async function* () {
        for (let index = 0; index < 400; index += 1) yield new Uint8Array(100_000);
        throw new Error('the source broke');
      })(),
    );
    const found = await failure(ask(manager(), 'put', server.url('/b'), { upload }));
    expect(found?.message).toContain('the source broke');
    expect(unhandled).toEqual([]);
  });

  it('that stalls can be left at any time', async () => {
    const server = await served({
      data: {
        RETR: async (data) => void (await data.readAll()),
        STOR: () => new Promise(() => {}),
      },
    });
    const one = manager();
    const reply = await ask(one, 'get', server.url('/a'));
    const reading = reply.readInto(new Uint8Array(10));
    await reply.close();
    await expect(reading).rejects.toMatchObject({ code: 'operation-canceled' });
    const abort = new AbortController();
    const put = ask(one, 'put', server.url('/b'), {
      upload: bytesUpload(new Uint8Array(1_000)),
      signal: abort.signal,
    });
    await server.heard('STOR');
    abort.abort();
    await expect(put).rejects.toMatchObject({ code: 'operation-canceled' });
  });

  it('never leads to another address than the control connection', async () => {
    const { connector, targets } = watching();
    const server = await served({
      scripts: {
        EPSV: '500 What?',
        PASV: async (_word, session) => {
          const port = await session.listen();
          return `227 Passive Mode (10,1,2,3,${port >> 8},${port & 255})`;
        },
      },
    });
    const one = manager({ connector });
    for (let round = 0; round < 2; round += 1) {
      expect((await (await ask(one, 'get', server.url('/a'))).bytes()).length).toBe(500_000);
    }
    expect(targets.map(({ host }) => host)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
    expect(server.commands.filter((line) => line === 'EPSV')).toHaveLength(1);
  });

  it('refuses ports and replies that are none', async () => {
    for (const EPSV of ['229 Here.', '229 (|||0|)', '229 (|||70000|)']) {
      const server = await served({ scripts: { EPSV } });
      expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
        code: 'protocol-failure',
      });
    }
  });
});

describe('ways to the server', () => {
  it.each(['http', 'socks5'] as const)('may lead through a proxy: %s', async (kind) => {
    const server = await served();
    const proxy = await proxyServer({ kind });
    closers.push(() => proxy.close());
    const one = manager({ proxies: () => [proxy.url()] });
    expect((await (await ask(one, 'get', server.url('/a'))).bytes()).length).toBe(500_000);
    await (await ask(one, 'put', server.url('/b'), { upload: bytesUpload('x') })).close();
    expect(server.files.get('/login/b')).toHaveLength(1);
    expect(proxy.traffic.passed).toHaveLength(3);
  });

  it('may be IPv6', async () => {
    const server = await served({ host: '::1' });
    expect((await (await ask(manager(), 'get', server.url('/a'))).bytes()).length).toBe(500_000);
  });

  it('may be unix sockets', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'netaccess-ftp-'));
    closers.push(async () => rmSync(folder, { recursive: true, force: true }));
    const unixSocket = path.join(folder, 's');
    await served({ path: unixSocket });
    const reply = await ask(manager(), 'get', new URL('ftp://example.test/a'), {
      originAttributes: { unixSocket },
    });
    expect((await reply.bytes()).length).toBe(500_000);
  });
});
