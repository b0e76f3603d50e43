import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';

import { afterEach, assert, describe, expect, it, vi } from 'vitest';

import { backendFor, header, laterManager, requestFor, send } from './fixtures/exchange.ts';
import { failure, failureOf } from './fixtures/failure.ts';
import { patternBytes, temporaryFolder } from './fixtures/temporary-folder.ts';

const folder = temporaryFolder();
const linux = process.platform === 'linux';
const large = patternBytes(3 * 1_048_576 + 5);

// The end of a body does not wait for the system to close the file.
afterEach(async () => {
  await vi.waitFor(() => assert.deepEqual(folder.openFiles(), []), { interval: 5 });
});

describe('a get of a file', () => {
  it('gives its bytes, length and time, and invents no status and no type', async () => {
    const url = folder.write('plain.txt', 'hello');
    utimesSync(url, 1_000_000_000, 1_000_000_000);
    const reply = await send(url);
    expect([...reply.headers]).toEqual([
      ['Content-Length', '5'],
      ['Last-Modified', 'Sun, 09 Sep 2001 01:46:40 GMT'],
    ]);
    expect(reply).toMatchObject({
      length: 5,
      status: undefined,
      range: undefined,
      error: undefined,
    });
    expect(reply.url.href).toBe(url.href);
    expect(await reply.text()).toBe('hello');
  });

  it.each([0, 1, 4_097, 131_073, 1_048_576, 1_048_577, 2_097_153, 3_145_733])(
    'of %i bytes gives each of them',
    async (length) => {
      const bytes = patternBytes(length);
      const reply = await send(folder.write('sized.bin', bytes));
      expect(reply.length).toBe(length);
      expect(Buffer.from(await reply.bytes()).equals(bytes)).toBe(true);
    },
  );

  it.each([1_000, 65_536, 1_048_576, 4_000_000])(
    'fills %i bytes of the memory of the caller at a time',
    async (size) => {
      const reply = await send(folder.write('into.bin', large));
      const into = new Uint8Array(size);
      const parts: Uint8Array[] = [];
      for (;;) {
        const count = await reply.readInto(into);
        if (count === 0) break;
        parts.push(into.slice(0, count));
      }
      expect(Buffer.concat(parts).equals(large)).toBe(true);
    },
  );

  it('goes on in large pieces after small ones', async () => {
    const reply = await send(folder.write('mixed.bin', large));
    const memory = new Uint8Array(large.length);
    let filled = 0;
    for (let size = 3; filled < memory.length; size *= 4) {
      filled += await reply.readInto(memory.subarray(filled, filled + size));
    }
    expect(Buffer.from(memory).equals(large)).toBe(true);
    await reply.close();
  });

  it('ignores query and fragment', async () => {
    const url = folder.write('query.txt', 'same');
    url.search = '?a=b';
    url.hash = '#c';
    expect(await (await send(url)).text()).toBe('same');
  });

  it('reads a name that is not UTF-8', async () => {
    if (!linux) return;
    const path = Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0x66, 0xff])]);
    writeFileSync(path, 'odd');
    expect(await (await send(new URL(`${folder.urlOf('f').href}%FF`))).text()).toBe('odd');
  });

  it('follows links', async () => {
    folder.write('linked.txt', 'linked');
    symlinkSync('linked.txt', folder.pathOf('link'));
    expect(await (await send(folder.urlOf('link'))).text()).toBe('linked');
  });

  it('of an upload is refused', async () => {
    const upload = { resettable: true, opened: false, open: () => [] };
    await expect(send(folder.write('x.txt', 'x'), { upload })).rejects.toEqual(
      failure('protocol-invalid-operation'),
    );
  });
});

describe('a head of a file', () => {
  it('says what a get would, and has no bytes', async () => {
    const reply = await send(folder.write('head.txt', 'hello'), { operation: 'head' });
    expect(header(reply, 'content-length')).toBe('5');
    expect(header(reply, 'last-modified')).toMatch(/ GMT$/);
    expect((await reply.bytes()).length).toBe(0);
  });

  it('of a missing file fails', async () => {
    await expect(send(folder.urlOf('none'), { operation: 'head' })).rejects.toEqual(
      failure('content-not-found'),
    );
  });
});

