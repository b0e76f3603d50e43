import { bytesUpload, factoryUpload, iterableUpload, type Upload } from '@netaccess/core';
import {
  end,
  httpServer,
  patternBytes,
  patternChunks,
  patternHash,
  receive,
  receiveUntil,
  reset,
  scriptedServer,
  send,
  stall,
  stopReadingUntil,
  waitFor,
  type Echo,
  type ScriptedServer,
} from '@netaccess/test-servers';
import type { Connector } from '@netaccess/transport';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import { asking, failureOf, readBody } from './fixtures/asking.ts';
import { HandClock } from './fixtures/hand-clock.ts';

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

/** An upload that tells what became of it. */
function watched(
  views: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  length?: number,
): Upload & { returned: Promise<void> } {
  let left: (() => void) | undefined;
  const returned = new Promise<void>((resolve) => {
    left = resolve;
  });
  async function* each(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* views;
    } finally {
      left?.();
    }
  }
  return Object.assign(iterableUpload(each(), length), { returned });
}

/** Gives views for ever. */
function* endless(): Generator<Uint8Array, void> {
  for (;;) yield Buffer.alloc(65_536);
}

describe('an upload', () => {
  it.each([
    ['bytes', () => bytesUpload(patternBytes(100_000)), 100_000],
    ['no bytes', () => bytesUpload(''), 0],
    [
      'an iterable of a stated length',
      () => iterableUpload(patternChunks(3_000_000, 0, 100_001), 3_000_000),
      3_000_000,
    ],
  ])('of %s is sent with its length', async (_what, upload, length) => {
    const server = await node();
    const { ask } = asking();
    const { text } = await ask(server.url('/echo'), { operation: 'put', upload: upload() });
    const echo = JSON.parse(text) as Echo;
    expect(echo).toMatchObject({ method: 'PUT', length, sha256: patternHash(length) });
    expect(server.requests[0]?.headers).toMatchObject({ 'content-length': String(length) });
  });

  it.each([0, 1, 3_000_000])(
    'of %i bytes and no stated length is sent in chunks',
    async (length) => {
      const server = await node();
      const { ask } = asking();
      const upload = iterableUpload(patternChunks(length, 0, 99_999));
      const { text } = await ask(server.url('/echo'), { operation: 'post', upload });
      const echo = JSON.parse(text) as Echo;
      expect(echo).toMatchObject({ method: 'POST', length, sha256: patternHash(length) });
      expect(server.requests[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
      expect(server.requests[0]?.headers).not.toHaveProperty('content-length');
    },
  );

  it('goes with its head in one piece, framed by the book', async () => {
    const server = await scripted([receiveUntil('0\r\n\r\n'), send(ok)]);
    const { ask } = asking();
    const views = [Buffer.from('abc'), Buffer.alloc(0), Buffer.from('0123456789abcdef')];
    await ask(server.url('/'), { operation: 'post', upload: factoryUpload(() => views) });
    expect(server.connections[0]?.text.split('\r\n\r\n').slice(1).join('|')).toBe(
      '3\r\nabc\r\n10\r\n0123456789abcdef\r\n0|',
    );
  });

  it('is chunked when the caller says so, and has the length that the caller knows', async () => {
    const server = await node();
    const { ask } = asking();
    await ask(server.url('/echo'), {
      operation: 'post',
      upload: bytesUpload('abc'),
      headers: [['Transfer-Encoding', 'Chunked']],
    });
    expect(server.requests[0]?.headers).toMatchObject({
      'transfer-encoding': 'chunked',
    });
    await ask(server.url('/echo'), {
      operation: 'post',
      upload: factoryUpload(() => [Buffer.from('abc')]),
      headers: [['content-length', '3']],
    });
    expect(server.requests[1]?.headers).toMatchObject({ 'content-length': '3' });
  });

  it('may go with GET, HEAD and DELETE', async () => {
    const server = await node();
    const { ask } = asking();
    const { text } = await ask(server.url('/echo'), { upload: bytesUpload('abc') });
    expect(JSON.parse(text)).toMatchObject({ method: 'GET', length: 3 });
    expect(
      (await ask(server.url('/echo'), { operation: 'delete', upload: bytesUpload('abc') })).status
        ?.code,
    ).toBe(200);
  });

  it('lends each view until it asks for the next, though the peer reads late', async () => {
    const length = 4_000_000;
    let wake: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const memory = new Uint8Array(500_000);
    async function* reusing(): AsyncGenerator<Uint8Array, void> {
      for (let at = 0; at < length; at += memory.length) {
        memory.set(patternBytes(memory.length, 0, at));
        if (at === 1_500_000) wake?.();
        yield memory;
        memory.fill(0xee);
      }
    }
    const server = await scripted([
      receiveUntil(),
      stopReadingUntil(late),
      receive(length),
      send(ok),
    ]);
    const { ask } = asking();
    const asked = ask(server.url('/'), {
      operation: 'put',
      upload: iterableUpload(reusing(), length),
      attributes: { expectContinue: false },
    });
    setImmediate(() => wake?.());
    await asked;
    const sent = server.connections[0]?.received.subarray(-length) ?? new Uint8Array(0);
    expect(Buffer.compare(sent, patternBytes(length))).toBe(0);
  });

  it.each([
    ['shorter', 4, 'ended after 3 bytes'],
    ['longer', 2, 'gave 3 bytes'],
  ])(
    'that is %s than it says fails, and the connection is closed',
    async (_what, length, message) => {
      const server = await scripted([stall()]);
      const { ask } = asking();
      // Core's own uploads count for themselves; another maker's may not.
      const upload: Upload = {
        length,
        resettable: false,
        opened: false,
        open: () => [Buffer.from('abc')],
      };
      const failure = await failureOf(ask(server.url('/'), { operation: 'put', upload }));
      expect(failure).toMatchObject({ code: 'protocol-invalid-operation' });
      expect(failure.message).toContain(message);
      await server.whenOpen(0);
      expect(server.connections[0]?.text).not.toContain('abcd');
    },
  );

  it('that fails is the cause, and the connection is closed', async () => {
    const server = await scripted([stall()]);
    const { ask } = asking();
    async function* failing(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('abc');
      throw new Error('no more');
    }
    const failure = await failureOf(
      ask(server.url('/'), {
        operation: 'put',
        upload: iterableUpload(failing()),
        attributes: { expectContinue: false },
      }),
    );
    expect(failure.message).toBe('no more');
    await server.whenOpen(0);
  });

  it('does not keep its head waiting', async () => {
    const server = await scripted([
      receiveUntil(),
      send('HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno'),
    ]);
    const { ask } = asking();
    const upload: Upload = {
      resettable: true,
      opened: false,
      open: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
      }),
    };
    expect((await ask(server.url('/'), { operation: 'post', upload })).status?.code).toBe(413);
  });
});

