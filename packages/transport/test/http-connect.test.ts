import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { httpConnect } from '../src/http-connect.ts';
import { readText } from './fixtures/reading.ts';
import { converse, inPieces, type Conversing } from './fixtures/scripted-proxy.ts';

function answer(text: string, options: Omit<Conversing, 'says'> = {}) {
  return converse(httpConnect, { says: [Buffer.from(text, 'latin1')], ...options });
}

describe('asking an HTTP proxy for a tunnel', () => {
  it('names the target, and brackets an IPv6 address', async () => {
    const { said, error, refusal } = await answer('HTTP/1.1 200 OK\r\n\r\n');
    expect(said).toBe('CONNECT inside.test:443 HTTP/1.1\r\nHost: inside.test:443\r\n\r\n');
    expect([error, refusal]).toEqual([undefined, undefined]);
    const v6 = await answer('HTTP/1.1 200 OK\r\n\r\n', { host: '[2001:db8::1]' });
    expect(v6.said).toMatch(/^CONNECT \[2001:db8::1\]:443 /u);
  });

  it('sends Basic credentials in UTF-8', async () => {
    const credentials = { user: 'jürgen', password: 'a:b✓' };
    const { said } = await answer('HTTP/1.1 200 OK\r\n\r\n', { credentials });
    const token = Buffer.from('jürgen:a:b✓').toString('base64');
    expect(said).toContain(`\r\nProxy-Authorization: Basic ${token}\r\n\r\n`);
  });

  it('refuses credentials that Basic cannot carry', async () => {
    const { error } = await answer('', { credentials: { user: 'a:b' } });
    expect(error).toMatchObject({ code: 'protocol-invalid-operation' });
  });

  it('leaves what came after the head to the tunnel, whatever the split and the fields', async () => {
    const text =
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 299\r\nContent-Length: 3\r\nX:\r\n\r\nSSH-2.0-x';
    const bytes = Buffer.from(text);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bytes.length }), async (length) => {
        const { channel, error } = await converse(httpConnect, { says: inPieces(bytes, length) });
        expect(error).toBeUndefined();
        expect(await readText(channel, Infinity)).toBe('SSH-2.0-x');
      }),
    );
  });

  it.each([
    ['HTTP/1.1 403 Forbidden', 'content-access-denied', false],
    ['HTTP/1.1 404 Not Found', 'host-not-found', false],
    ['HTTP/1.1 405 No', 'content-access-denied', false],
    ['HTTP/1.1 502 Bad Gateway', 'unknown-proxy', true],
    ['HTTP/1.1 503 Busy', 'connection-refused', true],
    ['HTTP/1.1 504 Late', 'timeout', true],
    ['HTTP/1.1 302 Elsewhere', 'unknown-proxy', false],
    ['HTTP/1.1 101 Switching', 'unknown-proxy', false],
  ])('says of %s that it is %s', async (line, code, temporary) => {
    const { error } = await answer(`${line}\r\nContent-Length: 0\r\n\r\n`);
    expect(error).toMatchObject({
      code,
      temporary,
      message: `no tunnel to inside.test:443 through http://proxy.test:1: the proxy answered ${line.slice(9)}`,
    });
  });

  it('says that credentials are wanted, and for what realm', async () => {
    const { refusal } = await answer(
      'HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm="Basic realm=\\"x\\"", nonce="1"\r\n' +
        'proxy-authenticate: NTLM abc==, Basic realm="the \\"office\\", 2nd"\r\n\r\n',
    );
    expect(refusal?.challenge).toMatchObject({ name: 'basic', realm: 'the "office", 2nd' });
    expect(refusal?.challenge?.origin.href).toBe('http://proxy.test:1/');
    expect(refusal?.wants).toBe('status 407, schemes: digest, ntlm, basic');
  });

  it('says what is wanted when that cannot be given', async () => {
    const { refusal } = await answer('HTTP/1.1 407 Who\r\nProxy-Authenticate: Negotiate\r\n\r\n');
    expect(refusal).toEqual({ challenge: undefined, wants: 'status 407, schemes: negotiate' });
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['HTTP/2 in clear', 'HTTP/2 200\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nX: y\r\n\r\n'],
    ['a bare CR', 'HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n'],
    ['a NUL', 'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n'],
    ['a fold', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nX : a\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['an unknown status class', 'HTTP/1.1 600 OK\r\n\r\n'],
    ['leading blanks', ' HTTP/1.1 200 OK\r\n\r\n'],
  ])('refuses an answer with %s', async (_, text) => {
    const { error } = await answer(text);
    expect(error).toMatchObject({
      code: 'unknown-proxy',
      message: expect.stringMatching(/HTTP\/1\.1/u),
    });
  });

  it('refuses a head that has no end within 16 KiB', async () => {
    const { error } = await answer(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(16 * 1024)}\r\n\r\n`);
    expect(error).toMatchObject({
      code: 'unknown-proxy',
      message: expect.stringMatching(/16384 bytes/u),
    });
    const interim = await answer('HTTP/1.1 100 Go\r\n\r\n'.repeat(1000));
    expect(interim.error).toMatchObject({ code: 'unknown-proxy' });
  });

  it('says so when the proxy closes before it answered, wherever that is', async () => {
    const whole = Buffer.from('HTTP/1.1 200 OK\r\nX: y\r\n\r\n');
    for (let length = 0; length < whole.length; length += 1) {
      const { error } = await converse(httpConnect, { says: [whole.subarray(0, length)] });
      expect(error).toMatchObject({ code: 'proxy-connection-closed', temporary: true });
    }
  });
});
