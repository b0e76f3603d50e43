import { userInfo } from 'node:os';
import { join } from 'node:path';

import { bytesUpload, iterableUpload } from '@netaccess/core';
import {
  httpServer,
  patternBytes,
  patternChunks,
  patternHash,
  type Echo,
  type HttpServer,
} from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import { asking, failureOf } from './fixtures/asking.ts';
import { freePort, isMissing, peer, type Start } from './fixtures/real-peer.ts';

const body = patternBytes(3_000_000);

async function node(): Promise<HttpServer> {
  const server = await httpServer();
  onTestFinished(() => server.close());
  return server;
}

const nginx = (port: number, folder: string): Start => ({
  program: 'nginx',
  args: ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')],
  files: {
    'file.bin': body,
    'nginx.conf': `daemon off; master_process off; pid nginx.pid; user ${userInfo().username};
      events { worker_connections 64; }
      http {
        access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
        client_max_body_size 1m; keepalive_requests 3; gzip on; gzip_min_length 1; gzip_types application/octet-stream;
        server { listen 127.0.0.1:${port}; root .; location = /old { return 301 /file.bin; } }
      }`,
  },
});

describe.skipIf(isMissing('nginx'))('nginx', () => {
  it('serves a file, parts of it, its head, and 304', async () => {
    const { url } = await peer(nginx);
    const { ask } = asking();
    const whole = await ask(url('/file.bin'));
    expect(Buffer.from(whole.body).equals(body)).toBe(true);
    const validator = whole.validator;
    const part = await ask(url('/file.bin'), {
      attributes: { range: { from: 1_000_000, to: 1_999_999, validator } },
    });
    expect(part.range).toEqual({ from: 1_000_000, to: 1_999_999, total: 3_000_000 });
    expect(Buffer.from(part.body).equals(body.subarray(1_000_000, 2_000_000))).toBe(true);
    const head = await ask(url('/file.bin'), { operation: 'head' });
    expect(head).toMatchObject({ length: 0, status: { code: 200 } });
    const same = await ask(url('/file.bin'), { headers: [['If-None-Match', validator ?? '']] });
    expect(same.status?.code).toBe(304);
    expect((await ask(url('/old'))).redirect?.url.href).toBe(url('/file.bin').href);
  });

  it('closes connections after a few requests, which nobody notices', async () => {
    const { url } = await peer(nginx);
    const { ask } = asking({ connections: 2 });
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => ask(url('/file.bin'), { operation: 'head' })),
    );
    expect(answers.map(({ status }) => status?.code)).toEqual(
      Array.from({ length: 40 }, () => 200),
    );
  });

  it('refuses an upload that is too large while it is being sent', async () => {
    const { url } = await peer(nginx);
    const { ask } = asking();
    const upload = iterableUpload(patternChunks(5_000_000, 0, 65_536), 5_000_000);
    const answer = await ask(url('/file.bin'), { operation: 'put', upload });
    expect(answer).toMatchObject({ status: { code: 413 }, error: { code: 'unknown-content' } });
  });
});

describe.skipIf(isMissing('python3'))("Python's http.server", () => {
  it('speaks HTTP/1.0 and closes after each reply', async () => {
    const { url } = await peer((port) => ({
      program: 'python3',
      args: ['-m', 'http.server', '--bind', '127.0.0.1', String(port)],
      files: { 'file.bin': body },
    }));
    const { ask } = asking();
    for (let round = 0; round < 2; round += 1) {
      const answer = await ask(url('/file.bin'));
      expect(Buffer.from(answer.body).equals(body)).toBe(true);
      expect(answer.attributes?.connection?.reused).toBe(false);
    }
    expect(await ask(url('/none'))).toMatchObject({ error: { code: 'content-not-found' } });
  });
});