describe('a final reply that comes during the upload', () => {
  it('is read at once when it refuses, and the upload is left', async () => {
    const server = await scripted([
      receiveUntil(),
      receive(100_000),
      send('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno'),
      stall(),
    ]);
    const { ask } = asking();
    const upload = watched(endless());
    const answer = await ask(server.url('/'), {
      operation: 'post',
      upload,
      attributes: { expectContinue: false },
    });
    expect(answer).toMatchObject({ text: 'no', status: { code: 413 } });
    await upload.returned;
    await server.whenOpen(0);
  });

  it('is read at once though the peer takes no more of the upload', async () => {
    let wake: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const server = await scripted([
      receiveUntil(),
      send('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno'),
      stopReadingUntil(late),
    ]);
    const { ask } = asking();
    const upload = watched(endless(), 1e12);
    const answer = await ask(server.url('/'), {
      operation: 'put',
      upload,
      attributes: { expectContinue: false },
    });
    expect(answer.status?.code).toBe(401);
    await upload.returned;
    wake?.();
    await server.whenOpen(0);
  });

  it('can be an echo of what is still being sent', async () => {
    let more: (() => void) | undefined;
    const seen = new Promise<void>((resolve) => {
      more = resolve;
    });
    async function* conversation(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('first');
      await seen;
      yield Buffer.from('second');
    }
    const server = await scripted([
      receiveUntil('first'),
      send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n'),
      receiveUntil('0\r\n\r\n'),
      send('6\r\nsecond\r\n0\r\n\r\n'),
      receiveUntil(),
      send(ok),
    ]);
    const { start, ask } = asking();
    const backend = start(server.url('/'), {
      operation: 'post',
      upload: iterableUpload(conversation()),
      attributes: { expectContinue: false },
    });
    await backend.open();
    const view = await backend.readPointer();
    expect(Buffer.from(view).toString()).toBe('first');
    backend.advanceReadPointer(5);
    more?.();
    expect(Buffer.from(await readBody(backend)).toString()).toBe('second');
    await backend.close();
    expect((await ask(server.url('/'))).text).toBe('ok');
    expect(server.accepted).toBe(1);
  });

  it('and is a whole success ends the upload, too', async () => {
    const server = await scripted([receiveUntil(), send(ok), stall()]);
    const { ask } = asking();
    const upload = watched(endless());
    expect(
      (
        await ask(server.url('/'), {
          operation: 'post',
          upload,
          attributes: { expectContinue: false },
        })
      ).text,
    ).toBe('ok');
    await upload.returned;
    await server.whenOpen(0);
  });

  it('is not lost when the peer closes behind it', async () => {
    const server = await scripted([
      receiveUntil(),
      send('HTTP/1.1 400 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno'),
      end(),
    ]);
    const { ask } = asking();
    const upload = watched(endless());
    const answer = await ask(server.url('/'), {
      operation: 'post',
      upload,
      attributes: { expectContinue: false },
    });
    expect(answer).toMatchObject({ text: 'no', status: { code: 400 } });
    await upload.returned;
  });
});

