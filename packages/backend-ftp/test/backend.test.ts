import { bytesUpload, iterableUpload } from '@netaccess/core';
import {
  ftpServer,
  patternBytes,
  type FtpServer,
  type FtpServerOptions,
} from '@netaccess/test-servers';
import { afterEach, describe, expect, it } from 'vitest';

import { ask, failure, managerOf, type ManagerFixture } from './fixtures/manager-of.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function served(options: FtpServerOptions = {}): Promise<FtpServer> {
  const server = await ftpServer(options);
  closers.push(() => server.close());
  return server;
}

function manager(options?: ManagerFixture): ReturnType<typeof managerOf> {
  const made = managerOf(options);
  closers.push(() => made.close());
  return made;
}

const plain = ['SIZE', 'MDTM', 'REST STREAM', 'UTF8'];
const bytes = patternBytes(300_000);
const withFile = (): Map<string, Uint8Array> => new Map([['/login/a.bin', bytes]]);

describe('get', () => {
  it('gives a file with its size and time', async () => {
    const server = await served({ files: withFile() });
    const reply = await ask(manager(), 'get', server.url('/a.bin'));
    expect([...reply.headers]).toEqual([
      ['Content-Length', '300000'],
      ['Last-Modified', 'Fri, 02 Jan 2026 03:04:05 GMT'],
    ]);
    expect(reply.length).toBe(300_000);
    expect(Buffer.from(await reply.bytes()).equals(Buffer.from(bytes))).toBe(true);
    expect(reply.attributes?.connection).toMatchObject({ protocol: 'ftp', reused: false });
    expect(reply.attributes?.secured).toBeUndefined();
  });

  it('takes three commands for each file of a kept connection', async () => {
    for (const features of [undefined, plain]) {
      const server = await served({ files: withFile(), features });
      const one = manager({ connections: 1 });
      const taken: number[] = [];
      for (let round = 0; round < 4; round += 1) {
        const before = server.commands.length;
        const reply = await ask(one, 'get', server.url('/a.bin'));
        await reply.bytes();
        taken.push(server.commands.length - before);
      }
      expect(taken.slice(1)).toEqual([3, 3, 3]);
      expect(server.accepted).toBe(1);
    }
  });

  it('gives the part that was asked for while the validator holds, and all of it otherwise', async () => {
    for (const features of [undefined, plain]) {
      const server = await served({ files: withFile(), features });
      const one = manager();
      const head = await ask(one, 'head', server.url('/a.bin'));
      const { validator } = head;
      expect(validator).toBeDefined();
      const part = await ask(one, 'get', server.url('/a.bin'), {
        attributes: { range: { from: 100, validator } },
      });
      expect(part.range).toEqual({ from: 100, to: 299_999, total: 300_000 });
      expect(Buffer.from(await part.bytes()).equals(Buffer.from(bytes.subarray(100)))).toBe(true);
      const middle = await ask(one, 'get', server.url('/a.bin'), {
        attributes: { range: { from: 5, to: 9 } },
      });
      expect(middle.length).toBe(5);
      expect([...(await middle.bytes())]).toEqual([...bytes.subarray(5, 10)]);
      const all = await ask(one, 'get', server.url('/a.bin'), {
        attributes: { range: { from: 100, validator: 'other' } },
      });
      expect(all.range).toBeUndefined();
      expect((await all.bytes()).length).toBe(300_000);
      const beyond = ask(one, 'get', server.url('/a.bin'), {
        attributes: { range: { from: 300_000 } },
      });
      expect(await failure(beyond)).toMatchObject({ code: 'unknown-content' });
    }
  });

  it('gives all of a file where the server cannot start within it', async () => {
    const server = await served({ files: withFile(), features: ['SIZE', 'MDTM'] });
    const reply = await ask(manager(), 'get', server.url('/a.bin'), {
      attributes: { range: { from: 7 } },
    });
    expect(reply.range).toBeUndefined();
    expect((await reply.bytes()).length).toBe(300_000);
  });

  it('lists a directory as JSON and as text', async () => {
    for (const features of [undefined, plain]) {
      const files = new Map([
        ['/login/d/a b#.txt', patternBytes(17)],
        ['/login/d/caf\xc3\xa9', patternBytes(1)],
        ['/login/d/\xe4', patternBytes(2)],
        ['/login/d/sub/x', patternBytes(3)],
      ]);
      const server = await served({ files, features });
      const one = manager();
      const reply = await ask(one, 'get', server.url('/d/'));
      expect([...reply.headers][0]).toEqual(['Content-Type', 'application/json']);
      expect(await reply.json()).toMatchObject([
        {
          name: 'a b#.txt',
          type: 'file',
          size: 17,
          permissions: 'rw-r--r--',
          href: 'a%20b%23.txt',
        },
        { name: 'caf\u00e9', type: 'file', size: 1, href: 'caf%C3%A9' },
        { name: '\u00e4', href: '%E4' },
        { name: 'sub', type: 'directory', permissions: 'rwxr-xr-x', href: 'sub/' },
      ]);
      const raw = await ask(one, 'get', new URL('%E4', server.url('/d/')));
      expect((await raw.bytes()).length).toBe(2);
      const text = await ask(one, 'get', server.url('/d/'), {
        headers: [['Accept', 'text/plain, */*;q=0.1']],
      });
      expect(await text.text()).toContain('-rw-r--r--             17 2026-01-02');
      expect(await failure(ask(one, 'get', server.url('/none/')))).toMatchObject({
        code: 'content-not-found',
      });
      expect(server.accepted).toBe(1);
    }
  });

  it('reads text where the URL says so, without a length', async () => {
    const server = await served({ files: withFile() });
    const one = manager();
    const reply = await ask(one, 'get', server.url('/a.bin;type=a'));
    expect(reply.length).toBeUndefined();
    await reply.bytes();
    await (await ask(one, 'get', server.url('/a.bin;type=i'))).bytes();
    expect(server.commands.filter((line) => line.startsWith('TYPE'))).toEqual([
      'TYPE I',
      'TYPE A',
      'TYPE I',
    ]);
  });

  it('reaches absolute paths, and logs in as the URL says', async () => {
    const files = new Map([['/etc/x', patternBytes(5)]]);
    const server = await served({ files, users: { 'a@b': 'p:w' } });
    const url = server.url('/%2Fetc/x');
    url.username = 'a%40b';
    url.password = 'p%3Aw';
    const reply = await ask(manager(), 'get', url);
    expect((await reply.bytes()).length).toBe(5);
    expect(server.commands).toContain('USER a@b');
  });

  it('refuses line ends in any part of a URL before anything is sent', async () => {
    const server = await served();
    const one = manager();
    for (const path of ['/a%0Db', '/a%0Ab', '/a%00b']) {
      expect(await failure(ask(one, 'get', server.url(path)))).toMatchObject({
        code: 'protocol-invalid-operation',
      });
    }
    for (const part of ['username', 'password'] as const) {
      const url = server.url('/a');
      url[part] = 'x%0D%0ADELE%20y';
      expect(await failure(ask(one, 'get', url))).toMatchObject({
        code: 'protocol-invalid-operation',
      });
    }
    expect(server.accepted).toBe(0);
  });

  it('leaves early and uses the connection again', async () => {
    const server = await served({ files: new Map([['/login/a.bin', patternBytes(8_000_000)]]) });
    const one = manager({ connections: 1 });
    for (let round = 0; round < 3; round += 1) {
      const reply = await ask(one, 'get', server.url('/a.bin'));
      await reply.readInto(new Uint8Array(10));
      await reply.close();
    }
    expect(server.accepted).toBe(1);
  });
});

