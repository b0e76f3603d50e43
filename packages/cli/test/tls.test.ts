import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { createServer, type TlsOptions } from 'node:tls';

import { certificates } from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import { parseOptions } from '../src/options.ts';
import { tlsOptions } from '../src/tls-arguments.ts';
import { tls } from '../src/tls.ts';
import { run, temporaryFolder } from './command.ts';

const { ca, expired, localhost } = certificates();

/** A server's port, and the errors that it saw. */
async function serve(options: TlsOptions): Promise<{ port: number; errors: string[] }> {
  const errors: string[] = [];
  const server = createServer(
    { cert: localhost.cert, key: localhost.key, ...options },
    (socket) => {
      socket.on('error', (error) => errors.push(error.message)).resume();
    },
  );
  server.on('tlsClientError', (error) => errors.push(error.message));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, errors };
}

function caFile(): string {
  const file = path.join(temporaryFolder(), 'ca.pem');
  writeFileSync(file, ca.cert);
  return file;
}

describe('netaccess tls', () => {
  it('shows chain, version, ALPN, alerts and the verdict as a tree', async () => {
    const { port } = await serve({ ALPNProtocols: ['http/1.1'] });
    const { code, stdout } = await run(['tls', '--cacert', caFile(), `localhost:${port}`]);
    const tree = stdout.toString();
    expect(code).toBe(0);
    expect(tree.split('\n')[0]).toBe(`localhost:${port}`);
    for (const line of [
      /^├─ connected to 127\.0\.0\.1:\d+: [\d.]+ ms to connect, [\d.]+ ms for the handshake$/mu,
      /^├─ TLSv1\.3, TLS_\w+$/mu,
      /^├─ ALPN: http\/1\.1$/mu,
      /^│ {2}├─ CN=localhost$/mu,
      /^│ {2}│ {2}├─ issued by CN=Test CA$/mu,
      /pin sha256\/[\w+/]{43}=$/mu,
      /^│ {2}[├└]─ sent warning close_notify \(0\) afterwards: /mu,
      /^└─ ✓ verified$/mu,
    ]) {
      expect(tree).toMatch(line);
    }
  });

  it('shows what is wrong with a certificate, what can be done, and the alert that says so', async () => {
    const { cert, key } = expired;
    const { port, errors } = await serve({ cert, key });
    const { code, stdout } = await run(['tls', '--cacert', caFile(), `https://localhost:${port}`]);
    const tree = stdout.toString();
    expect(code).toBe(60);
    expect(tree).toMatch(/✗ certificate expired on \d{4}-\d\d-\d\d \(10 days ago\): "expired"/u);
    expect(tree).toMatch(/sent fatal certificate_expired \(45\) in the handshake/u);
    expect(tree).toContain('Whoever runs the peer has to renew it.');
    expect(errors).toEqual([expect.stringMatching(/alert certificate expired/u)]);
  });

  it('hears a server that wants a certificate only after the handshake', async () => {
    const { port } = await serve({ requestCert: true, ca: ca.cert });
    const { code, stdout } = await run(['tls', '--cacert', caFile(), `localhost:${port}`]);
    expect(code).toBe(35);
    expect(stdout.toString()).toMatch(
      /received fatal certificate_required \(116\) afterwards: [^]*✗ .*the server sent certificate_required/u,
    );
  });

  it.each([
    [[]],
    [['a.test', 'b.test']],
    [['--tls-max', '1.1', 'a.test']],
    [['--interactive', 'localhost:1']],
    [['https://']],
  ])('refuses %j with 2', async (words) => {
    const { code, stderr } = await run(['tls', ...words]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^netaccess: \(2\) /u)]);
  });

  it('asks before it continues when it is told to', async () => {
    const { cert, key } = expired;
    const { port, errors } = await serve({ cert, key });
    const words = ['--interactive', '--cacert', caFile(), `localhost:${port}`];
    for (const [answer, code, verdict] of [
      ['y', 0, '! accepted although certificate expired'],
      ['n', 60, '✗ TLS handshake with'],
      [undefined, 60, '✗ TLS handshake with'],
    ] as const) {
      const terminal = Object.assign(new PassThrough(), { isTTY: true });
      const output = new PassThrough({ encoding: 'utf8' });
      const asked = new PassThrough({ encoding: 'utf8' });
      asked.on('data', (text: string) => {
        if (!text.includes('[y/N]')) return;
        if (answer === undefined) terminal.end();
        else terminal.write(`${answer}\n`);
      });
      const streams = { input: terminal, output, errors: asked };
      const signal = new AbortController().signal;
      expect(await tls(parseOptions(tlsOptions, words), { streams, signal })).toBe(code);
      expect(output.read()).toContain(verdict);
    }
    expect(errors).toHaveLength(2);
  });
});
