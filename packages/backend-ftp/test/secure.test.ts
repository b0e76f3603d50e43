import { bytesUpload } from '@netaccess/core';
import {
  certificates,
  ftpServer,
  patternBytes,
  type FtpServer,
  type FtpServerOptions,
} from '@netaccess/test-servers';
import { afterEach, describe, expect, it } from 'vitest';

import { ask, failure, managerOf, type ManagerFixture } from './fixtures/manager-of.ts';

const { ca, localhost, selfSigned } = certificates();
const tls = { key: localhost.key, cert: localhost.cert };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function served(options: FtpServerOptions = {}): Promise<FtpServer> {
  const files = new Map([['/login/a', patternBytes(100_000)]]);
  const server = await ftpServer({ files, ...options });
  closers.push(() => server.close());
  return server;
}

function manager(options?: ManagerFixture): ReturnType<typeof managerOf> {
  const made = managerOf({ ca: [ca.cert], ...options });
  closers.push(() => made.close());
  return made;
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (maximumVersion) => {
  it.each([false, true])(
    'resumes a session for every data connection (implicit: %s)',
    async (implicit) => {
      const server = await served({ tls, implicit, requiresSession: true, maximumVersion });
      const one = manager({ connections: 1 });
      for (let round = 0; round < 8; round += 1) {
        const reply = await ask(one, 'get', server.url('/a'));
        expect(Buffer.from(await reply.bytes()).equals(Buffer.from(patternBytes(100_000)))).toBe(
          true,
        );
        expect(reply.attributes?.secured).toBe('verified');
        expect(reply.attributes?.tls?.protocol).toBe(maximumVersion);
        const put = await ask(one, 'put', server.url('/b'), {
          upload: bytesUpload(patternBytes(70_000)),
        });
        expect(put.error).toBeUndefined();
        await put.close();
        expect(server.files.get('/login/b')).toHaveLength(70_000);
      }
      expect(server.sessions).toHaveLength(1);
      expect(server.sessions[0]?.resumed).toEqual(Array.from({ length: 16 }, () => true));
    },
  );
});

describe('explicit TLS', () => {
  it('is used where it is offered, and not where it is not', async () => {
    const offered = await served({ tls });
    const reply = await ask(manager(), 'get', offered.url('/a'));
    await reply.bytes();
    expect(reply.attributes?.secured).toBe('verified');
    expect(offered.commands[0]).toBe('AUTH TLS');
    const clear = await served();
    const other = await ask(manager(), 'get', clear.url('/a'));
    await other.bytes();
    expect(other.attributes?.secured).toBeUndefined();
  });

  it('sends nothing but AUTH in clear when it is required', async () => {
    const server = await served();
    const asked = ask(manager(), 'get', server.url('/a'), {
      attributes: { ftpSecurity: 'required' },
    });
    expect(await failure(asked)).toMatchObject({
      code: 'tls-handshake-failed',
      message: expect.stringContaining('502'),
    });
    expect(server.commands.filter((line) => line !== 'QUIT')).toEqual(['AUTH TLS']);
  });

  it('is left out when it is off, and then nothing is protected', async () => {
    const server = await served({ tls });
    const reply = await ask(manager(), 'get', server.url('/a'), {
      attributes: { ftpSecurity: 'off' },
    });
    await reply.bytes();
    expect(reply.attributes?.secured).toBeUndefined();
    expect(server.commands).not.toContain('AUTH TLS');
  });

  it('fails when bytes come in clear with the reply to AUTH', async () => {
    for (const injected of ['230 Welcome.\r\n', '230', '230-More\r\n']) {
      const server = await served({
        tls,
        scripts: {
          AUTH: `234 Go on.\r\n${injected}\n`
            .replace(/\n\n$/, '\n')
            .replace(/^(234 Go on.\r\n230)\n$/, '$1'),
        },
      });
      const asked = ask(manager(), 'get', server.url('/a'));
      expect(await failure(asked)).toMatchObject({ code: 'tls-handshake-failed' });
      expect(server.commands.filter((line) => line !== 'QUIT')).toEqual(['AUTH TLS']);
    }
  });

  it('checks certificates like any other backend', async () => {
    for (const implicit of [false, true]) {
      const { key, cert } = selfSigned;
      const server = await served({ tls: { key, cert }, implicit });
      const one = manager();
      expect(await failure(ask(one, 'get', server.url('/a')))).toMatchObject({
        code: 'tls-handshake-failed',
        message: expect.stringMatching(/self.signed/i),
      });
      const accepted = await ask(one, 'get', server.url('/a'), {
        originAttributes: { tls: { ignoreErrors: 'all' } },
      });
      await accepted.bytes();
      expect(accepted.attributes?.secured).toBe('unverified');
      expect(server.commands.filter((line) => line.startsWith('PASS'))).toHaveLength(1);
    }
  });

  it('has a control connection of its own for whoever has functions of its own', async () => {
    const server = await served({ tls });
    const one = manager();
    const mine = (): undefined => undefined;
    for (const [onAlertReceived, logins] of [
      [mine, 1],
      [mine, 1],
      [(): undefined => undefined, 2],
    ] as const) {
      const reply = await ask(one, 'get', server.url('/a'), {
        originAttributes: { tls: { onAlertReceived } },
      });
      await reply.bytes();
      expect(server.commands.filter((line) => line.startsWith('PASS'))).toHaveLength(logins);
    }
  });

  it('fails when the server does not protect data', async () => {
    const server = await served({ tls, scripts: { PROT: '536 Not here.' } });
    expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
      code: 'tls-handshake-failed',
      message: expect.stringContaining('536 Not here.'),
    });
  });

  it('fails with what the server says of a data connection that it does not take', async () => {
    const server = await served({
      tls,
      data: {
        RETR: async (data, session) => {
          session.verdict = '522 Session reuse is required.';
          data.socket.destroy();
        },
      },
    });
    expect(await failure(ask(manager(), 'get', server.url('/a')))).toMatchObject({
      message: expect.stringContaining('522'),
    });
  });
});
