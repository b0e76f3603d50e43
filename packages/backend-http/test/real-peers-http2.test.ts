import { userInfo } from 'node:os';
import { join } from 'node:path';

import { iterableUpload } from '@netaccess/core';
import {
  certificates,
  httpServer,
  patternBytes,
  patternChunks,
  patternHash,
  type Echo,
} from '@netaccess/test-servers';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { HttpOptions } from '../src/index.ts';
import { asking, type Asking } from './fixtures/asking.ts';
import { NodeTls } from './fixtures/node-tls.ts';
import { isMissing, peer, type Start } from './fixtures/real-peer.ts';

const body = patternBytes(3_000_000);
const made = certificates();
const files = { 'file.bin': body, 'key.pem': made.localhost.key, 'cert.pem': made.localhost.cert };
const trusting = { originAttributes: { tls: { ca: [made.ca.cert] } } };

function ask(options: HttpOptions = {}): Asking['ask'] {
  const security = { tls: new NodeTls() };
  const lent = { resources: { connector: tcpConnector() }, security, proxies: [] };
  const asked = asking(options, lent).ask;
  return (url, request) => asked(url, { ...trusting, ...request });
}

function secured(url: URL): URL {
  return new URL(url.href.replace('http:', 'https:'));
}

/** The same file many times, its head alone, and in parts. Resolves to how many connections that took. */
async function serves(get: Asking['ask'], url: URL, protocol: 'h2' | 'h2c'): Promise<number> {
  const connections = await servesWhole(get, url, protocol);
  const part = await get(url, { attributes: { range: { from: 1_000_000, to: 1_999_999 } } });
  expect(Buffer.from(part.body).equals(body.subarray(1_000_000, 2_000_000))).toBe(true);
  return connections;
}

async function servesWhole(get: Asking['ask'], url: URL, protocol: 'h2' | 'h2c'): Promise<number> {
  const whole = await Promise.all(Array.from({ length: 10 }, () => get(url)));
  for (const answer of whole) {
    expect(Buffer.from(answer.body).equals(body)).toBe(true);
    expect(answer.attributes).toMatchObject({ http2WasUsed: true, connection: { protocol } });
  }
  const head = await get(url, { operation: 'head' });
  expect(head).toMatchObject({ length: 0, status: { code: 200 } });
  expect(await get(new URL('/none', url))).toMatchObject({ error: { code: 'content-not-found' } });
  return new Set(whole.map(({ attributes }) => attributes?.connection?.id)).size;
}

const nginx = (port: number, folder: string): Start => ({
  program: 'nginx',
  args: ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')],
  files: {
    ...files,
    'nginx.conf': `daemon off; master_process off; pid nginx.pid; user ${userInfo().username};
      events { worker_connections 64; }
      http {
        access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
        client_max_body_size 1m; keepalive_requests 100; http2_max_concurrent_streams 4;
        server { listen 127.0.0.1:${port} ssl http2; ssl_certificate cert.pem; ssl_certificate_key key.pem; root .; }
      }`,
  },
});

describe.skipIf(isMissing('nginx'))('nginx over HTTP/2', () => {
  it('serves files to more requests than it takes at once', async () => {
    const { url } = await peer(nginx);
    expect(await serves(ask(), secured(url('/file.bin')), 'h2')).toBe(1);
  });

  it('says goodbye after a number of requests, which nobody notices', async () => {
    const { url } = await peer(nginx);
    const get = ask();
    const answers = await Promise.all(
      Array.from({ length: 250 }, () => get(secured(url('/file.bin')), { operation: 'head' })),
    );
    expect(new Set(answers.map(({ status }) => status?.code))).toEqual(new Set([200]));
    expect(answers.at(-1)?.attributes?.connection?.id).toBeGreaterThan(1);
  });

  it('refuses an upload that is too large while it is being sent', async () => {
    const { url } = await peer(nginx);
    const upload = iterableUpload(patternChunks(5_000_000, 0, 65_536), 5_000_000);
    const answer = await ask()(secured(url('/file.bin')), { operation: 'put', upload });
    expect(answer).toMatchObject({ status: { code: 413 }, attributes: { http2WasUsed: true } });
  });
});

