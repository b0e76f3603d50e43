import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';

import {
  bytesUpload,
  factoryUpload,
  iterableUpload,
  replyUpload,
  type Reply,
  type Upload,
} from '@netaccess/core';
import { afterEach, assert, describe, expect, it, vi } from 'vitest';

import { backendFor, send } from './fixtures/exchange.ts';
import { failure, failureOf } from './fixtures/failure.ts';
import { patternBytes, temporaryFolder } from './fixtures/temporary-folder.ts';

const folder = temporaryFolder();
const large = patternBytes(3 * 1_048_576 + 5);
const linux = process.platform === 'linux';

// The end of a body does not wait for the system to close the file.
afterEach(async () => {
  await vi.waitFor(() => assert.deepEqual(folder.openFiles(), []), { interval: 5 });
  assert.deepEqual(folder.hiddenNames(), []);
});

async function put(url: URL, upload: Upload | undefined): Promise<Reply> {
  const reply = await send(url, { operation: 'put', upload });
  expect((await reply.bytes()).length).toBe(0);
  return reply;
}

describe('a put of a file', () => {
  it('makes the file, and answers without bytes and without a status', async () => {
    const url = folder.urlOf('new.txt');
    const reply = await put(url, bytesUpload('hello'));
    expect(readFileSync(url, 'utf8')).toBe('hello');
    expect(reply).toMatchObject({ length: 0, status: undefined, range: undefined });
  });

  it.each([0, 1, 4_097, 131_073, 1_048_576, 2_097_153, 3_145_733])(
    'stores each of %i bytes',
    async (length) => {
      const url = folder.urlOf('sized.bin');
      await put(url, bytesUpload(large.subarray(0, length)));
      expect(readFileSync(url).equals(large.subarray(0, length))).toBe(true);
    },
  );

  it.each([1_000, 65_536, 262_144, 700_000])(
    'stores views of %i bytes that are rewritten after use',
    async (size) => {
      const url = folder.urlOf('views.bin');
      await put(
        url,
        factoryUpload(() => rewritten(large, () => size)),
      );
      expect(readFileSync(url).equals(large)).toBe(true);
    },
  );

  it('stores small and large views in turns', async () => {
    const url = folder.urlOf('turns.bin');
    let turn = 0;
    await put(
      url,
      factoryUpload(() => rewritten(large, () => (++turn % 3 === 0 ? 400_000 : 70_000))),
    );
    expect(readFileSync(url).equals(large)).toBe(true);
  });

  it('without an upload makes an empty file', async () => {
    const url = folder.urlOf('empty.txt');
    await put(url, undefined);
    expect(readFileSync(url, 'utf8')).toBe('');
  });

  it('takes the bytes of another file', async () => {
    const url = folder.urlOf('copy.bin');
    await put(url, replyUpload(await send(folder.write('source.bin', large))));
    expect(readFileSync(url).equals(large)).toBe(true);
  });

  it('takes the bytes of the file that it replaces', async () => {
    const url = folder.write('self.bin', large);
    await put(url, replyUpload(await send(url)));
    expect(readFileSync(url).equals(large)).toBe(true);
  });

  it('takes a name as long as the system allows', async () => {
    const url = folder.urlOf('n'.repeat(255));
    await put(url, bytesUpload('x'));
    expect(readFileSync(url, 'utf8')).toBe('x');
  });
});

describe('a file that is put', () => {
  it('has the old bytes until all the new ones are there', async () => {
    const url = folder.write('atomic.txt', 'old');
    await put(
      url,
      factoryUpload(function* () {
        yield Buffer.from('new');
        expect(readFileSync(url, 'utf8')).toBe('old');
      }),
    );
    expect(readFileSync(url, 'utf8')).toBe('new');
  });

  it.skipIf(process.platform === 'win32')(
    'keeps the rights of the one that it replaces',
    async () => {
      const url = folder.write('mode.txt', 'old');
      chmodSync(url, 0o640);
      await put(url, bytesUpload('new'));
      expect(statSync(url).mode & 0o7777).toBe(0o640);
    },
  );

  it.skipIf(process.getuid?.() !== 0)('keeps the owner of the one that it replaces', async () => {
    const url = folder.write('owner.txt', 'old');
    spawnSync('chown', ['65534:65534', url.pathname]);
    await put(url, bytesUpload('new'));
    expect(statSync(url)).toMatchObject({ uid: 65_534, gid: 65_534 });
  });

  it.skipIf(process.platform === 'win32')('has the usual rights when it is new', async () => {
    const url = folder.urlOf('fresh.txt');
    await put(url, bytesUpload('new'));
    writeFileSync(folder.pathOf('usual.txt'), '');
    expect(statSync(url).mode).toBe(statSync(folder.pathOf('usual.txt')).mode);
  });

  it('takes the place of a link, and leaves alone what it led to', async () => {
    folder.write('target.txt', 'target');
    symlinkSync('target.txt', folder.pathOf('link.txt'));
    symlinkSync('nowhere', folder.pathOf('dangling.txt'));
    await put(folder.urlOf('link.txt'), bytesUpload('new'));
    await put(folder.urlOf('dangling.txt'), bytesUpload('new'));
    expect(readFileSync(folder.pathOf('target.txt'), 'utf8')).toBe('target');
    for (const name of ['link.txt', 'dangling.txt']) {
      expect(lstatSync(folder.pathOf(name)).isSymbolicLink()).toBe(false);
      expect(readFileSync(folder.pathOf(name), 'utf8')).toBe('new');
    }
    expect(folder.names()).not.toContain('nowhere');
  });
});