describe('what is not there, or no file', () => {
  it('has a code of its own and is named', async () => {
    mkdirSync(folder.pathOf('folder'));
    folder.write('file', 'x');
    symlinkSync('loop', folder.pathOf('loop'));
    const cases = [
      ['none', 'content-not-found', /none": ENOENT/],
      ['file/below', 'content-not-found', /ENOTDIR/],
      ['file/', 'content-not-found', /ENOTDIR/],
      ['loop', 'content-not-found', /ELOOP/],
      ['a'.repeat(300), 'content-not-found', /ENAMETOOLONG/],
      ['folder', 'content-operation-not-permitted', /is a directory/],
      ['folder/', 'content-operation-not-permitted', /is a directory/],
    ] as const;
    for (const [name, code, message] of cases) {
      const error = await failureOf(send(new URL(name, `${folder.urlOf('.').href}/`)));
      expect(error).toMatchObject({
        code,
        temporary: false,
        message: expect.stringMatching(message),
      });
    }
  });

  it('is the root for a URL without a path', async () => {
    await expect(send(new URL('file://localhost'))).rejects.toEqual(
      failure('content-operation-not-permitted'),
    );
  });

  it('is a protocol-invalid-operation for a URL that names no file of this machine', async () => {
    for (const href of ['file://elsewhere.example/a', 'file:///a%2Fb', 'file:///a%00']) {
      expect(await failureOf(send(new URL(href)))).toEqual(failure('protocol-invalid-operation'));
    }
  });

  it('is left to other factories where the operation is another', async () => {
    const url = folder.write('other.txt', 'x');
    for (const operation of ['post', 'delete', 'custom'] as const) {
      await expect(send(url, { operation, customVerb: 'MKD' })).rejects.toEqual(
        failure('protocol-invalid-operation'),
      );
    }
  });
});

describe('devices, pipes and sockets', () => {
  const specialFiles = { attributes: { specialFiles: true } };

  it.skipIf(!linux)('are refused, and a pipe is not even opened', async () => {
    const pipe = folder.urlOf('refused.pipe');
    execFileSync('mkfifo', [pipe.pathname]);
    await expect(send(pipe)).rejects.toMatchObject({
      code: 'content-operation-not-permitted',
      message: expect.stringMatching(/is a pipe.*specialFiles/),
    });
    await expect(send(new URL('file:///dev/zero'))).rejects.toMatchObject({
      code: 'content-operation-not-permitted',
      message: expect.stringMatching(/is a device/),
    });
  });

  it.skipIf(!linux)('are refused behind a link, too', async () => {
    symlinkSync('/dev/zero', folder.pathOf('zero'));
    await expect(send(folder.urlOf('zero'))).rejects.toEqual(
      failure('content-operation-not-permitted'),
    );
  });

  it.skipIf(!linux)('sockets are refused, also when asked for', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(folder.pathOf('socket'), resolve));
    const sent = send(folder.urlOf('socket'), specialFiles);
    await expect(sent).rejects.toMatchObject({
      code: 'content-operation-not-permitted',
      message: expect.stringMatching(/is a socket/),
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it.skipIf(!linux)('a device is read when asked for, without length and validator', async () => {
    const reply = await send(new URL('file:///dev/zero'), specialFiles);
    expect(reply).toMatchObject({ length: undefined, validator: undefined });
    const into = new Uint8Array(1_000).fill(1);
    expect(await reply.readInto(into)).toBe(1_000);
    expect(into.every((byte) => byte === 0)).toBe(true);
    await reply.close();
    expect(await (await send(new URL('file:///dev/null'), specialFiles)).text()).toBe('');
  });

  it.skipIf(!linux)(
    'a pipe is read when asked for, from its first writer until the last',
    async () => {
      const pipe = folder.urlOf('read.pipe');
      execFileSync('mkfifo', [pipe.pathname]);
      const reply = await send(pipe, specialFiles);
      const text = reply.text();
      const writing = send(pipe, {
        operation: 'put',
        ...specialFiles,
        upload: once('through a pipe'),
      });
      await (await writing).close();
      expect(await text).toBe('through a pipe');
    },
  );

  it.skipIf(!linux)('a pipe that nobody writes to can be left', async () => {
    const pipe = folder.urlOf('silent.pipe');
    execFileSync('mkfifo', [pipe.pathname]);
    const backend = backendFor(pipe, specialFiles);
    await backend.open();
    const read = backend.read(new Uint8Array(10));
    const rejected = failureOf(read);
    await backend.close();
    expect(await rejected).toEqual(failure('operation-canceled'));
  });
});

describe('a file without a true length', () => {
  it.skipIf(!linux)('gives all that there is, and the length that it has', async () => {
    expect(statSync('/proc/version').size).toBe(0);
    const expected = readFileSync('/proc/version', 'utf8');
    const reply = await send(new URL('file:///proc/version'));
    expect(reply.length).toBe(Buffer.byteLength(expected));
    expect(await reply.text()).toBe(expected);
  });

  it.skipIf(!linux)('gives less than the system states, where there is less', async () => {
    const path = '/sys/kernel/mm/transparent_hugepage/enabled';
    const expected = readTextIfThere(path);
    if (expected === undefined) return;
    expect(statSync(path).size).toBeGreaterThan(expected.length);
    expect(await (await send(new URL(`file://${path}`))).text()).toBe(expected);
  });

  it.skipIf(!linux)('gives all of one that is longer than what is looked at first', async () => {
    const reply = await send(new URL('file:///proc/kallsyms'));
    const text = await reply.text();
    expect(reply.length).toBe(undefined);
    expect(text.length).toBeGreaterThan(65_536);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('may be a hole of the length that is stated', async () => {
    const url = folder.write('hole', '');
    truncateSync(url, 5_000);
    const reply = await send(url);
    expect(reply.length).toBe(5_000);
    expect((await reply.bytes()).every((byte) => byte === 0)).toBe(true);
  });
});

describe('a file that changes while it is read', () => {
  it('fails when it became shorter', async () => {
    const url = folder.write('shrinking', large);
    const backend = backendFor(url);
    await backend.open();
    truncateSync(url, 10);
    const into = new Uint8Array(large.length);
    const count = await backend.read(into);
    expect(count).toBe(10);
    await expect(backend.read(into)).rejects.toMatchObject({
      code: 'protocol-failure',
      message: expect.stringMatching(/became shorter.*byte 10 of 3145733/),
    });
    await backend.close();
  });

  it('fails when it became shorter ahead of what was read', async () => {
    const url = folder.write('shrinking', large);
    const reply = await send(url);
    expect(await reply.readInto(new Uint8Array(10))).toBe(10);
    truncateSync(url, 2_500_000);
    await expect(readAll(reply)).rejects.toEqual(failure('protocol-failure'));
  });

  it('gives the bytes that there were when it became longer', async () => {
    const url = folder.write('growing', 'first');
    const reply = await send(url);
    appendFileSync(url, ' and second');
    expect(await reply.text()).toBe('first');
  });
});

describe('a range of a file', () => {
  const url = folder.write('range.txt', '0123456789');
  const get = (range: { from: number; to?: number; validator?: string }): ReturnType<typeof send> =>
    send(url, { attributes: { range } });

  it('gives those bytes and says so', async () => {
    const reply = await get({ from: 2, to: 4 });
    expect(reply).toMatchObject({ length: 3, range: { from: 2, to: 4, total: 10 } });
    expect(header(reply, 'content-length')).toBe('3');
    expect(await reply.text()).toBe('234');
  });

  it('goes to the end without one, and no further with one beyond', async () => {
    for (const range of [
      { from: 7 },
      { from: 7, to: 100 },
      { from: 7, to: Number.MAX_SAFE_INTEGER },
    ]) {
      const reply = await get(range);
      expect(reply.range).toEqual({ from: 7, to: 9, total: 10 });
      expect(await reply.text()).toBe('789');
    }
  });

  it('is none when it is all of it', async () => {
    const reply = await get({ from: 0, to: 9 });
    expect(reply.range).toBe(undefined);
    expect(await reply.text()).toBe('0123456789');
  });

  it('that starts beyond the end fails', async () => {
    await expect(get({ from: 10 })).rejects.toMatchObject({
      code: 'unknown-content',
      message: expect.stringMatching(/byte 10.*10 bytes/),
    });
  });

  it('of an empty file is the empty file', async () => {
    const reply = await send(folder.write('empty', ''), { attributes: { range: { from: 5 } } });
    expect(reply.range).toBe(undefined);
    expect(await reply.text()).toBe('');
  });

  it('that is none is refused', async () => {
    for (const range of [
      { from: -1 },
      { from: 1.5 },
      { from: Number.NaN },
      { from: 3, to: 2 },
      { from: 0, to: 2 ** 60 },
    ]) {
      await expect(get(range)).rejects.toEqual(failure('protocol-invalid-operation'));
    }
  });

  it('spans more than one block', async () => {
    const reply = await send(folder.write('blocks', large), {
      attributes: { range: { from: 1_000_001, to: 3_000_000 } },
    });
    expect(Buffer.from(await readAll(reply)).equals(large.subarray(1_000_001, 3_000_001))).toBe(
      true,
    );
  });

  it('holds only while the file has the validator', async () => {
    const manager = laterManager();
    const request = requestFor(url);
    const whole = await manager.send(request);
    const { validator } = whole;
    await whole.close();
    expect(validator).toEqual(expect.any(String));
    const same = await manager.send({ ...request, attributes: { range: { from: 8, validator } } });
    expect(await same.text()).toBe('89');
    const other = await manager.send({
      ...request,
      attributes: { range: { from: 8, validator: 'another' } },
    });
    expect(other.range).toBe(undefined);
    expect(await other.text()).toBe('0123456789');
  });

  it('with a validator is all of a file that has none yet', async () => {
    const reply = await send(folder.write('fresh', '0123'), {
      attributes: { range: { from: 2, validator: 'x' } },
    });
    expect(await reply.text()).toBe('0123');
  });
});

describe('the transfer of a file', () => {
  it('that is closed while a read is pending rejects that read, and writes no memory afterwards', async () => {
    const backend = backendFor(folder.write('pending', large));
    await backend.open();
    const into = new Uint8Array(large.length);
    const read = backend.read(into);
    const rejected = failureOf(read);
    await backend.close();
    into.fill(0);
    expect(await rejected).toEqual(failure('operation-canceled'));
    expect(into.every((byte) => byte === 0)).toBe(true);
  });

  it('that is closed while it opens rejects, and leaves no file open', async () => {
    const backend = backendFor(folder.write('opening', 'x'));
    const rejected = failureOf(backend.open());
    await backend.close();
    expect(await rejected).toEqual(failure('operation-canceled'));
  });

  it('is aborted by the signal', async () => {
    const aborter = new AbortController();
    const reply = await send(folder.write('aborted', large), { signal: aborter.signal });
    await reply.readInto(new Uint8Array(10));
    aborter.abort();
    await expect((async () => reply.readInto(new Uint8Array(10)))()).rejects.toEqual(
      failure('operation-canceled'),
    );
    await reply.close();
  });

  it('works where more read at once than there are blocks', async () => {
    const url = folder.write('many', large);
    const replies = await Promise.all(Array.from({ length: 24 }, () => send(url)));
    await Promise.all(replies.map(async (reply) => reply.readInto(new Uint8Array(10))));
    const rests = await Promise.all(replies.map(readAll));
    for (const rest of rests) expect(Buffer.from(rest).equals(large.subarray(10))).toBe(true);
  });
});

describe('a file that may not be read', () => {
  it.skipIf(process.getuid?.() === 0)('is denied', async () => {
    const url = folder.write('secret', 'x');
    chmodSync(url, 0o000);
    await expect(send(url)).rejects.toEqual(failure('content-access-denied'));
  });
});

function once(text: string): {
  length: number;
  resettable: boolean;
  opened: boolean;
  open: () => Uint8Array[];
} {
  const bytes = new TextEncoder().encode(text);
  return { length: bytes.length, resettable: true, opened: false, open: () => [bytes] };
}

function readTextIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function readAll(reply: {
  readInto(into: Uint8Array): number | Promise<number>;
}): Promise<Uint8Array> {
  const into = new Uint8Array(50_000);
  const parts: Uint8Array[] = [];
  for (;;) {
    const count = await reply.readInto(into);
    if (count === 0) return Buffer.concat(parts);
    parts.push(into.slice(0, count));
  }
}