describe.skipIf(isMissing('nghttpd'))('nghttpd', () => {
  it('serves files over TLS, and in clear to who knows', async () => {
    const tls = await peer((port, folder) => ({
      program: 'nghttpd',
      args: ['-a', '127.0.0.1', '-d', folder, String(port), 'key.pem', 'cert.pem'],
      files,
    }));
    expect(await servesWhole(ask(), secured(tls.url('/file.bin')), 'h2')).toBe(1);
    const clear = await peer((port, folder) => ({
      program: 'nghttpd',
      args: ['-a', '127.0.0.1', '--no-tls', '-d', folder, String(port)],
      files,
    }));
    expect(await servesWhole(ask({ http2Direct: true }), clear.url('/file.bin'), 'h2c')).toBe(1);
  });

  it('echoes uploads with trailers behind them', async () => {
    const { url } = await peer((port) => ({
      program: 'nghttpd',
      args: ['-a127.0.0.1', '--no-tls', '--echo-upload', '--trailer=x-late: yes', String(port)],
      files,
    }));
    const upload = iterableUpload(patternChunks(3_000_000, 0, 99_999));
    const answer = await ask({ http2Direct: true })(url('/'), { operation: 'put', upload });
    expect(Buffer.from(answer.body).equals(body)).toBe(true);
    expect(answer.trailers).toEqual([['x-late', 'yes']]);
  });
});

describe.skipIf(isMissing('nghttpx'))('nghttpx', () => {
  it('goes on in HTTP/2 when it is asked by the first request', async () => {
    const server = await httpServer();
    onTestFinished(() => server.close());
    const { url } = await peer((port) => ({
      program: 'nghttpx',
      args: [
        `-f127.0.0.1,${port};no-tls`,
        `-b127.0.0.1,${server.port}`,
        '--workers=1',
        '--no-ocsp',
        '--conf=/dev/null',
        '--errorlog-file=/dev/null',
      ],
    }));
    const get = ask({ http2CleartextAllowed: true });
    const lengths = Array.from({ length: 20 }, (_, index) => index * 10_000);
    const answers = await Promise.all(lengths.map((length) => get(url(`/bytes/${length}`))));
    expect(answers.map((answer) => answer.body.length)).toEqual(lengths);
    for (const { attributes } of answers) {
      expect(attributes).toMatchObject({ http2WasUsed: true, connection: { id: 1 } });
    }
    const upload = iterableUpload(patternChunks(1_000_000, 0, 99_999));
    const { text } = await get(url('/echo'), { operation: 'put', upload });
    expect(JSON.parse(text) as Echo).toMatchObject({ sha256: patternHash(1_000_000) });
    const head = await ask({ http2CleartextAllowed: true })(url('/bytes/9'), { operation: 'head' });
    expect(head).toMatchObject({ status: { code: 200 }, attributes: { http2WasUsed: true } });
  });
});

const modules = '/usr/lib/apache2/modules';
const apache = (port: number, folder: string): Start => ({
  program: 'apache2',
  args: ['-X', '-d', folder, '-f', join(folder, 'httpd.conf')],
  files: {
    ...files,
    'httpd.conf': `ServerRoot ${folder}
ServerName localhost
PidFile httpd.pid
ErrorLog error.log
LoadModule mpm_worker_module ${modules}/mod_mpm_worker.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
LoadModule http2_module ${modules}/mod_http2.so
Listen 127.0.0.1:${port}
Protocols h2c http/1.1
H2Direct on
DocumentRoot ${folder}
<Directory ${folder}>
  Require all granted
</Directory>
`,
  },
});

describe.skipIf(isMissing('apache2'))('Apache httpd', () => {
  it('goes on in HTTP/2 when it is asked, and speaks it with who knows', async () => {
    const { url } = await peer(apache);
    expect(await serves(ask({ http2CleartextAllowed: true }), url('/file.bin'), 'h2c')).toBe(1);
    expect(await serves(ask({ http2Direct: true }), url('/file.bin'), 'h2c')).toBe(1);
  });
});

const caddy = (port: number, folder: string): Start => {
  const handle = { handler: 'file_server', root: folder };
  const server = {
    listen: [`127.0.0.1:${port}`],
    protocols: ['h1', 'h2', 'h2c'],
    automatic_https: { disable: true },
    routes: [{ handle: [handle] }],
  };
  const config = {
    admin: { disabled: true, config: { persist: false } },
    storage: { module: 'file_system', root: join(folder, 'storage') },
    apps: { http: { servers: { server } } },
  };
  return {
    program: 'caddy',
    args: ['run', '--config', 'caddy.json'],
    files: { ...files, 'caddy.json': JSON.stringify(config) },
  };
};

describe.skipIf(isMissing('caddy'))('Caddy', () => {
  it('speaks HTTP/2 in clear with who knows, and when it is asked', async () => {
    const { url } = await peer(caddy);
    expect(await serves(ask({ http2Direct: true }), url('/file.bin'), 'h2c')).toBe(1);
    const asked = await ask({ http2CleartextAllowed: true })(url('/file.bin'));
    expect(Buffer.from(asked.body).equals(body)).toBe(true);
  });
});