describe('a put that fails', () => {
  const refused = { code: 'protocol-invalid-operation' };
  const uploads: readonly (readonly [string, () => Upload, object])[] = [
    ['because the upload throws at once', () => failing(0), { message: 'the upload failed' }],
    ['because the upload throws later', () => failing(3), { message: 'the upload failed' }],
    [
      'because the upload is shorter than stated',
      () => iterableUpload([Buffer.from('abc')], 4),
      refused,
    ],
    [
      'because the upload is longer than stated',
      () => iterableUpload([Buffer.from('abc')], 2),
      refused,
    ],
    ['because the upload lies about its length', () => lying([Buffer.from('abc')], 4), refused],
    ['because the upload gives more than it states', () => lying([Buffer.from('abc')], 2), refused],
    ['because the upload gives no bytes', () => lying(JSON.parse('["abc"]'), 3), refused],
  ];

  it.each(uploads)('%s leaves what was there, and nothing else', async (_, upload, expected) => {
    const url = folder.write('kept.txt', 'kept');
    const fresh = folder.urlOf('never.txt');
    for (const target of [url, fresh]) {
      expect(await failureOf(put(target, upload()))).toMatchObject(expected);
    }
    expect(readFileSync(url, 'utf8')).toBe('kept');
    expect(folder.names()).not.toContain('never.txt');
  });

  it('tells the upload that nobody wants the rest', async () => {
    let left = false;
    const views = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield Buffer.from('abc');
        } finally {
          left = true;
        }
      },
    };
    await expect(put(folder.urlOf('left.txt'), lying(views, 7))).rejects.toEqual(
      failure('protocol-invalid-operation'),
    );
    expect(left).toBe(true);
  });

  it('keeps its own reason when the upload does not want to be left', async () => {
    const views = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: Buffer.from('abc') }),
        return: () => {
          throw new Error('not now');
        },
      }),
    };
    const error = await failureOf(put(folder.urlOf('left.txt'), lying(views, 7)));
    expect(error).toEqual(failure('protocol-invalid-operation'));
  });

  it('has a code of its own and names the path', async () => {
    mkdirSync(folder.pathOf('folder'));
    symlinkSync('folder', folder.pathOf('link-to-folder'));
    folder.write('file', 'x');
    const cases = [
      ['none/new.txt', 'content-not-found', /new\.txt": ENOENT/],
      ['file/new.txt', 'content-not-found', /ENOTDIR/],
      ['n'.repeat(256), 'content-not-found', /ENAMETOOLONG/],
      ['folder', 'content-operation-not-permitted', /directory/],
      ['folder/', 'content-operation-not-permitted', /directory/],
      ['link-to-folder', 'content-operation-not-permitted', /directory/],
      ['new-folder/', 'content-operation-not-permitted', /directory/],
    ] as const;
    for (const [name, code, message] of cases) {
      const url = new URL(name, `${folder.urlOf('.').href}/`);
      const error = await failureOf(put(url, bytesUpload('x')));
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    }
    expect(readlinkSync(folder.pathOf('link-to-folder'))).toBe('folder');
  });

  it('of a range is refused, whatever is there', async () => {
    const url = folder.write('ranged.txt', '0123');
    const sent = send(url, {
      operation: 'put',
      upload: bytesUpload('x'),
      attributes: { range: { from: 2 } },
    });
    await expect(sent).rejects.toEqual(failure('content-operation-not-permitted'));
    expect(readFileSync(url, 'utf8')).toBe('0123');
  });

  it('to another host is refused', async () => {
    await expect(put(new URL('file://elsewhere.example/a'), bytesUpload('x'))).rejects.toEqual(
      failure('protocol-invalid-operation'),
    );
  });
});

