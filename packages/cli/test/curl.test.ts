import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import {
  certificates,
  end,
  httpServer,
  receiveUntil,
  scriptedServer,
  send,
  type HttpServer,
} from '@netaccess/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { run, startProgram, temporaryFolder } from './command.ts';

const curl = spawnSync('curl', ['--version'], { encoding: 'utf8' });
const missing = curl.status !== 0;
if (missing) console.warn('curl is not installed: the comparison with it is skipped');

let server: HttpServer;
let secure: HttpServer;
let url = '';
beforeAll(async () => {
  server = await httpServer();
  secure = await httpServer({ tls: certificates().localhost });
  url = server.url('').href.replace(/\/$/, '');
});
afterAll(async () => {
  await server.close();
  await secure.close();
});

/** The same words to both, with curl's following of redirects turned on. */
const both = async (...words: string[]) => {
  const real = startProgram('curl', ['-sL', ...words]).ended;
  const [ours, theirs] = await Promise.all([run(['get', '-s', ...words]), real]);
  return { ours, theirs };
};

describe.skipIf(missing)('beside curl', () => {
  it.each([
    [['/bytes/100']],
    [['/redirect/2?to=/bytes/5']],
    [['-f', '/status/404']],
    [['/status/500']],
    [['--max-redirs', '1', '/redirect/2']],
    [['-m', '0.3', '/stall']],
    [['-m', '2', '/stall/5']],
    [['-r', '5-9', '/bytes/20']],
    [['-u', 'a:b', '/basic-auth/a/b']],
    [['-u', 'a:wrong', '/basic-auth/a/b']],
    [['-x', 'http://127.0.0.1:1', '/bytes/5']],
    [['-d', 'a=b', '-X', 'PUT', '-H', 'X-A: b', '/status/201']],
  ])('%j ends and prints alike', async (words) => {
    const target = `${url}${words.at(-1)}`;
    const { ours, theirs } = await both(...words.slice(0, -1), target);
    expect(ours.code).toBe(theirs.code);
    expect(ours.stdout).toEqual(theirs.stdout);
  });
  it.each([
    [['http://[x']],
    [['http://127.0.0.1:1/']],
    [['http://no.such.host.invalid/']],
    [['no-such-scheme://h/']],
    [['file:///no/such/file']],
    [['-x', 'http://no.such.host.invalid:1', 'http://h/']],
    [['--nonsense', 'http://h/']],
  ])('%j ends alike', async (words) => {
    const { ours, theirs } = await both(...words);
    expect(ours.code).toBe(theirs.code);
  });
  it('refuses and accepts the same certificates', async () => {
    const ca = path.join(temporaryFolder(), 'ca.pem');
    writeFileSync(ca, certificates().ca.cert);
    const target = secure.url('/bytes/5').href;
    for (const words of [
      [],
      ['-k'],
      ['--cacert', ca],
      ['--cacert', '/no/such'],
      ['-k', '-o', '/no/such/a'],
    ]) {
      const { ours, theirs } = await both(...words, target);
      expect(ours.code).toBe(theirs.code);
    }
    const plain = target.replace('https:', 'http:');
    const { ours, theirs } = await both(
      plain.replace('http:', 'https:').replace(/:\d+\//, `:${server.port}/`),
    );
    expect([ours.code, theirs.code]).toEqual([35, 35]);
  });
  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    [''],
  ])('ends alike after %j', async (reply) => {
    const peer = await scriptedServer([receiveUntil(), send(reply), end()]);
    const { ours, theirs } = await both(peer.url('/').href);
    await peer.close();
    expect(ours.code).toBe(theirs.code);
  });
});
