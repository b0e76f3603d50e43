import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import {
  certificates,
  end,
  httpServer,
  patternBytes,
  proxyServer,
  receiveUntil,
  reset,
  scriptedServer,
  send,
  type Echo,
  type HttpServer,
  type Step,
} from '@netaccess/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { run, start, temporaryFolder } from './command.ts';

let server: HttpServer;
let secure: HttpServer;
beforeAll(async () => {
  server = await httpServer();
  secure = await httpServer({ tls: certificates().localhost });
});
afterAll(async () => {
  await server.close();
  await secure.close();
});

const at = (target: string): string => server.url(target).href;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const echoed = async (...words: string[]): Promise<Echo> => {
  const { stdout, stderr, code } = await run(['get', ...words, at('/echo')]);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout.toString()) as Echo;
};
/** Plays `steps` after the request, on every connection. */
const scripted = (...steps: Step[]) => scriptedServer([receiveUntil(), ...steps]);

describe.concurrent('netaccess get', () => {
  it('writes the bytes of every URL, of any scheme, one after the other', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'a'), 'from a file, ');
    const file = pathToFileURL(path.join(folder, 'a')).href;
    const { code, stdout, stderr } = await run([
      'get',
      file,
      'data:,from%20data%2C%20',
      at('/bytes/5'),
    ]);
    expect(stdout).toEqual(
      Buffer.concat([Buffer.from('from a file, from data, '), patternBytes(5)]),
    );
    expect([code, stderr]).toEqual([0, '']);
  });
  it('follows redirects, and with --redirect manual does not', async () => {
    expect((await echoed()).method).toBe('GET');
    const followed = await run(['get', at('/redirect/3?to=/bytes/4')]);
    expect(followed.stdout).toEqual(Buffer.from(patternBytes(4)));
    const manual = await run(['get', '-i', '--redirect', 'manual', at('/redirect/1')]);
    expect(manual.stdout.toString()).toMatch(/^HTTP\/1\.1 302 /);
  });
  it('prints the head before the body with -i, and alone with -I', async () => {
    const both = await run(['get', '-i', at('/bytes/3')]);
    expect(both.stdout.toString('latin1')).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*ontent-[Ll]ength: 3\r\n[^]*\r\n\r\n[^]{3}$/,
    );
    const head = await run(['get', '-I', at('/bytes/3')]);
    expect(head.stdout.toString('latin1')).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
    expect(server.requests.filter(({ method }) => method === 'HEAD')).not.toHaveLength(0);
  });
  it('sends headers, verbs and data', async () => {
    const {
      method,
      rawHeaders,
      sha256: hash,
    } = await echoed('-H', 'X-A: b', '-A', 'me/1', '-d', 'a=1', '-d', 'b=2');
    expect(method).toBe('POST');
    const fields = new Map(
      rawHeaders.map((text, index) => [text.toLowerCase(), rawHeaders[index + 1]]),
    );
    expect(fields.get('x-a')).toBe('b');
    expect(fields.get('user-agent')).toBe('me/1');
    expect(fields.get('content-type')).toBe('application/x-www-form-urlencoded');
    expect(hash).toBe(sha256('a=1&b=2'));
    expect((await echoed('-X', 'PATCH', '--data-raw', '@x')).method).toBe('PATCH');
  });
  it('reads data from a file without line ends, and as it is with --data-binary', async () => {
    const file = path.join(temporaryFolder(), 'data');
    writeFileSync(file, 'one\r\ntwo\n');
    expect((await echoed('-d', `@${file}`)).sha256).toBe(sha256('onetwo'));
    expect((await echoed('--data-binary', `@${file}`)).sha256).toBe(sha256('one\r\ntwo\n'));
    const input = await run(['get', '-d', '@-', at('/echo')], { input: 'typed\n' });
    expect(input.stdout.toString()).toContain(sha256('typed'));
  });
  it('puts a file, standard input, and to other schemes', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'data');
    writeFileSync(file, patternBytes(100_000));
    const { method, length } = await echoed('-T', file);
    expect([method, length]).toEqual(['PUT', 100_000]);
    const target = pathToFileURL(path.join(folder, 'copy')).href;
    const { code } = await run(['get', '-T', '-', target], { input: 'typed' });
    expect([code, readFileSync(path.join(folder, 'copy'), 'utf8')]).toEqual([0, 'typed']);
  });
  it('asks for a range', async () => {
    const { stdout } = await run(['get', '-r', '10-14', at('/bytes/100')]);
    expect(stdout).toEqual(Buffer.from(patternBytes(5, 0, 10)));
  });
  it('answers a challenge with -u, and tells the credentials to nobody else', async () => {
    const { stdout, code } = await run(['get', '-u', 'me:se:cret', at('/basic-auth/me/se:cret')]);
    expect([code, stdout.toString()]).toEqual([0, 'hello me']);
    const other = await httpServer();
    const moved = at(`/redirect/1?to=${encodeURIComponent(other.url('/echo').href)}`);
    const elsewhere = await run(['get', '-u', 'me:secret', moved]);
    await other.close();
    expect(elsewhere.stdout.toString().toLowerCase()).not.toContain('authorization');
  });
  it('needs the password where nobody can be asked', async () => {
    const { code, stderr } = await run(['get', '-u', 'me', at('/echo')]);
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      'netaccess: (2) -u: USER:PASSWORD is needed where nobody can be asked',
    ]);
  });
  it('goes through HTTP and SOCKS5 proxies, of -x or of the environment', async () => {
    const users = { me: 'secret' };
    const hosts = { 'inside.test': '127.0.0.1' };
    const http = await proxyServer({ kind: 'http', hosts });
    const socks = await proxyServer({ kind: 'socks5', hosts, users });
    const inside = `http://inside.test:${server.port}/bytes/4`;
    const words = [
      { words: ['-x', `127.0.0.1:${http.port}`], env: {} },
      { words: ['-x', `socks5h://me:secret@127.0.0.1:${socks.port}`], env: {} },
      { words: [], env: { http_proxy: `http://127.0.0.1:${http.port}` } },
    ];
    for (const { words: options, env } of words) {
      const { code, stdout, stderr } = await run(['get', ...options, inside], { env });
      expect([code, stderr, stdout.equals(patternBytes(4))]).toEqual([0, '', true]);
    }
    const none = await run(['get', '-x', '', at('/bytes/4')], {
      env: { http_proxy: 'http://127.0.0.1:1' },
    });
    expect(none.code).toBe(0);
    await http.close();
    await socks.close();
  });
  it('trusts --cacert, refuses a stranger with 60, and takes him with -k', async () => {
    const folder = temporaryFolder();
    const ca = path.join(folder, 'ca.pem');
    writeFileSync(ca, certificates().ca.cert);
    const url = secure.url('/bytes/4').href;
    const [trusted, refused, accepted] = await Promise.all([
      run(['get', '--cacert', ca, url]),
      run(['get', url]),
      run(['get', '-k', url]),
    ]);
    expect([trusted.code, refused.code, accepted.code]).toEqual([0, 60, 0]);
    expect(refused.stderr).toMatch(/^netaccess: \(60\) .*127\.0\.0\.1/);
    writeFileSync(ca, 'nothing');
    expect((await run(['get', '--cacert', ca, url])).code).toBe(77);
  });
  it('connects to a unix socket', async () => {
    const socket = path.join(temporaryFolder(), 'socket');
    const local = await httpServer({ path: socket });
    const { stdout } = await run(['get', '--unix-socket', socket, 'http://anything/bytes/4']);
    await local.close();
    expect(stdout).toEqual(Buffer.from(patternBytes(4)));
  });
});

