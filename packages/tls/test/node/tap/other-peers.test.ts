import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { certificates } from '@netaccess/test-servers';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import { failureOf, readBytes, secured } from '../../fixtures/secure-server.ts';

const made = certificates();
const LONGEST_START_MILLISECONDS = 4000;

interface Program {
  readonly port: number;
  says(pattern: RegExp): Promise<string>;
}

/** A port that was free just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listens(port: number): Promise<void> {
  const until = performance.now() + LONGEST_START_MILLISECONDS;
  for (;;) {
    const open = await tcpConnector()
      .connect({ host: '127.0.0.1', port }, {})
      .catch((error: unknown) => error);
    if (open instanceof Error) {
      if (performance.now() > until) throw open;
      await new Promise((resolve) => void setImmediate(resolve));
    } else if (typeof open === 'object' && open !== null && 'close' in open) {
      await Reflect.apply(open.close as () => Promise<void>, open, []);
      return;
    }
  }
}

/** Starts a program in a folder of its own, with the certificate files in it. */
async function started(
  name: string,
  words: (folder: string, port: number) => readonly string[],
  files: (folder: string, port: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'netaccess-peer-'));
  const port = await freePort();
  const { cert, key } = made.localhost;
  const all = { 'cert.pem': cert, 'key.pem': key, 'ca.pem': made.ca.cert, ...files(folder, port) };
  for (const [file, content] of Object.entries(all)) writeFileSync(join(folder, file), content);
  const child = spawn(name, words(folder, port), { cwd: folder });
  let text = '';
  let look = (): void => undefined;
  const take = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    look();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const closed = new Promise((resolve) => void child.once('close', resolve));
  onTestFinished(async () => {
    child.kill();
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  await listens(port);
  const says = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${name} never said ${String(pattern)}, but\n${text.slice(-2000)}`)),
        LONGEST_START_MILLISECONDS,
      );
      look = (): void => {
        if (!pattern.test(text)) return;
        clearTimeout(late);
        resolve(text);
      };
      look();
    });
  return { port, says };
}

function missing(name: string, ...words: readonly string[]): boolean {
  const there = spawnSync(name, words).error === undefined;
  if (!there) process.stderr.write(`${name} is missing: its tests are skipped\n`);
  return !there;
}

const versions = ['TLSv1.2', 'TLSv1.3'] as const;

describe.skipIf(missing('gnutls-serv', '--version')).each(versions)('GnuTLS, %s', (version) => {
  const limits = { maximumVersion: version };
  const serve = (...more: readonly string[]) =>
    started('gnutls-serv', (_folder, port) => [
      '--echo',
      '--debug=5',
      `--port=${port}`,
      '--x509certfile=cert.pem',
      '--x509keyfile=key.pem',
      '--x509cafile=ca.pem',
      ...more,
    ]);

  it('echoes while alerts are observed, and both say goodbye', async () => {
    const { port } = await serve();
    const alerts: string[] = [];
    const channel = await secured(port, {
      ...limits,
      onAlertSent: ({ name }) => alerts.push(`sent ${name}`),
    });
    await channel.write(Buffer.from('hello\n'));
    expect((await readBytes(channel, 6)).toString()).toBe('hello\n');
    await channel.end();
    expect(alerts).toEqual(['sent close_notify']);
  });

  it('hears the alert of a refusal, and no Finished', async () => {
    const { port, says } = await serve();
    const options = { ...limits, serverName: 'other.test', handshakeMustInterruptOnError: true };
    const error = await failureOf(secured(port, options));
    expect(error.message).toContain('name mismatch');
    const log = await says(/Alert\[2\|42\]/u);
    expect(log).not.toMatch(/FINISHED[^\n]*received/iu);
  });

  it('that wants a certificate is understood', async () => {
    const { port } = await serve('--require-client-cert');
    const alerts: string[] = [];
    const work = secured(port, {
      ...limits,
      onAlertReceived: ({ name }) => alerts.push(name),
    }).then((channel) => readBytes(channel));
    const error = await failureOf(work);
    expect(error.message).toContain(`the server sent ${alerts[0]}`);
    // GnuTLS calls an empty list of certificates a decode_error in TLS 1.2.
    expect(alerts).toEqual([version === 'TLSv1.2' ? 'decode_error' : 'certificate_required']);
  });
});

describe.skipIf(missing('nginx', '-v')).each(versions)('nginx, %s', (version) => {
  const limits = { maximumVersion: version };
  const serve = () =>
    started(
      'nginx',
      (folder) => ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'],
      (_folder, port) => ({
        'nginx.conf': `daemon off; master_process off; pid nginx.pid;
error_log stderr info;
events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port} ssl; server_name localhost;
    ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    location / { return 200 "hello"; }
  }
}
`,
      }),
    );

  it('answers while alerts are observed, and says goodbye', async () => {
    const { port } = await serve();
    const alerts: string[] = [];
    const channel = await secured(port, {
      ...limits,
      onAlertReceived: ({ name }) => alerts.push(name),
    });
    await channel.write(
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    );
    expect((await readBytes(channel)).toString()).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello$/u);
    expect(alerts).toEqual(['close_notify']);
  });

  it('logs the alert of a refusal', async () => {
    const { port, says } = await serve();
    const options = { ...limits, serverName: 'other.test', handshakeMustInterruptOnError: true };
    await failureOf(secured(port, options));
    expect(await says(/SSL alert number 42/u)).toContain('bad certificate');
  });
});
