import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { systemCall, systemFailure } from '../src/file-error.ts';
import { failureOf } from './fixtures/failure.ts';
import { temporaryFolder } from './fixtures/temporary-folder.ts';

const folder = temporaryFolder();
const script = join(import.meta.dirname, 'fixtures/limited-transfer.ts');
const root = process.getuid?.() === 0;
const NOBODY = 65_534;

/** What became of transfers in another process. */
function elsewhere(asked: readonly object[], options: { uid?: number; shell?: string }): unknown {
  const argument = JSON.stringify(asked);
  const { uid, shell = '' } = options;
  const command = `${shell} exec "$0" "$1" "$2"`;
  const run = spawnSync('sh', ['-c', command, process.execPath, script, argument], {
    encoding: 'utf8',
    cwd: folder.path,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  if (run.status !== 0) throw new Error(`the other process failed: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

/** Whether somebody without rights can run this checkout at all. */
function nobodyCanRun(): boolean {
  const run = spawnSync(process.execPath, [script, '[]'], { uid: NOBODY, gid: NOBODY, cwd: '/' });
  return run.status === 0;
}

describe('without the right to', () => {
  it.skipIf(!root || !nobodyCanRun())('read or write, access is denied and nothing changes', () => {
    chmodSync(folder.path, 0o777);
    const secret = folder.write('secret.txt', 'secret');
    chmodSync(secret, 0o600);
    const readable = folder.write('readable.txt', 'readable');
    chmodSync(readable, 0o644);
    mkdirSync(folder.pathOf('closed'));
    folder.write('closed/inside.txt', 'x');
    chmodSync(folder.pathOf('closed'), 0o700);
    mkdirSync(folder.pathOf('watched'));
    chmodSync(folder.pathOf('watched'), 0o755);
    const denied = expect.objectContaining({ code: 'content-access-denied', temporary: false });
    expect(
      elsewhere(
        [
          { operation: 'get', href: secret.href },
          { operation: 'head', href: secret.href },
          { operation: 'get', href: readable.href },
          { operation: 'get', href: folder.urlOf('closed/inside.txt').href },
          { operation: 'put', href: readable.href, bytes: 3 },
          { operation: 'put', href: folder.urlOf('closed/new.txt').href, bytes: 3 },
          { operation: 'put', href: folder.urlOf('watched/new.txt').href, bytes: 3 },
          { operation: 'put', href: folder.urlOf('allowed.txt').href, bytes: 3 },
        ],
        { uid: NOBODY },
      ),
    ).toEqual([denied, denied, 'done', denied, denied, denied, denied, 'done']);
    expect(readFileSync(readable, 'utf8')).toBe('readable');
    expect(folder.hiddenNames()).toEqual([]);
  });

  it.skipIf(!root || !nobodyCanRun())('give files away, a put takes the group its rights', () => {
    chmodSync(folder.path, 0o777);
    const shared = folder.write('shared.txt', 'x');
    spawnSync('chown', [`0:${NOBODY}`, shared.pathname]);
    chmodSync(shared, 0o664);
    const put = { operation: 'put', href: shared.href, bytes: 3 };
    expect(elsewhere([put], { uid: NOBODY })).toEqual(['done']);
    expect(statSync(shared)).toMatchObject({ uid: NOBODY, size: 3 });
    expect(statSync(shared).mode & 0o777).toBe(0o644);
  });
});

describe.skipIf(process.platform === 'win32')('without', () => {
  it('a free handle, the failure is temporary', () => {
    const url = folder.write('busy.txt', 'x');
    const busy = {
      code: 'service-unavailable',
      temporary: true,
      message: expect.stringMatching(/busy\.txt": EMFILE/),
    };
    const asked = [
      { operation: 'get', href: url.href, times: 200 },
      { operation: 'get', href: url.href },
    ];
    expect(elsewhere(asked, { shell: 'ulimit -n 100;' })).toEqual([busy, 'done']);
  });

  it('enough room, a put leaves nothing behind', () => {
    const url = folder.urlOf('too-large.bin');
    const full = {
      code: 'protocol-failure',
      temporary: false,
      message: expect.stringMatching(/too-large\.bin": EFBIG/),
    };
    const asked = [{ operation: 'put', href: url.href, bytes: 2_000_000 }];
    expect(elsewhere(asked, { shell: "trap '' XFSZ; ulimit -f 1000;" })).toEqual([full]);
    expect(folder.names()).not.toContain('too-large.bin');
    expect(folder.hiddenNames()).toEqual([]);
  });
});

describe("a failure of the system's", () => {
  const error = Object.assign(new Error("EIO: i/o error, open '/a\u001b[31m, b'"), { code: 'EIO' });

  it('says what was tried, and keeps the cause', async () => {
    const failure = await failureOf(systemCall(Promise.reject(error), 'open "/a"'));
    expect(failure).toMatchObject({
      code: 'protocol-failure',
      message: 'cannot open "/a": EIO: i/o error',
      cause: error,
    });
  });

  it('has a code even if it is unknown, or no error at all', () => {
    expect(systemFailure('odd', 'open "/a"')).toMatchObject({
      code: 'protocol-failure',
      message: 'cannot open "/a": odd',
    });
  });
});