describe.concurrent('netaccess get to files', () => {
  it('gives them their names when they are whole', async () => {
    const cwd = temporaryFolder();
    const words = ['get', at('/bytes/1000'), '-o', 'a', at('/bytes/2000'), '-O'];
    const { code, stdout, stderr } = await run(words, { cwd });
    expect([code, stdout.length, stderr]).toEqual([0, 0, '']);
    expect(readdirSync(cwd).toSorted()).toEqual(['2000', 'a']);
    expect(readFileSync(path.join(cwd, '2000'))).toEqual(Buffer.from(patternBytes(2000)));
  });
  it('writes an empty file for an empty body', async () => {
    const cwd = temporaryFolder();
    await run(['get', '-o', 'a', at('/bytes/0')], { cwd });
    expect(readFileSync(path.join(cwd, 'a'))).toHaveLength(0);
  });
  it('leaves nothing of a body that is too short, and ends with 18', async () => {
    const cwd = temporaryFolder();
    writeFileSync(path.join(cwd, 'a'), 'old');
    const short = await scripted(send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'), end());
    const { code } = await run(['get', '-o', 'a', short.url('/').href], { cwd });
    await short.close();
    expect([code, readdirSync(cwd)]).toEqual([18, ['a']]);
    expect(readFileSync(path.join(cwd, 'a'), 'utf8')).toBe('old');
  });
  it.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing when %s ends it', async (signal) => {
    const cwd = temporaryFolder();
    const stalling = await httpServer();
    const running = start(['get', '-o', 'a', stalling.url('/stall/100000').href], { cwd });
    await stalling.request(0);
    while (readdirSync(cwd).length === 0) await new Promise(setImmediate);
    running.process.kill(signal);
    const { code, stderr } = await running.ended;
    await stalling.close();
    expect([code, stderr, readdirSync(cwd)]).toEqual([signal === 'SIGINT' ? 130 : 143, '', []]);
  });
  it('ends when it is interrupted while it waits for its input', async () => {
    const waiting = await httpServer();
    const running = start(['get', '-T', '-', waiting.url('/echo').href], { input: null });
    running.process.stdin?.write('the first bytes');
    await waiting.request(0);
    running.process.kill('SIGINT');
    const { code, stderr } = await running.ended;
    await waiting.close();
    expect([code, stderr]).toEqual([130, '']);
  });
  it('refuses names that a URL must not choose', async () => {
    const cwd = temporaryFolder();
    const url = `${server.url('/bytes/').href}..%2f..%2fescaped`;
    const { code, stderr } = await run(['get', '-O', url], { cwd });
    expect([code, readdirSync(cwd)]).toEqual([23, []]);
    expect(stderr).toMatch(/offers no safe file name; use -o FILE/);
  });
  it('ends with 23 where it cannot write', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await run(['get', '-o', 'no/such/folder/a', at('/bytes/4')], { cwd });
    expect([code, existsSync(path.join(cwd, 'no'))]).toEqual([23, false]);
    expect(stderr).toMatch(/^netaccess: \(23\) cannot write no\/such\/folder\/a: ENOENT/);
  });
  it('writes to a device as it is', async () => {
    expect((await run(['get', '-o', '/dev/null', at('/bytes/4')])).code).toBe(0);
    expect(existsSync('/dev/null')).toBe(true);
  });
});