describe('an upload that is broken off', () => {
  it.each([
    ['a reset', reset()],
    ['an end', end()],
  ])('by %s is an error, and is left', async (_what, step) => {
    const server = await scripted([receiveUntil(), receive(100_000), step]);
    const { ask } = asking();
    const upload = watched(endless());
    const failure = await failureOf(
      ask(server.url('/'), { operation: 'put', upload, attributes: { expectContinue: false } }),
    );
    expect(failure.code).toBe('remote-host-closed');
    await upload.returned;
    await server.whenOpen(0);
  });

  it('by close is left, and nothing stays open', async () => {
    const server = await scripted([receiveUntil(), stall()]);
    const { start } = asking();
    const upload = watched(endless());
    const backend = start(server.url('/'), {
      operation: 'put',
      upload,
      attributes: { expectContinue: false },
    });
    const failure = failureOf(backend.open());
    const peer = await server.connection(0);
    while (peer.received.length < 100_000) await new Promise(setImmediate);
    await backend.close();
    expect((await failure).code).toBe('operation-canceled');
    await upload.returned;
    await server.whenOpen(0);
  });
});

describe('asking before sending', () => {
  const asks = { operation: 'put', attributes: { expectContinue: true } } as const;

  it('waits for the invitation', async () => {
    let invite: (() => void) | undefined;
    const invited = new Promise<void>((resolve) => {
      invite = resolve;
    });
    const server = await scripted([
      receiveUntil(),
      waitFor(invited),
      send('HTTP/1.1 100 Continue\r\n\r\n'),
      receiveUntil('abc'),
      send(ok),
    ]);
    const { ask } = asking({ clock: new HandClock() });
    const upload = bytesUpload('abc');
    const asked = ask(server.url('/'), { ...asks, upload });
    const peer = await server.connection(0);
    while (!peer.text.includes('\r\n\r\n')) await new Promise(setImmediate);
    expect(peer.text).toContain('Expect: 100-continue\r\n');
    expect(upload.opened).toBe(false);
    invite?.();
    expect((await asked).text).toBe('ok');
  });

  it('does not wait for ever', async () => {
    const server = await scripted([receiveUntil(), receiveUntil('abc'), send(ok)]);
    const clock = new HandClock();
    const { ask } = asking({ clock });
    const asked = ask(server.url('/'), { ...asks, upload: bytesUpload('abc') });
    const peer = await server.connection(0);
    while (!peer.text.includes('\r\n\r\n')) await new Promise(setImmediate);
    clock.advance(1000);
    expect((await asked).text).toBe('ok');
  });

  it('leaves the upload unread when the answer is final', async () => {
    const server = await scripted([
      receiveUntil(),
      send('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno'),
    ]);
    const { ask } = asking();
    const upload = iterableUpload(endless());
    const answer = await ask(server.url('/'), { operation: 'put', upload });
    expect(answer.status?.code).toBe(401);
    expect(upload.opened).toBe(false);
    await server.whenOpen(0);
  });

  it('is given up for a peer that does not want to be asked', async () => {
    const server = await scripted((connection) =>
      connection === 0
        ? [receiveUntil(), send('HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n')]
        : [receiveUntil('abc'), send(ok)],
    );
    const { ask } = asking();
    const answer = await ask(server.url('/'), {
      ...asks,
      upload: iterableUpload([Buffer.from('abc')], 3),
    });
    expect(answer.text).toBe('ok');
    expect(server.connections[1]?.text).not.toContain('Expect');
  });

  it.each([
    [
      'a small one that can be sent only once',
      () => iterableUpload([Buffer.from('abc')], 3),
      false,
    ],
    [
      'a large one that can be sent only once',
      () => iterableUpload(patternChunks(1_048_576), 1_048_576),
      true,
    ],
    [
      'one of unknown length that can be sent only once',
      () => iterableUpload([Buffer.from('abc')]),
      true,
    ],
    ['a large one that can be sent again', () => bytesUpload(patternBytes(2_000_000)), false],
    ['an empty one', () => iterableUpload([], 0), false],
  ])('by default, of %s: %s', async (_what, upload, asksFirst) => {
    const server = await node();
    const { ask } = asking();
    await ask(server.url('/echo'), { operation: 'put', upload: upload() });
    expect(server.requests[0]?.headers.expect !== undefined).toBe(asksFirst);
  });

  it('is done when the caller’s headers say so, and not when the attribute says no', async () => {
    const server = await node();
    const { ask } = asking();
    await ask(server.url('/echo'), {
      operation: 'put',
      upload: bytesUpload('a'),
      headers: [['expect', '100-Continue']],
    });
    expect(server.requests[0]?.headers).toMatchObject({ expect: '100-continue' });
    const upload = iterableUpload([Buffer.from('abc')]);
    await ask(server.url('/echo'), {
      operation: 'put',
      upload,
      attributes: { expectContinue: false },
    });
    expect(server.requests[1]?.headers).not.toHaveProperty('expect');
  });
});

