import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { NetworkError, type BackendFactory, type Progress } from '@netaccess/core';
import { httpServer, patternBytes, type Echo, type HttpServer } from '@netaccess/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createManager, type NetworkAccessManager } from '../src/manager.ts';

let folder: string;
let server: HttpServer;
let manager: NetworkAccessManager;

beforeAll(async () => {
  server = await httpServer();
});
afterAll(async () => {
  await server.close();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'netaccess-copy-'));
  manager = createManager();
});
afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

const inFolder = (name: string): URL => pathToFileURL(path.join(folder, name));
const bytes = (length: number): Uint8Array => patternBytes(length, 0);

async function failure(promise: Promise<unknown>): Promise<NetworkError> {
  const error: unknown = await promise.then(
    () => new Error('nothing failed'),
    (reason: unknown) => reason,
  );
  if (NetworkError.is(error)) return error;
  throw error;
}

describe('copy', () => {
  it.each([0, 1, 300_000])('brings %d bytes from a file to a file', async (length) => {
    await writeFile(inFolder('from'), bytes(length));
    const reply = await manager.copy(inFolder('from'), inFolder('to'));
    expect(reply.error).toBeUndefined();
    expect(await readFile(inFolder('to'))).toEqual(Buffer.from(bytes(length)));
  });
  it('brings what a server sends into a file', async () => {
    await manager.copy(server.url('/bytes/100000'), inFolder('to'));
    expect(await readFile(inFolder('to'))).toEqual(Buffer.from(bytes(100_000)));
  });
  it('brings a body without a length, and a decoded one', async () => {
    await manager.copy(server.url('/chunked/100000'), inFolder('chunked'));
    expect(await readFile(inFolder('chunked'))).toEqual(Buffer.from(bytes(100_000)));
    await manager.copy(server.url('/encoded/gzip/5000'), inFolder('decoded'));
    expect(await readFile(inFolder('decoded'))).toHaveLength(5000);
  });
  it('sends a file to a server with its length', async () => {
    await writeFile(inFolder('from'), bytes(100_000));
    const reply = await manager.copy(inFolder('from'), server.url('/echo'));
    const echo = (await reply.json()) as Echo;
    expect(echo).toMatchObject({ method: 'PUT', length: 100_000 });
    const names = echo.rawHeaders.map((name) => name.toLowerCase());
    expect(names[names.indexOf('content-length') + 1]).toBe('100000');
  });
  it('goes from a server to the same server, though each copy needs two connections', async () => {
    const copies = Array.from({ length: 12 }, async () => {
      const reply = await manager.copy(server.url('/bytes/50000'), server.url('/echo'));
      return ((await reply.json()) as Echo).length;
    });
    expect(await Promise.all(copies)).toEqual(copies.map(() => 50_000));
  });
  it('tells how far the upload is', async () => {
    const seen: Progress[] = [];
    await manager.copy('data:,hello', inFolder('to'), {
      onProgress: (step) => {
        if (step.direction === 'upload') seen.push(step);
      },
    });
    expect(seen).toEqual([{ direction: 'upload', bytes: 5, total: 5 }]);
  });
  it('gives each side its own options', async () => {
    const credentials = { user: 'ann', password: '1' };
    const options = { from: { credentials }, to: { headers: { 'x-to': '1' } } };
    const reply = await manager.copy(server.url('/basic-auth/ann/1'), server.url('/echo'), options);
    const { rawHeaders, length } = (await reply.json()) as Echo;
    expect(length).toBe('hello ann'.length);
    expect(rawHeaders).toContain('x-to');
    expect(rawHeaders.map((name) => name.toLowerCase())).not.toContain('authorization');
  });
});

describe('a copy that fails', () => {
  it('because there is nothing to copy leaves nothing behind', async () => {
    expect((await failure(manager.copy(inFolder('none'), inFolder('to')))).code).toBe(
      'content-not-found',
    );
    expect(await readdir(folder)).toEqual([]);
  });
  it('because the source answered with a failure does not store its text', async () => {
    const error = await failure(manager.copy(server.url('/status/404'), inFolder('to')));
    expect(error.code).toBe('content-not-found');
    expect(await readdir(folder)).toEqual([]);
  });
  it('because the destination refuses closes the source', async () => {
    const lending = await httpServer();
    const copied = manager.copy(lending.url('/stall/10'), server.url('/status/403'));
    expect((await failure(copied)).code).toBe('content-access-denied');
    await lending.whenOpen(0);
    await lending.close();
  });
  it('because the destination cannot be written closes the source', async () => {
    const lending = await httpServer();
    const copied = manager.copy(lending.url('/stall/10'), inFolder('no/such/folder'));
    expect((await failure(copied)).code).toMatch(/^content-/);
    await lending.whenOpen(0);
    await lending.close();
  });
  it('because the destination cannot be put closes the source', async () => {
    const copied = manager.copy(server.url('/bytes/10'), 'data:,x');
    expect((await failure(copied)).code).toBe('protocol-invalid-operation');
  });
  it('because it is aborted ends both sides, and leaves no part of a file', async () => {
    const lending = await httpServer();
    const controller = new AbortController();
    const copied = manager.copy(lending.url('/stall/10'), inFolder('to'), {
      signal: controller.signal,
    });
    const failed = failure(copied);
    await lending.request(0);
    controller.abort();
    expect((await failed).code).toBe('operation-canceled');
    await lending.whenOpen(0);
    expect(await readdir(folder)).toEqual([]);
    await lending.close();
  });
  it('because the source breaks says so, and leaves no part of a file', async () => {
    const broken: BackendFactory = {
      contract: 1,
      name: 'broken',
      schemes: ['broken'],
      features: { targetTypes: ['local'] },
      create: ({ url }) => ({
        open: () => ({ url, headers: [], length: 10 }),
        read: () =>
          Promise.reject(Object.assign(new Error('torn'), { code: 'remote-host-closed' })),
        close: async () => {},
      }),
    };
    await using breaking = createManager({ backends: [broken] });
    const error = await failure(breaking.copy('broken://host/', inFolder('to')));
    expect(error.code).toBe('remote-host-closed');
    expect(await readdir(folder)).toEqual([]);
  });
});