describe.skipIf(isMissing('haproxy'))('haproxy', () => {
  it('passes downloads, uploads and HEAD on, and answers 503 when nobody is behind it', async () => {
    const server = await node();
    const dead = await freePort();
    const { url } = await peer((port) => ({
      program: 'haproxy',
      args: ['-db', '-f', 'haproxy.cfg'],
      files: {
        'haproxy.cfg': `defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:${port}
  use_backend dead if { path /dead }
  default_backend b
backend b
  server s 127.0.0.1:${server.port}
backend dead
  server s 127.0.0.1:${dead}
`,
      },
    }));
    const { ask } = asking();
    expect((await ask(url('/bytes/300000'))).body).toHaveLength(300_000);
    const upload = iterableUpload(patternChunks(3_000_000, 0, 99_999));
    const { text } = await ask(url('/echo'), { operation: 'put', upload });
    const echo = JSON.parse(text) as Echo;
    expect(echo).toMatchObject({ length: 3_000_000, sha256: patternHash(3_000_000) });
    expect((await ask(url('/bytes/10'), { operation: 'head' })).status?.code).toBe(200);
    expect(await ask(url('/dead'))).toMatchObject({ error: { code: 'service-unavailable' } });
  });
});

const tinyproxy = (port: number): Start => ({
  program: 'tinyproxy',
  args: ['-d', '-c', 'tinyproxy.conf'],
  files: {
    'tinyproxy.conf': `Port ${port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nBasicAuth me pw\nMaxClients 20\n`,
  },
});

describe.skipIf(isMissing('tinyproxy'))('tinyproxy', () => {
  it('forwards with the credentials of its URL, and with those that are asked for', async () => {
    const server = await node();
    const { url } = await peer(tinyproxy);
    const named = url('');
    named.username = 'me';
    named.password = 'pw';
    const known = asking({}, { proxies: [named] });
    const echo = await known.ask(server.url('/echo'), {
      operation: 'post',
      upload: bytesUpload('four'),
    });
    expect(JSON.parse(echo.text)).toMatchObject({ method: 'POST', length: 4 });
    const asked = asking({}, { proxies: [url('')] });
    const attributes = { proxyCredentials: async () => ({ user: 'me', password: 'pw' }) };
    expect((await asked.ask(server.url('/bytes/10'), { attributes })).length).toBe(10);
    const refused = await asked.ask(server.url('/bytes/10'));
    expect(refused.error?.code).toBe('proxy-authentication-required');
    for (const { headers } of server.requests)
      expect(headers).not.toHaveProperty('proxy-authorization');
  });
});

const squid = (port: number, folder: string): Start => ({
  program: 'squid',
  args: ['-N', '-n', `netaccess${port}`, '-f', join(folder, 'squid.conf')],
  files: {
    'squid.conf': `http_port 127.0.0.1:${port}
pid_filename none
cache_log /dev/null
access_log none
cache deny all
cache_mem 8 MB
pinger_enable off
netdb_filename none
shutdown_lifetime 0 seconds
memory_cache_shared off
http_access allow localhost
`,
  },
});

describe.skipIf(isMissing('squid'))('squid', () => {
  it('forwards, keeps its connections, and says why it cannot', async () => {
    const server = await node();
    const { url } = await peer(squid);
    const { ask } = asking({}, { proxies: [url('')] });
    expect((await ask(server.url('/bytes/300000'))).body).toHaveLength(300_000);
    const again = await ask(server.url('/bytes/10'));
    expect(again).toMatchObject({ length: 10, attributes: { connection: { reused: true } } });
    const nowhere = await ask(new URL(`http://127.0.0.1:${await freePort()}/`));
    expect(nowhere).toMatchObject({ status: { code: 503 }, error: { temporary: true } });
  });
});

describe.skipIf(isMissing('microsocks'))('microsocks', () => {
  it('lets in who has user and password, and says whom it cannot reach', async () => {
    const server = await node();
    const { port } = await peer((free) => ({
      program: 'microsocks',
      args: ['-i', '127.0.0.1', '-p', String(free), '-u', 'me', '-P', 'pw'],
    }));
    const through = (userinfo: string): ReturnType<typeof asking> =>
      asking({}, { proxies: [new URL(`socks5://${userinfo}127.0.0.1:${port}`)] });
    expect((await through('me:pw@').ask(server.url('/bytes/300000'))).body).toHaveLength(300_000);
    const wrong = await failureOf(through('me:no@').ask(server.url('/')));
    expect(wrong.code).toBe('proxy-authentication-required');
    expect(wrong.message).not.toContain('no@');
    const nowhere = new URL(`http://127.0.0.1:${await freePort()}/`);
    expect((await failureOf(through('me:pw@').ask(nowhere))).code).toBe('connection-refused');
  });
});