describe('a source that fails while the head is being written', () => {
  it.each([
    ['that is written', true],
    ['that is not', false],
  ])(
    'is heard, and rejects nothing that nobody hears, beside a head %s',
    async (_what, written) => {
      const unheard: unknown[] = [];
      const hear = (reason: unknown): void => void unheard.push(reason);
      process.on('unhandledRejection', hear);
      onTestFinished(() => void process.off('unhandledRejection', hear));
      const server = await scripted([stall()]);
      const tcp = tcpConnector();
      const turn = (): Promise<void> => new Promise(setImmediate);
      const connector: Connector = {
        async connect(target, options) {
          const channel = await tcp.connect(target, options);
          const write = channel.write.bind(channel);
          // As that of a secured channel, which has to wait for its own work.
          channel.write = async (...views) => {
            await turn();
            if (!written) throw new Error('the way is lost');
            return write(...views);
          };
          return channel;
        },
      };
      const views: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({
          next: () => (written ? turn().then(fail) : turn().then(turn).then(fail)),
        }),
      };
      const fail = (): never => {
        throw new Error('the disk is gone');
      };
      const { start } = asking({}, { resources: { connector } });
      const backend = start(server.url('/'), {
        operation: 'put',
        upload: iterableUpload(views, 10),
      });
      const opened = failureOf(backend.open());
      for (let turns = 0; turns < 10; turns += 1) await turn();
      await backend.close();
      expect((await opened).message).toMatch(written ? 'the disk is gone' : 'closed');
      expect(unheard).toEqual([]);
    },
  );
});