describe('put', () => {
  it('stores under another name, and then renames', async () => {
    const server = await served({ files: withFile() });
    const reply = await ask(manager(), 'put', server.url('/a.bin'), {
      upload: bytesUpload('hello'),
    });
    expect(reply.error).toBeUndefined();
    await reply.close();
    expect(server.files.size).toBe(1);
    expect(Buffer.from(server.files.get('/login/a.bin') ?? []).toString()).toBe('hello');
    expect(server.commands.some((line) => /^STOR \..*\.part$/.test(line))).toBe(true);
  });

  it('writes to the file itself where no other name is allowed', async () => {
    const server = await served({
      scripts: { STOR: (name) => (name.includes('.part') ? '553 Not that name.' : undefined) },
    });
    await (await ask(manager(), 'put', server.url('/n'), { upload: bytesUpload('x') })).close();
    expect(server.files.get('/login/n')).toEqual(Buffer.from('x'));
  });

  it('leaves the old file when the upload fails, and nothing else', async () => {
    const server = await served({ files: withFile() });
    const one = manager();
    const broken = iterableUpload(
      (async function* () {
        yield new Uint8Array(100_000);
        throw new Error('the source broke');
      })(),
    );
    expect(await failure(ask(one, 'put', server.url('/a.bin'), { upload: broken }))).toMatchObject({
      message: expect.stringContaining('the source broke'),
    });
    await server.heard('DELE');
    await (await ask(one, 'head', server.url('/a.bin'))).close();
    expect([...server.files.keys()]).toEqual(['/login/a.bin']);
    expect(server.files.get('/login/a.bin')).toHaveLength(300_000);
  });

  it('appends, writes over from somewhere on, and refuses to leave a hole', async () => {
    const server = await served({ files: new Map([['/login/n', Buffer.from('hello')]]) });
    const one = manager();
    const put = (from: number, text: string): ReturnType<typeof failure> =>
      failure(
        ask(one, 'put', server.url('/n'), {
          upload: bytesUpload(text),
          attributes: { range: { from } },
        }),
      );
    expect(await put(5, ' world')).toBeUndefined();
    expect(Buffer.from(server.files.get('/login/n') ?? []).toString()).toBe('hello world');
    expect(server.commands).toContain('APPE n');
    expect(await put(6, 'there')).toBeUndefined();
    expect(Buffer.from(server.files.get('/login/n') ?? []).toString()).toBe('hello there');
    expect(await put(100, 'x')).toMatchObject({ code: 'content-conflict' });
  });

  it('refuses a part where the server cannot start within a file', async () => {
    const server = await served({
      files: new Map([['/login/n', Buffer.from('hello')]]),
      features: ['SIZE'],
    });
    const asked = ask(manager(), 'put', server.url('/n'), {
      upload: bytesUpload('x'),
      attributes: { range: { from: 2 } },
    });
    expect(await failure(asked)).toMatchObject({ code: 'content-operation-not-permitted' });
    expect(Buffer.from(server.files.get('/login/n') ?? []).toString()).toBe('hello');
  });

  it('says that the disk is full, in the middle of an upload or at its end', async () => {
    for (const early of [true, false]) {
      const server = await served({
        files: withFile(),
        data: {
          STOR: async (data, session) => {
            session.verdict = '552 Disk full.';
            if (early) data.socket.destroy();
            else await data.readAll();
            data.socket.end();
          },
        },
      });
      const upload = iterableUpload(
        (function* () {
          for (let index = 0; index < 400; index += 1) yield new Uint8Array(65_536);
        })(),
      );
      const asked = ask(manager(), 'put', server.url('/a.bin'), { upload });
      expect(await failure(asked)).toMatchObject({
        code: 'unknown-server',
        message: expect.stringContaining('552 Disk full'),
      });
      expect(server.files.get('/login/a.bin')).toHaveLength(300_000);
    }
  });
});