describe('a put that is aborted', () => {
  it('leaves what was there while the upload stalls', async () => {
    const url = folder.write('stalled.txt', 'kept');
    const aborter = new AbortController();
    const upload = iterableUpload(
      (async function* () {
        yield Buffer.from('new');
        aborter.abort();
        await new Promise(() => {});
      })(),
    );
    await expect(send(url, { operation: 'put', upload, signal: aborter.signal })).rejects.toEqual(
      failure('operation-canceled'),
    );
    await expect
      .poll(() => folder.names(), { interval: 5 })
      .not.toContainEqual(expect.stringMatching(/^\./));
    expect(readFileSync(url, 'utf8')).toBe('kept');
  });

  it('leaves nothing after any number of turns', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const url = folder.urlOf(`turn-${turns}.bin`);
      const backend = backendFor(url, {
        operation: 'put',
        upload: factoryUpload(() => rewritten(large.subarray(0, 600_000), () => 100_000)),
      });
      const opened = Promise.resolve(backend.open()).then(
        () => 'stored',
        () => 'aborted',
      );
      for (let turn = 0; turn < turns; turn++)
        await new Promise((resolve) => setImmediate(resolve));
      await backend.close();
      const outcome = await opened;
      expect(folder.hiddenNames()).toEqual([]);
      expect(folder.names().includes(`turn-${turns}.bin`)).toBe(outcome === 'stored');
    }
  });
});

describe('devices and pipes', () => {
  const specialFiles = { attributes: { specialFiles: true } };

  it.skipIf(!linux)('are not written to unless asked for', async () => {
    await expect(put(new URL('file:///dev/null'), bytesUpload('x'))).rejects.toEqual(
      failure('content-operation-not-permitted'),
    );
    await (
      await send(new URL('file:///dev/null'), {
        operation: 'put',
        upload: bytesUpload('x'),
        ...specialFiles,
      })
    ).close();
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it.skipIf(!linux)('that are full fail', async () => {
    const sent = send(new URL('file:///dev/full'), {
      operation: 'put',
      upload: bytesUpload('x'),
      ...specialFiles,
    });
    await expect(sent).rejects.toMatchObject({
      code: 'protocol-failure',
      message: expect.stringMatching(/"\/dev\/full": ENOSPC/),
    });
  });

  it.skipIf(!linux)('that nobody reads from fail', async () => {
    spawnSync('mkfifo', [folder.pathOf('unread.pipe')]);
    const sent = send(folder.urlOf('unread.pipe'), {
      operation: 'put',
      upload: bytesUpload('x'),
      ...specialFiles,
    });
    await expect(sent).rejects.toEqual(failure('content-operation-not-permitted'));
  });

  it.skipIf(!linux)('take more than they hold, as their reader reads', async () => {
    const url = folder.urlOf('long.pipe');
    spawnSync('mkfifo', [url.pathname]);
    const reply = await send(url, specialFiles);
    const bytes = reply.bytes();
    await (
      await send(url, {
        operation: 'put',
        upload: bytesUpload(large.subarray(0, 500_000)),
        ...specialFiles,
      })
    ).close();
    expect(Buffer.from(await bytes).equals(large.subarray(0, 500_000))).toBe(true);
  });

  it.skipIf(!linux)('that take no more can be left', async () => {
    const url = folder.urlOf('stuck.pipe');
    spawnSync('mkfifo', [url.pathname]);
    const reader = await send(url, specialFiles);
    const writer = backendFor(url, {
      operation: 'put',
      upload: bytesUpload(large),
      ...specialFiles,
    });
    const rejected = failureOf(writer.open());
    expect(await reader.readInto(new Uint8Array(10))).toBe(10);
    await writer.close();
    expect(await rejected).toEqual(failure('operation-canceled'));
    await reader.close();
  });
});

function failing(after: number): Upload {
  return factoryUpload(function* () {
    for (let count = 0; count < after; count++) yield large.subarray(0, 1_000_000);
    throw new Error('the upload failed');
  });
}

/** An upload that core did not make, and so did not check. */
function lying(views: Iterable<Uint8Array>, length: number): Upload {
  return { length, resettable: false, opened: false, open: () => views };
}

/** Lends the bytes in one piece of memory, which is rewritten before the next view. */
async function* rewritten(bytes: Uint8Array, size: () => number): AsyncIterable<Uint8Array> {
  const memory = new Uint8Array(1_048_576);
  for (let position = 0; position < bytes.length;) {
    const part = bytes.subarray(position, position + size());
    memory.set(part);
    yield memory.subarray(0, part.length);
    memory.fill(0xdd);
    position += part.length;
  }
}
