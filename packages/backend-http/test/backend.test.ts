import { bytesUpload, iterableUpload } from '@netaccess/core';
import {
  dribble,
  end,
  httpServer,
  patternBytes,
  receiveUntil,
  reset,
  scriptedServer,
  send,
  stall,
  type ScriptedServer,
  type Step,
  waitFor,
} from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import { asking, failureOf, readBody } from './fixtures/asking.ts';

async function scripted(...script: Parameters<typeof scriptedServer>): Promise<ScriptedServer> {
  const server = await scriptedServer(...script);
  onTestFinished(() => server.close());
  return server;
}

async function node(): ReturnType<typeof httpServer> {
  const server = await httpServer();
  onTestFinished(() => server.close());
  return server;
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
/** Answers one request after the other with these bytes. */
const answers = (...replies: readonly string[]): readonly Step[] =>
  replies.flatMap((reply) => [receiveUntil(), send(reply)]);

describe('a request', () => {
  it('has Host, User-Agent and Accept, and no more', async () => {
    const server = await scripted(answers(ok));
    const { ask } = asking();
    await ask(server.url('/a/b?c=d#e'));
    expect(server.connections[0]?.text).toBe(
      `GET /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUser-Agent: netaccess/1\r\nAccept: */*\r\n\r\n`,
    );
  });

  it('has the caller’s fields as they were written, in their place and order', async () => {
    const server = await scripted(answers(ok));
    const { ask } = asking();
    const headers = [
      ['user-agent', 'mine'],
      ['X-A', ' 1 '],
      ['accept', 'a/b'],
      ['X-A', '\xe9'],
    ] as const;
    await ask(server.url('/'), { headers });
    expect(server.connections[0]?.text).toBe(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nuser-agent: mine\r\nX-A: 1\r\naccept: a/b\r\nX-A: \xe9\r\n\r\n`,
    );
  });

  it('has the caller’s Host', async () => {
    const server = await scripted(answers(ok));
    const { ask } = asking();
    await ask(server.url('/'), { headers: [['host', 'other.example:81']] });
    expect(server.connections[0]?.text).toContain('GET / HTTP/1.1\r\nHost: other.example:81\r\n');
  });

  it('names no user, no password and no fragment', async () => {
    const server = await scripted(answers(ok));
    const url = server.url('/path#fragment');
    url.username = 'user';
    url.password = 'secret';
    const { ask } = asking();
    await ask(url);
    expect(server.connections[0]?.text).toContain(
      `GET /path HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n`,
    );
    expect(server.connections[0]?.text).not.toMatch(/user|secret|fragment/);
  });

  it('has an IPv6 host in brackets', async () => {
    const server = await scripted(answers(ok), { host: '::1' });
    const { ask } = asking();
    await ask(server.url('/'));
    expect(server.connections[0]?.text).toContain(`Host: [::1]:${server.port}\r\n`);
  });

  it.each(['get', 'head', 'delete', 'put', 'post'] as const)(
    'without a body says so if %s usually has one',
    async (operation) => {
      const server = await scripted(answers('HTTP/1.1 204 OK\r\n\r\n'));
      const { ask } = asking();
      await ask(server.url('/'), { operation });
      const text = server.connections[0]?.text ?? '';
      expect(text.startsWith(`${operation.toUpperCase()} / HTTP/1.1\r\n`)).toBe(true);
      expect(/content-length: 0/i.test(text)).toBe(operation === 'put' || operation === 'post');
      expect(text).not.toMatch(/transfer-encoding/i);
    },
  );

  it.each([
    ['PROPFIND', 'PROPFIND'],
    ['nonsense', 'nonsense'],
    ['pOsT', 'POST'],
    ['delete', 'DELETE'],
    ['Get', 'GET'],
  ])('with the verb %s is sent as %s', async (customVerb, sent) => {
    const server = await scripted(answers('HTTP/1.1 204 OK\r\n\r\n'));
    const { ask } = asking();
    await ask(server.url('/'), { operation: 'custom', customVerb });
    expect(server.connections[0]?.text.startsWith(`${sent} / HTTP/1.1\r\n`)).toBe(true);
  });

  it('with the verb head has no body in its reply', async () => {
    const server = await scripted(answers('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'));
    const { ask } = asking();
    const answer = await ask(server.url('/'), { operation: 'custom', customVerb: 'head' });
    expect(answer).toMatchObject({ text: '', length: 0 });
  });

  it.each([
    ['a header value with a line end', { headers: [['A', 'b\r\nC: d']] }],
    ['a header value with a line feed', { headers: [['A', 'b\nC: d']] }],
    ['a header value with a carriage return', { headers: [['A', 'b\rC: d']] }],
    ['a header value with NUL', { headers: [['A', 'b\0']] }],
    ['a header value beyond latin1', { headers: [['A', '\u0100']] }],
    ['a header name with a line end', { headers: [['A\r\nB', 'c']] }],
    ['a header name with a space', { headers: [['A ', 'c']] }],
    ['a header name with a colon', { headers: [['A:B', 'c']] }],
    ['a header without a name', { headers: [['', 'c']] }],
    [
      'two hosts',
      {
        headers: [
          ['Host', 'a'],
          ['Host', 'a'],
        ],
      },
    ],
    ['a host with a space', { headers: [['Host', 'a b']] }],
    ['a host with a path', { headers: [['Host', 'a/b']] }],
    ['a host with a user', { headers: [['Host', 'a@b']] }],
    ['an empty host', { headers: [['Host', '']] }],
    ['a verb with a space', { operation: 'custom', customVerb: 'A B' }],
    [
      'a verb with a line end',
      { operation: 'custom', customVerb: 'GET / HTTP/1.1\r\nA: b\r\n\r\nGET' },
    ],
    ['an empty verb', { operation: 'custom', customVerb: '' }],
    ['no verb', { operation: 'custom' }],
    ['CONNECT', { operation: 'custom', customVerb: 'connect' }],
    ['TRACE with a body', { operation: 'custom', customVerb: 'TRACE', upload: bytesUpload('a') }],
    ['a length without a body', { headers: [['Content-Length', '5']] }],
    ['chunked without a body', { headers: [['Transfer-Encoding', 'chunked']] }],
    [
      'a length that is not the body’s',
      { operation: 'post', upload: bytesUpload('abc'), headers: [['Content-Length', '4']] },
    ],
    [
      'two lengths',
      {
        operation: 'post',
        upload: bytesUpload('abc'),
        headers: [
          ['Content-Length', '3'],
          ['content-length', '3'],
        ],
      },
    ],
    [
      'a length that is none',
      { operation: 'post', upload: iterableUpload([]), headers: [['Content-Length', '3, 3']] },
    ],
    [
      'a length and chunked',
      {
        operation: 'post',
        upload: iterableUpload([]),
        headers: [
          ['Content-Length', '3'],
          ['Transfer-Encoding', 'chunked'],
        ],
      },
    ],
    [
      'another transfer coding',
      {
        operation: 'post',
        upload: bytesUpload('abc'),
        headers: [['Transfer-Encoding', 'gzip, chunked']],
      },
    ],
    ['another expectation', { headers: [['Expect', 'more']] }],
    [
      'an upgrade',
      {
        headers: [
          ['Upgrade', 'websocket'],
          ['Connection', 'Upgrade'],
        ],
      },
    ],
    ['a connection option that hides a field', { headers: [['Connection', 'close, X-A']] }],
    [
      'a put of a part',
      { operation: 'put', upload: bytesUpload('abc'), attributes: { range: { from: 3 } } },
    ],
    [
      'a post of a part',
      { operation: 'post', upload: bytesUpload('abc'), attributes: { range: { from: 3 } } },
    ],
    ['a deletion of a part', { operation: 'delete', attributes: { range: { from: 0, to: 3 } } }],
    ['a range that is none', { attributes: { range: { from: 5, to: 3 } } }],
    ['a range from before the start', { attributes: { range: { from: -5 } } }],
  ] as const)('with %s is refused before anything is sent', async (_what, request) => {
    const server = await scripted(answers(ok));
    const { ask } = asking();
    const failure = await failureOf(ask(server.url('/'), request));
    expect(failure.code).toBe('protocol-invalid-operation');
    await server.whenOpen(0);
    expect(server.connections.map(({ text }) => text).join('')).toBe('');
  });

  it('is left to the next factory if HTTP has no such operation or scheme', () => {
    const { factory } = asking();
    const context = { resources: {}, security: {}, proxies: [] };
    const request = { headers: [], attributes: {}, originAttributes: {} };
    const url = new URL('http://host/');
    expect(
      factory.create({ ...request, url, operation: 'list' as 'get' }, context),
    ).toBeUndefined();
    expect(
      factory.create({ ...request, url: new URL('ftp://host/'), operation: 'get' }, context),
    ).toBeUndefined();
  });

  it('fails with a word for it when no connector or TLS provider is lent', async () => {
    const bare = asking({}, { resources: {} });
    expect(await failureOf(bare.ask(new URL('http://127.0.0.1:1/')))).toMatchObject({
      code: 'protocol-invalid-operation',
      message: expect.stringContaining('connector'),
    });
    const clear = asking();
    expect(await failureOf(clear.ask(new URL('https://127.0.0.1:1/')))).toMatchObject({
      code: 'protocol-invalid-operation',
      message: expect.stringContaining('TLS'),
    });
  });
});

describe('a reply', () => {
  it('says what it is and what carried it', async () => {
    const server = await node();
    const { ask } = asking();
    const first = await ask(server.url('/bytes/1000'));
    expect(first).toMatchObject({
      length: 1000,
      status: { code: 200, reason: 'OK' },
    });
    expect([first.error, first.redirect, first.challenges]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(Buffer.from(first.body)).toEqual(Buffer.from(patternBytes(1000)));
    expect(first.attributes?.connection).toMatchObject({
      protocol: 'http/1.1',
      reused: false,
      address: { address: '127.0.0.1', port: server.port, family: 4 },
      proxy: undefined,
    });
    expect(first.attributes?.secured).toBeUndefined();
    const second = await ask(server.url('/bytes/10'));
    expect(second.attributes?.connection).toMatchObject({
      reused: true,
      id: first.attributes?.connection?.id,
    });
  });

  it.each([
    ['in chunks', '/chunked/100000/777', 100_000],
    ['until the connection closes', '/close/100000', 100_000],
    ['of a declared length', '/bytes/3000000', 3_000_000],
  ])('has a body %s', async (_what, path, length) => {
    const server = await node();
    const { ask } = asking();
    const { body } = await ask(server.url(path));
    expect(Buffer.compare(body, patternBytes(length))).toBe(0);
  });

  it('has trailers after its end', async () => {
    const server = await node();
    const { ask } = asking();
    const answer = await ask(server.url('/trailers'), { headers: [['TE', 'trailers']] });
    expect(answer.trailers).toEqual(
      expect.arrayContaining([
        ['x-checksum', '17'],
        ['x-late', 'yes'],
      ]),
    );
    expect(server.requests[0]?.headers).toMatchObject({ te: 'trailers', connection: 'TE' });
  });

  it('is read one byte at a time and across partial advances', async () => {
    const server = await node();
    const { start } = asking();
    const backend = start(server.url('/chunked/100/7'));
    await backend.open();
    const bytes: number[] = [];
    for (;;) {
      const view = await backend.readPointer();
      expect(await backend.readPointer()).toEqual(view);
      if (view.length === 0) break;
      bytes.push(view[0] ?? -1);
      backend.advanceReadPointer(1);
    }
    await backend.close();
    expect(Buffer.from(bytes)).toEqual(Buffer.from(patternBytes(100)));
  });

  it.each([
    [400, 'protocol-invalid-operation'],
    [403, 'content-access-denied'],
    [404, 'content-not-found'],
    [500, 'internal-server'],
    [503, 'service-unavailable'],
  ])('of status %i is an answer with the error %s and a body', async (status, code) => {
    const server = await scripted(
      answers(`HTTP/1.1 ${status} Because\r\nContent-Length: 2\r\n\r\nno`),
    );
    const { ask } = asking();
    const answer = await ask(server.url('/'));
    expect(answer.error).toMatchObject({
      code,
      message: expect.stringContaining(`${status} Because`),
    });
    expect(answer.text).toBe('no');
  });

  it('tells of interim replies as they come', async () => {
    const server = await scripted(
      answers(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`),
    );
    const seen: unknown[] = [];
    const { ask } = asking();
    const onInterim = (...what: readonly unknown[]): void => void seen.push(what);
    const answer = await ask(server.url('/'), { attributes: { onInterim } });
    expect(answer.text).toBe('ok');
    expect(seen).toEqual([
      [100, []],
      [103, [['Link', '</a>']]],
    ]);
  });

  it('fails, and it alone, when the function that hears of interim replies throws', async () => {
    const server = await scripted(answers(`HTTP/1.1 103 Early\r\n\r\n${ok}`));
    const { ask } = asking();
    const onInterim = (): void => {
      throw new Error('mine');
    };
    const failure = await failureOf(ask(server.url('/'), { attributes: { onInterim } }));
    expect(failure.message).toBe('mine');
    await server.whenOpen(0);
    expect((await ask(server.url('/'))).text).toBe('ok');
  });

  it.each(['HTTP/1.1 100 A\r\n\r\n', 'HTTP/1.1 133 B\nC: d\n\n', 'HTTP/1.0 179 \r\nA: b\r\n\r\n'])(
    'comes after %j',
    async (interim) => {
      const server = await scripted(answers(interim + ok));
      const { ask } = asking();
      expect((await ask(server.url('/'))).status?.code).toBe(200);
    },
  );

  it('has challenges when it is a 401, and none of a proxy that was not asked', async () => {
    const server = await scripted(
      answers(
        'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="a"\r\nContent-Length: 0\r\n\r\n',
        'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="a"\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    const { ask } = asking();
    const refused = await ask(server.url('/'));
    expect(refused.error?.code).toBe('authentication-required');
    expect(refused.challenges).toMatchObject([{ name: 'basic', realm: 'a' }]);
    const stranger = await ask(server.url('/'));
    expect(stranger.error?.code).toBe('proxy-authentication-required');
    expect(stranger.challenges).toBeUndefined();
  });

  it('redirects', async () => {
    const server = await scripted(
      answers('HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nok'),
    );
    const { ask } = asking();
    const answer = await ask(server.url('/a#c'));
    expect(answer.redirect).toEqual({ url: server.url('/b#c'), keepOperation: true });
    expect(answer.text).toBe('ok');
  });

  it('that redirects to what is no URL is an error', async () => {
    const server = await scripted(
      answers('HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n'),
    );
    const { ask } = asking();
    const answer = await ask(server.url('/a'));
    expect(answer).toMatchObject({ redirect: undefined, error: { code: 'protocol-unknown' } });
  });
});

describe('a range', () => {
  it('is asked for and told', async () => {
    const server = await node();
    const { ask } = asking();
    const whole = await ask(server.url('/bytes/1000'));
    const range = { from: 100, to: 199, validator: whole.validator };
    const answer = await ask(server.url('/bytes/1000'), { attributes: { range } });
    expect(answer).toMatchObject({
      length: 100,
      range: { from: 100, to: 199, total: 1000 },
      validator: whole.validator,
    });
    expect(Buffer.compare(answer.body, patternBytes(100, 0, 100))).toBe(0);
    expect(server.requests[1]?.headers).toMatchObject({
      range: 'bytes=100-199',
      'if-range': whole.validator,
    });
  });

  it('is not there when the resource changed, or when the validator cannot be asked about', async () => {
    const server = await node();
    const { ask } = asking();
    for (const validator of ['"other"', 'opaque']) {
      const answer = await ask(server.url('/bytes/1000'), {
        attributes: { range: { from: 100, validator } },
      });
      expect(answer.range).toBeUndefined();
      expect(answer.length).toBe(1000);
    }
  });

  it.each([
    ['another place', 'Content-Range: bytes 5-7/10\r\nContent-Length: 3'],
    ['more than was asked for', 'Content-Range: bytes 3-9/10\r\nContent-Length: 7'],
    ['another length than it says', 'Content-Range: bytes 3-5/10\r\nContent-Length: 2'],
    ['an end beyond the whole', 'Content-Range: bytes 3-5/5\r\nContent-Length: 3'],
    ['an end before its start', 'Content-Range: bytes 3-2/10\r\nContent-Length: 0'],
    ['no place', 'Content-Length: 3'],
    ['a place that is none', 'Content-Range: bytes */10\r\nContent-Length: 3'],
    ['another unit', 'Content-Range: lines 3-5/10\r\nContent-Length: 3'],
    ['several parts', 'Content-Type: multipart/byteranges; boundary=a\r\nContent-Length: 3'],
  ])('that comes with %s is an error', async (_what, fields) => {
    const server = await scripted(answers(`HTTP/1.1 206 Part\r\n${fields}\r\n\r\nabcdefg`));
    const { ask } = asking();
    const failure = await failureOf(
      ask(server.url('/'), { attributes: { range: { from: 3, to: 5 } } }),
    );
    expect(failure.code).toBe('protocol-failure');
    await server.whenOpen(0);
  });

  it('that is shorter than asked for, and of unknown whole, is taken', async () => {
    const server = await scripted(
      answers('HTTP/1.1 206 Part\r\nContent-Range: bytes 3-4/*\r\nContent-Length: 2\r\n\r\nde'),
    );
    const { ask } = asking();
    const answer = await ask(server.url('/'), { attributes: { range: { from: 3, to: 5 } } });
    expect(answer.range).toEqual({ from: 3, to: 4, total: undefined });
  });

  it('is not asked for by HEAD', async () => {
    const server = await node();
    const { ask } = asking();
    await ask(server.url('/bytes/1000'), { operation: 'head', attributes: { range: { from: 3 } } });
    expect(server.requests[0]?.headers.range).toBeUndefined();
  });
});

describe('a server that does it wrong', () => {
  const half = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf';
  it.each([
    ['closes without a reply', [end()], 'remote-host-closed'],
    ['resets without a reply', [reset()], 'remote-host-closed'],
    [
      'closes in the middle of the head',
      [send('HTTP/1.1 200 OK\r\nA'), end()],
      'remote-host-closed',
    ],
    ['closes after its status line', [send('HTTP/1.1 200 OK\r\n'), end()], 'remote-host-closed'],
    ['sends text', [send('Hello World\r\n'), end()], 'protocol-failure'],
    ['sends a line end and closes', [send('\r\n'), end()], 'remote-host-closed'],
    ['sends text without a line end and stalls', [send('SSH-2.0'), stall()], 'protocol-failure'],
    [
      'sends a malformed field',
      [send('HTTP/1.1 200 OK\r\nA b\r\n\r\n'), stall()],
      'protocol-failure',
    ],
    [
      'sends a head without end',
      [send(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(200_000)}`), stall()],
      'protocol-failure',
    ],
    [
      'sends fields without end',
      [send(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(101)}`), stall()],
      'protocol-failure',
    ],
    [
      'sends both framings',
      [send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n'), stall()],
      'protocol-failure',
    ],
    [
      'sends interim replies without end',
      [send('HTTP/1.1 102 Wait\r\n\r\n'.repeat(33)), stall()],
      'protocol-failure',
    ],
    [
      'changes the protocol unasked',
      [send('HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n'), stall()],
      'protocol-failure',
    ],
    ['closes in the middle of a body', [send(half), end()], 'remote-host-closed'],
    ['resets in the middle of a body', [send(half), reset()], 'remote-host-closed'],
    [
      'sends a malformed chunk',
      [send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabX'), stall()],
      'protocol-failure',
    ],
    ['sends more than it says', [send(`${ok}k`), stall()], 'protocol-failure'],
    [
      'sends more than nothing',
      [send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nk'), stall()],
      'protocol-failure',
    ],
    [
      'sends another reply behind the last chunk',
      [
        send(
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 evil',
        ),
        stall(),
      ],
      'protocol-failure',
    ],
    [
      'sends more than it says, streaming',
      [send(`HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${'a'.repeat(70_001)}`), stall()],
      'protocol-failure',
    ],
    [
      'closes before the last chunk',
      [send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n'), end()],
      'remote-host-closed',
    ],
  ] as const)('and %s fails that request alone', async (_what, steps, code) => {
    const server = await scripted((connection) =>
      connection === 0 ? [receiveUntil(), ...steps] : answers(ok),
    );
    const { ask } = asking();
    const failure = await failureOf(ask(server.url('/')));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(`127.0.0.1:${server.port}`);
    await server.whenOpen(0);
    expect((await ask(server.url('/'))).text).toBe('ok');
    expect(server.accepted).toBe(2);
  });

  it('and tells of a body cut short after the bytes that came', async () => {
    const server = await scripted([receiveUntil(), send(half), end()]);
    const { start } = asking();
    const backend = start(server.url('/'));
    await backend.open();
    const view = await backend.readPointer();
    expect(Buffer.from(view).toString()).toBe('half');
    backend.advanceReadPointer(4);
    const failure = await failureOf(backend.readPointer());
    expect(failure).toMatchObject({ code: 'remote-host-closed', temporary: true });
    expect(failure.message).toContain('closed after 4 of 10 bytes');
    await backend.close();
  });

  it('byte by byte is understood all the same', async () => {
    const reply =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nT: u\r\n\r\n';
    const server = await scripted([receiveUntil(), dribble(reply), receiveUntil(), send(ok)]);
    const { ask } = asking();
    expect(await ask(server.url('/'))).toMatchObject({ text: 'ok', trailers: [['T', 'u']] });
    expect((await ask(server.url('/'))).text).toBe('ok');
    expect(server.accepted).toBe(1);
  });
});

describe('a connection is not used again', () => {
  it.each([
    [
      'after Connection: close',
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    ],
    [
      'after close among other options',
      'HTTP/1.1 200 OK\r\nConnection: a, Close\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['after HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['after bytes behind a reply without a body', 'HTTP/1.1 204 OK\r\n\r\nok'],
  ])('%s', async (_what, reply) => {
    const server = await scripted([receiveUntil(), send(reply)]);
    const { ask } = asking();
    await ask(server.url('/'));
    await server.whenOpen(0);
    await ask(server.url('/'));
    expect(server.accepted).toBe(2);
  });

  it('when the caller says Connection: close', async () => {
    const server = await scripted(answers(ok, ok));
    const { ask } = asking();
    await ask(server.url('/'), { headers: [['Connection', 'close']] });
    await server.whenOpen(0);
    expect(server.connections[0]?.text).toContain('Connection: close\r\n');
  });

  it('when the peer sent something while it was idle', async () => {
    let idle: (() => void) | undefined;
    const isIdle = new Promise<void>((resolve) => {
      idle = resolve;
    });
    const evil = 'HTTP/1.1 200 evil\r\nContent-Length: 0\r\n\r\n';
    const server = await scripted((connection) =>
      connection === 0 ? [receiveUntil(), send(ok), waitFor(isIdle), send(evil)] : answers(ok),
    );
    const { ask } = asking();
    await ask(server.url('/'));
    idle?.();
    await server.whenOpen(0);
    expect((await ask(server.url('/'))).status?.reason).toBe('OK');
  });

  it('but it is after HTTP/1.0 with keep-alive', async () => {
    const reply = 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok';
    const server = await scripted(answers(reply, reply));
    const { ask } = asking();
    await ask(server.url('/'));
    await ask(server.url('/'));
    expect(server.accepted).toBe(1);
  });
});

describe('a kept connection that the peer closes', () => {
  const closing = (connection: number): readonly Step[] =>
    connection === 0 ? [receiveUntil(), send(ok), receiveUntil(), end()] : answers(ok);

  it.each(['get', 'head', 'put', 'delete'] as const)(
    'is replaced once, for %s',
    async (operation) => {
      const head = operation === 'head' ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' : ok;
      const server = await scripted((connection) =>
        connection === 0 ? [receiveUntil(), send(ok), receiveUntil(), end()] : answers(head),
      );
      const { ask } = asking();
      await ask(server.url('/'));
      const answer = await ask(server.url('/'), { operation });
      expect(answer.status?.code).toBe(200);
      expect(answer.attributes?.connection?.reused).toBe(false);
      expect(server.accepted).toBe(2);
    },
  );

  it('is replaced after a reset, too', async () => {
    const server = await scripted((connection) =>
      connection === 0 ? [receiveUntil(), send(ok), receiveUntil(), reset()] : answers(ok),
    );
    const { ask } = asking();
    await ask(server.url('/'));
    expect((await ask(server.url('/'))).text).toBe('ok');
  });

  it('is not replaced a second time', async () => {
    const server = await scripted((connection) =>
      connection === 0
        ? [receiveUntil(), send(ok), receiveUntil(), end()]
        : [receiveUntil(), end()],
    );
    const { ask } = asking();
    await ask(server.url('/'));
    expect(await failureOf(ask(server.url('/')))).toMatchObject({ code: 'remote-host-closed' });
    expect(server.accepted).toBe(2);
  });

  it.each([
    ['post', { operation: 'post' }],
    ['a verb of the caller’s', { operation: 'custom', customVerb: 'MOVE' }],
  ] as const)('fails %s', async (_what, request) => {
    const server = await scripted(closing);
    const { ask } = asking();
    await ask(server.url('/'));
    const failure = await failureOf(ask(server.url('/'), request));
    expect(failure).toMatchObject({ code: 'remote-host-closed', temporary: true });
    expect(server.accepted).toBe(1);
  });

  it('fails when something of the reply had come', async () => {
    const server = await scripted((connection) =>
      connection === 0 ? [receiveUntil(), send(ok), receiveUntil(), send('H'), end()] : answers(ok),
    );
    const { ask } = asking();
    await ask(server.url('/'));
    expect(await failureOf(ask(server.url('/')))).toMatchObject({ code: 'remote-host-closed' });
  });

  it('is replaced for a put whose body can be read again, and fails one whose body cannot', async () => {
    const server = await scripted(closing);
    const { ask } = asking();
    await ask(server.url('/'));
    await ask(server.url('/'), { operation: 'put', upload: bytesUpload('abc') });
    expect(server.connections[1]?.text).toMatch(/\r\n\r\nabc$/);
    const again = await scripted(closing);
    await ask(again.url('/'));
    const upload = iterableUpload([Buffer.from('abc')], 3);
    const failure = await failureOf(ask(again.url('/'), { operation: 'put', upload }));
    expect(failure.code).toBe('remote-host-closed');
    expect(again.accepted).toBe(1);
  });

  it('is replaced for requests that come after it was seen to be closed, whatever they are', async () => {
    const server = await scripted((connection) =>
      connection === 0 ? [receiveUntil(), send(ok), end()] : answers(ok),
    );
    const { ask } = asking();
    await ask(server.url('/'));
    await server.whenOpen(0);
    const answer = await ask(server.url('/'), { operation: 'post' });
    expect(answer.text).toBe('ok');
  });
});

describe('closing early', () => {
  it('reads what little is left, which saves the connection', async () => {
    const server = await scripted([
      receiveUntil(),
      send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'),
      dribble('0123456789'),
      ...answers(ok),
    ]);
    const { start, ask } = asking();
    const backend = start(server.url('/'));
    await backend.open();
    await backend.close();
    expect((await ask(server.url('/'))).text).toBe('ok');
    expect(server.accepted).toBe(1);
  });

  it('closes the connection when much is left', async () => {
    const server = await node();
    const { start } = asking();
    const backend = start(server.url('/bytes/10000000'));
    await backend.open();
    await backend.close();
    await server.whenOpen(0);
    expect(server.open).toBe(0);
  });

  it('closes the connection when the little that is left does not come', async () => {
    const server = await node();
    const { HandClock } = await import('./fixtures/hand-clock.ts');
    const clock = new HandClock();
    const { start } = asking({ clock });
    const backend = start(server.url('/stall/1000'));
    await backend.open();
    const view = await backend.readPointer();
    backend.advanceReadPointer(view.length);
    const closed = backend.close();
    clock.advance(500);
    await closed;
    await server.whenOpen(0);
    expect(server.open).toBe(0);
  });

  it('rejects the read that waits, and closes the connection', async () => {
    const server = await node();
    const { start } = asking();
    const backend = start(server.url('/stall/1000'));
    await backend.open();
    const view = await backend.readPointer();
    backend.advanceReadPointer(view.length);
    const failure = failureOf(backend.readPointer());
    await backend.close();
    expect((await failure).code).toBe('operation-canceled');
    await server.whenOpen(0);
  });

  it('rejects an open that waits for the head, and closes the connection', async () => {
    const server = await node();
    const { start } = asking();
    const backend = start(server.url('/stall'));
    const failure = failureOf(backend.open());
    await server.request(0);
    await backend.close();
    expect((await failure).code).toBe('operation-canceled');
    await server.whenOpen(0);
  });

  it('before the connection is there leaves nothing open', async () => {
    const server = await scripted([stall()]);
    const { start } = asking();
    const backend = start(server.url('/'));
    const failure = failureOf(backend.open());
    await backend.close();
    expect((await failure).code).toBe('operation-canceled');
    await server.whenOpen(0);
  });

  it('at every turn of an exchange leaves nothing open', async () => {
    const server = await node();
    const { factory, start } = asking();
    for (let turns = 0; turns < 40; turns += 1) {
      const backend = start(server.url('/chunked/200000/1000'));
      const read = (async () => {
        await backend.open();
        await readBody(backend);
      })().catch(() => undefined);
      for (let turn = 0; turn < turns; turn += 1) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      await backend.close();
      await read;
    }
    await factory.clearConnections?.();
    await server.whenOpen(0);
    expect(server.open).toBe(0);
  });
});