describe('other operations', () => {
  it('looks at a file without getting it', async () => {
    for (const features of [undefined, plain, ['SIZE'], []]) {
      const server = await served({ files: withFile(), features });
      const one = manager();
      const reply = await ask(one, 'head', server.url('/a.bin'));
      const known = features === undefined || features.length > 0;
      expect(reply.error === undefined).toBe(known);
      await reply.close();
      expect(await failure(ask(one, 'head', server.url('/')))).toBeUndefined();
      expect(await failure(ask(one, 'head', server.url('/none/')))).toMatchObject({
        code: 'content-not-found',
      });
    }
  });

  it('deletes, makes and removes directories, renames, and asks SITE', async () => {
    const server = await served({ files: withFile() });
    const one = manager();
    const custom = (verb: string, path: string, more = {}): ReturnType<typeof ask> =>
      ask(one, 'custom', server.url(path), { customVerb: verb, ...more });
    expect(await failure(custom('MKD', '/new'))).toBeUndefined();
    expect(server.files.has('/login/new/')).toBe(true);
    expect(await failure(custom('MKD', '/new'))).toMatchObject({ code: 'content-conflict' });
    expect(await failure(custom('RMD', '/new'))).toBeUndefined();
    const headers = [['Destination', '/b.bin']] as const;
    expect(await failure(custom('RNFR', '/a.bin', { headers }))).toBeUndefined();
    expect(server.files.has('/login/b.bin')).toBe(true);
    expect(await failure(ask(one, 'delete', server.url('/b.bin')))).toBeUndefined();
    expect(await failure(ask(one, 'delete', server.url('/b.bin')))).toMatchObject({
      code: 'content-not-found',
    });
    const site = await custom('SITE', '/', { upload: bytesUpload('CHMOD 644 x') });
    expect(await site.text()).toContain('200 SITE CHMOD 644 x');
    const injected = { upload: bytesUpload('CHMOD 644 x\r\nDELE y') };
    expect(await failure(custom('SITE', '/', injected))).toMatchObject({
      code: 'protocol-invalid-operation',
    });
    await expect(custom('QUIT', '/')).rejects.toMatchObject({ code: 'protocol-invalid-operation' });
    await expect(ask(one, 'post', server.url('/x'))).rejects.toMatchObject({
      code: 'protocol-invalid-operation',
    });
  });
});
