import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { issue } from '@netaccess/test-servers';
import { afterAll, describe, expect, it } from 'vitest';

import { ocspVerdict } from '../../src/ocsp/ocsp-verdict.ts';

const openssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'netaccess-ocsp-'));
const root = issue({ subject: 'root', authority: {} });
const responder = issue({ subject: 'responder', issuer: root, purposes: ['ocsp'] });
const leaf = issue({ subject: 'leaf', issuer: root });

const run = (...words: readonly string[]): void =>
  void execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });

/** What OpenSSL's responder says of the leaf when its list has this line's first word. */
function replyOf(word: 'V' | 'R', signer: string): Buffer {
  const { serialNumber } = leaf.certificate;
  const revoked = word === 'R' ? '260101000000Z' : '';
  writeFileSync(
    join(folder, 'index.txt'),
    `${word}\t401231235959Z\t${revoked}\t${serialNumber}\tunknown\t/CN=leaf\n`,
  );
  for (const [name, { cert, key }] of Object.entries({ root, responder, leaf })) {
    writeFileSync(join(folder, `${name}.pem`), cert);
    writeFileSync(join(folder, `${name}.key`), key);
  }
  const issuer = ['-issuer', 'root.pem', '-cert', 'leaf.pem'];
  run('ocsp', ...issuer, '-no_nonce', '-reqout', 'request.der');
  const by = ['-CA', 'root.pem', '-rsigner', `${signer}.pem`, '-rkey', `${signer}.key`];
  run(
    'ocsp',
    '-index',
    'index.txt',
    ...by,
    '-ndays',
    '1',
    '-reqin',
    'request.der',
    '-respout',
    'reply.der',
  );
  return readFileSync(join(folder, 'reply.der'));
}

describe.skipIf(!openssl)('a reply of OpenSSL’s OCSP responder (needs openssl)', () => {
  const asked = { certificate: leaf.certificate, issuer: root.certificate };
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['root', 'responder'])('signed by the %s is understood', (signer) => {
    expect(ocspVerdict(replyOf('V', signer), asked, Date.now())).toMatchObject({ state: 'good' });
    expect(ocspVerdict(replyOf('R', signer), asked, Date.now())).toMatchObject({
      state: 'revoked',
      revokedAt: Date.UTC(2026, 0, 1),
    });
  });
});
