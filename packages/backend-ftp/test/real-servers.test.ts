import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { bytesUpload } from '@netaccess/core';
import { certificates, patternBytes } from '@netaccess/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ask, failure, managerOf } from './fixtures/manager-of.ts';
import { realServers, type RealServer, type RunningServer } from './fixtures/real-server.ts';

const { ca } = certificates();
const bytes = patternBytes(2_000_000);

for (const server of realServers) {
  for (const protection of server.protections) {
    const missing = server.program === undefined;
    describe.skipIf(missing)(
      `${server.name}, ${protection}${missing ? ' (not installed)' : ''}`,
      () => {
        operations(server, () => server.start(protection), protection !== 'plain');
      },
    );
  }
}

function operations(
  server: RealServer,
  start: () => Promise<RunningServer>,
  secured: boolean,
): void {
  let running: RunningServer;
  let one: ReturnType<typeof managerOf>;
  beforeAll(async () => {
    running = await start();
    one = managerOf({ ca: [ca.cert] });
  });
  afterAll(async () => {
    await one.close();
    await running.close();
  });

  const stored = (name: string): Buffer => readFileSync(path.join(running.directory, name));

  it('puts a file under another name, and gets it, again and again', async () => {
    for (let round = 0; round < 4; round += 1) {
      const put = await ask(one, 'put', running.url('a.bin'), { upload: bytesUpload(bytes) });
      expect(put.error).toBeUndefined();
      await put.close();
      expect(stored('a.bin').equals(Buffer.from(bytes))).toBe(true);
      const reply = await ask(one, 'get', running.url('a.bin'));
      expect(reply.error).toBeUndefined();
      expect(reply.length).toBe(2_000_000);
      expect(reply.attributes?.secured).toBe(secured ? 'verified' : undefined);
      expect(Buffer.from(await reply.bytes()).equals(Buffer.from(bytes))).toBe(true);
    }
    expect(readdirSync(running.directory)).toEqual(['a.bin']);
  });

  it('resumes a download and an upload', async () => {
    writeFileSync(path.join(running.directory, 'r.bin'), bytes);
    const head = await ask(one, 'head', running.url('r.bin'));
    expect(Object.fromEntries(head.headers)).toMatchObject({ 'Content-Length': '2000000' });
    await head.close();
    const rest = await ask(one, 'get', running.url('r.bin'), {
      attributes: { range: { from: 1_500_000 } },
    });
    expect(rest.range).toMatchObject({ from: 1_500_000, total: 2_000_000 });
    const got = Buffer.from(await rest.bytes());
    expect(got.equals(Buffer.from(bytes.subarray(1_500_000)))).toBe(true);
    const half = await ask(one, 'put', running.url('half.bin'), {
      upload: bytesUpload(bytes.slice(0, 1_000_000)),
    });
    await half.close();
    const other = await ask(one, 'put', running.url('half.bin'), {
      upload: bytesUpload(bytes.slice(1_000_000)),
      attributes: { range: { from: 1_000_000 } },
    });
    expect(other.error).toBeUndefined();
    await other.close();
    expect(stored('half.bin').equals(Buffer.from(bytes))).toBe(true);
  });

  it('lists, makes, renames and deletes, with names of any kind', async () => {
    const name = 'caf\u00e9 #1.txt';
    const put = await ask(one, 'put', running.url(encodeURIComponent(name)), {
      upload: bytesUpload('hello'),
    });
    expect(put.error).toBeUndefined();
    await put.close();
    const made = await ask(one, 'custom', running.url('folder'), { customVerb: 'MKD' });
    expect(made.error).toBeUndefined();
    await made.close();
    const listing = await ask(one, 'get', running.url(''));
    const entries = (await listing.json()) as { name: string; type: string; size?: number }[];
    expect(entries).toContainEqual(expect.objectContaining({ name, type: 'file', size: 5 }));
    expect(entries).toContainEqual(expect.objectContaining({ name: 'folder', type: 'directory' }));
    const headers = [['Destination', running.url('moved').pathname]] as const;
    const renamed = ask(one, 'custom', running.url(encodeURIComponent(name)), {
      customVerb: 'RNFR',
      headers,
    });
    expect(await failure(renamed)).toBeUndefined();
    expect(stored('moved').toString()).toBe('hello');
    expect(await failure(ask(one, 'delete', running.url('moved')))).toBeUndefined();
    const removed = ask(one, 'custom', running.url('folder'), { customVerb: 'RMD' });
    expect(await failure(removed)).toBeUndefined();
  });

  it('says what is missing, what is a directory, and what is forbidden', async () => {
    expect(await failure(ask(one, 'get', running.url('none')))).toMatchObject({
      code: 'content-not-found',
      message: expect.stringContaining('550'),
    });
    expect(await failure(ask(one, 'get', running.url('none/')))).toMatchObject({
      code: 'content-not-found',
    });
    const directory = new URL(running.url('').href.replace(/\/$/, ''));
    expect(await failure(ask(one, 'get', directory))).toMatchObject({
      code: 'content-operation-not-permitted',
    });
    writeFileSync(path.join(running.directory, 'secret'), 'x', { mode: 0o600 });
    expect(await failure(ask(one, 'get', running.url('secret')))).toMatchObject({
      code: 'content-access-denied',
    });
  });

  it('leaves a download early and goes on', async () => {
    writeFileSync(path.join(running.directory, 'big'), patternBytes(20_000_000));
    for (let round = 0; round < 3; round += 1) {
      const reply = await ask(one, 'get', running.url('big'));
      await reply.readInto(new Uint8Array(1_000));
      await reply.close();
    }
    const reply = await ask(one, 'get', running.url('a.bin'));
    expect((await reply.bytes()).length).toBe(2_000_000);
  }, 20_000);
}