describe.concurrent('netaccess get fails', () => {
  it.each([
    ['a malformed URL', ['http://[x'], 3, /"http:\/\/\[x" is no URL/],
    ['no URL at all', ['example.org'], 3, /does it lack "https:\/\/"\?/],
    ['an unknown scheme', ['gopher://h/'], 1, /gopher/],
    ['a host that is not there', ['http://no.such.host.invalid/'], 6, /no\.such\.host\.invalid/],
    ['a port that nobody listens on', ['http://127.0.0.1:1/'], 7, /127\.0\.0\.1.*1/],
    ['a file that is not there', ['file:///no/such/file'], 37, /no\/such\/file/],
    ['an unknown option', ['--nonsense', 'data:,'], 2, /--nonsense/],
    ['a file of data that is not there', ['-d', '@/no/such', 'data:,'], 26, /\/no\/such/],
    ['a proxy that is not there', ['-x', 'http://127.0.0.1:1', 'http://h/'], 7, /127\.0\.0\.1/],
    ['a proxy without a name', ['-x', 'http://no.such.host.invalid:1', 'http://h/'], 5, /no\.such/],
  ])('for %s', async (_, words, code, message) => {
    const ended = await run(['get', ...words]);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).toMatch(new RegExp(`^netaccess: \\(${code}\\) `));
    expect(ended.code).toBe(code);
  });
  it('for what servers do wrong, each in its own way', async () => {
    const cases = [
      [await scripted(end()), 52],
      [await scripted(send('SSH-2.0-OpenSSH\r\n'), end()), 8],
      [
        await scripted(send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'), end()),
        56,
      ],
      [await scripted(send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'), reset()), 18],
    ] as const;
    for (const [peer, code] of cases) {
      const ended = await run(['get', peer.url('/').href]);
      await peer.close();
      expect([ended.code, ended.stderr.split(' ')[1]]).toEqual([code, `(${code})`]);
    }
  });
  it('for too many redirects, and for one from https to http', async () => {
    expect((await run(['get', '--max-redirs', '2', at('/redirect/3')])).code).toBe(47);
    const down = secure.url(`/redirect/1?to=${encodeURIComponent(at('/echo'))}`).href;
    expect((await run(['get', '-k', down])).code).toBe(1);
  });
  it('with 22 for a failing answer only with -f, and then without its body', async () => {
    const shown = await run(['get', at('/status/404')]);
    expect(shown.code).toBe(0);
    const failed = await run(['get', '-f', at('/status/404'), 'data:,next']);
    expect([failed.code, failed.stdout.toString()]).toEqual([22, 'next']);
    expect(failed.stderr).toMatch(/404/);
  });
  it('when the time is over, wherever that is', async () => {
    for (const target of ['/stall', '/stall/100']) {
      const { code, stderr } = await run(['get', '-m', '0.3', at(target)]);
      expect([code, stderr]).toEqual([28, expect.stringMatching(/^netaccess: \(28\) /)]);
    }
  });
  it('without a word with -s, and with it again with -S', async () => {
    expect((await run(['get', '-s', 'file:///no/such'])).stderr).toBe('');
    expect((await run(['get', '-sS', 'file:///no/such'])).stderr).not.toBe('');
  });
  it('quietly when whoever reads the output has gone', async () => {
    const endless = await httpServer();
    const running = start(['get', endless.url('/bytes/100000000').href]);
    running.process.stdout?.once('data', () => running.process.stdout?.destroy());
    const { code, stderr } = await running.ended;
    await endless.close();
    expect([code, stderr]).toEqual([23, '']);
  });
});

describe.concurrent('netaccess get -v', () => {
  it('says what was asked, answered and known, and no credentials', async () => {
    const url = new URL(at('/redirect/1?to=/bytes/4'));
    url.username = 'me';
    url.password = 'topsecret';
    const { stdout, stderr } = await run([
      'get',
      '-v',
      '-H',
      'Cookie: a=topsecret',
      '-H',
      'X-A: b',
      url.href,
    ]);
    expect(stdout).toHaveLength(4);
    expect(stderr).toMatch(/^> GET http:\/\/127\.0\.0\.1:\d+\/redirect/m);
    expect(stderr).toMatch(/^> X-A: b$/m);
    expect(stderr).toMatch(/^> Cookie: \(not shown\)$/m);
    expect(stderr).toMatch(/^< HTTP\/1\.1 302 /m);
    expect(stderr).toMatch(/^\* Redirect 1: get http:/m);
    expect(stderr).toMatch(/^\* http\/1\.1 over .*connection \d+ to 127\.0\.0\.1 port \d+$/m);
    expect(stderr).toMatch(/^\* 4 B; head after [\d.]+ ms/m);
    expect(stderr).not.toContain('topsecret');
  });
  it('says how a connection is protected', async () => {
    const { stderr } = await run(['get', '-vk', secure.url('/bytes/4').href]);
    expect(stderr).toMatch(/^\* TLSv1\.3, TLS_\w+; the peer is unverified$/m);
    expect(stderr).toMatch(/^\* accepted although /m);
  });
  it('makes the control characters of a stranger visible', async () => {
    const rude = await scripted(send('HTTP/1.1 200 \u001B[2J\r\nContent-Length: 0\r\n\r\n'), end());
    const ok = await scripted(
      send('HTTP/1.1 200 OK\r\nX-\u00E9: a\u0085b\r\nContent-Length: 0\r\n\r\n'),
      end(),
    );
    const outputs = await Promise.all(
      [rude, ok].map((peer) => run(['get', '-v', peer.url('/').href])),
    );
    await rude.close();
    await ok.close();
    for (const { stderr } of outputs) expect(stderr).not.toMatch(/\p{Cc}(?<!\n)/u);
  });
});
