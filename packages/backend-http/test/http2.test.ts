import { Http2ServerResponse } from 'node:http2';

import { bytesUpload, iterableUpload, type ReplyHead } from '@netaccess/core';
import {
  certificates,
  httpServer,
  patternBytes,
  patternChunks,
  patternHash,
  type Echo,
  type HttpServer,
  type HttpServerOptions,
} from '@netaccess/test-servers';
import { tcpConnector } from '@netaccess/transport/node';
import { describe, expect, it, onTestFinished } from 'vitest';

import type { HttpOptions } from '../src/index.ts';
import {
  asking,
  failureOf,
  readAll,
  readBody,
  requestFor,
  type Asking,
} from './fixtures/asking.ts';
import { HandClock } from './fixtures/hand-clock.ts';
import {
  DATA,
  firstRequest,
  GOAWAY,
  HEADERS,
  http2Server,
  PING,
  RST_STREAM,
} from './fixtures/http2-peer.ts';
import { NodeTls } from './fixtures/node-tls.ts';
import {
  ACK,
  data,
  END_STREAM,
  goaway,
  head,
  ping,
  reset,
  settings,
  trailers,
  windowUpdate,
} from './h2/fixtures/frames.ts';

const REFUSED_STREAM = 7;
const CANCEL = 8;
const HTTP_1_1_REQUIRED = 13;
const CONCURRENT_STREAMS = 3;
const WINDOW_BYTES = 4;

async function serve(options: HttpServerOptions = {}): Promise<HttpServer> {
  const server = await httpServer({ http2: {}, ...options });
  onTestFinished(() => server.close());
  return server;
}

function directly(options: HttpOptions = {}): Asking {
  return asking({ http2Direct: true, ...options });
}

/** Lets everything happen that needs no more than the loop to turn. */
async function settled(until: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5000 && !until(); turn += 1) await new Promise(setImmediate);
  expect(until()).toBe(true);
}

/** An upload that gives views as it is told, and says whether it was left. */
function pushedUpload(): {
  readonly upload: ReturnType<typeof iterableUpload>;
  readonly push: (view: Uint8Array | undefined) => void;
  readonly left: () => boolean;
} {
  const queue: (Uint8Array | undefined)[] = [];
  let wake: (() => void) | undefined;
  let left = false;
  async function* views(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        while (queue.length === 0)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        const view = queue.shift();
        if (view === undefined) return;
        yield view;
      }
    } finally {
      left = true;
    }
  }
  return {
    upload: iterableUpload(views()),
    push(view) {
      queue.push(view);
      wake?.();
    },
    left: () => left,
  };
}

/** Ends the stream of a reply of Node's HTTP/2 server. */
function refuse(reply: object): void {
  if (reply instanceof Http2ServerResponse) reply.stream.close(HTTP_1_1_REQUIRED);
}

describe('an exchange over HTTP/2', () => {
  it('sends the head as HTTP/2 wants it', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
    });
    const { ask } = directly();
    await ask(server.url('/path?query#fragment'), {
      operation: 'custom',
      customVerb: 'REPORT',
      headers: [
        ['X-Own', ' yes '],
        ['TE', 'trailers'],
        ['Host', 'other.test'],
        ['Connection', 'keep-alive'],
      ],
      attributes: { priority: 'high' },
    });
    expect(firstRequest((await server.connection(0)).received)).toEqual([
      ':method: REPORT',
      ':scheme: http',
      ':authority: other.test',
      ':path: /path?query',
      'user-agent: netaccess/1',
      'accept: */*',
      'x-own: yes',
      'te: trailers',
      'priority: u=1',
    ]);
  });

  it('gets head, body, trailers and interim replies', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(head(stream, 103, [['link', '</a>']]), head(stream, 200, [['x-a', '1']]));
      await peer.send(data(stream, 'one '), data(stream, 'two'), trailers(stream, [['x-b', '2']]));
    });
    const { ask } = directly();
    const interim: unknown[] = [];
    const answer = await ask(server.url('/'), {
      attributes: { onInterim: (status, headers) => interim.push([status, headers]) },
    });
    expect(answer).toMatchObject({
      status: { code: 200, reason: '' },
      headers: [['x-a', '1']],
      text: 'one two',
      trailers: [['x-b', '2']],
    });
    expect(interim).toEqual([[103, [['link', '</a>']]]]);
  });

  it('fails alone by what the caller throws at an interim reply', async () => {
    const server = await serve();
    const { ask } = directly();
    const boom = new Error('boom');
    const throwing = {
      onInterim: (): void => {
        throw boom;
      },
    };
    const other = ask(server.url('/bytes/10'));
    const failed = failureOf(ask(server.url('/informational/103'), { attributes: throwing }));
    expect((await failed).message).toBe('boom');
    expect((await other).body).toHaveLength(10);
    expect(server.open).toBe(1);
  });

  it('knows the length of a reply that came whole, and has none after HEAD and 304', async () => {
    const server = await serve();
    const { ask } = directly();
    expect(await ask(server.url('/bytes/10'), { operation: 'head' })).toMatchObject({ length: 0 });
    expect(await ask(server.url('/status/304'))).toMatchObject({ length: 0, text: '' });
    expect(await ask(server.url('/status/200'))).toMatchObject({ text: 'status 200' });
  });

  it('takes ranges', async () => {
    const server = await serve();
    const { ask } = directly();
    const answer = await ask(server.url('/bytes/1000'), {
      attributes: { range: { from: 10, to: 19 } },
    });
    expect(answer.range).toEqual({ from: 10, to: 19, total: 1000 });
    expect(Buffer.from(answer.body)).toEqual(Buffer.from(patternBytes(1000)).subarray(10, 20));
  });

  it('fails by a range that nobody asked for, alone', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(head(stream, 206, [['content-range', 'bytes 5-6/9']]), data(stream, 'xx'));
      expect((await peer.next(RST_STREAM)).streamId).toBe(stream);
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
    });
    const { ask } = directly();
    const range = { from: 0, to: 1 };
    expect((await failureOf(ask(server.url('/'), { attributes: { range } }))).code).toBe(
      'protocol-failure',
    );
    expect((await ask(server.url('/'))).status?.code).toBe(204);
  });

  it('carries large bodies both ways at once', async () => {
    const server = await serve();
    const { ask } = directly();
    const sizes = [1_000_000, 2_000_000, 3_000_000];
    const echoes = sizes.map(async (size) => {
      const upload = iterableUpload(patternChunks(size, 0, 99_999));
      const { text } = await ask(server.url('/echo'), { operation: 'put', upload });
      expect(JSON.parse(text) as Echo).toMatchObject({ length: size, sha256: patternHash(size) });
    });
    const downloads = sizes.map(async (size) => {
      const { body } = await ask(server.url(`/bytes/${size}`));
      expect(Buffer.from(body).equals(patternBytes(size))).toBe(true);
    });
    await Promise.all([...echoes, ...downloads]);
    expect(server.accepted).toBe(1);
  });

  it('says the length of its upload, and 0 where a body is expected', async () => {
    const server = await serve();
    const { ask } = directly();
    const lengthOf = async (request: Parameters<Asking['ask']>[1]): Promise<string | undefined> => {
      const { rawHeaders } = JSON.parse((await ask(server.url('/echo'), request)).text) as Echo;
      const at = rawHeaders.indexOf('content-length');
      return at === -1 ? undefined : rawHeaders[at + 1];
    };
    expect(await lengthOf({ operation: 'post', upload: bytesUpload('four') })).toBe('4');
    expect(await lengthOf({ operation: 'post' })).toBe('0');
    expect(await lengthOf({})).toBe(undefined);
    const upload = iterableUpload(patternChunks(10));
    expect(await lengthOf({ operation: 'post', upload })).toBe(undefined);
  });

  it('has an upload that is not as long as announced fail alone', async () => {
    const server = await serve();
    const { ask } = directly();
    for (const length of [5, 20]) {
      const upload = iterableUpload(patternChunks(10), length);
      const failure = await failureOf(ask(server.url('/echo'), { operation: 'put', upload }));
      expect(failure).toMatchObject({ code: 'protocol-invalid-operation' });
    }
    expect((await ask(server.url('/bytes/1'))).body).toHaveLength(1);
    expect(server.accepted).toBe(1);
  });

  it('asks the upload for a view only when the last one was sent', async () => {
    let open: (() => void) | undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const server = await http2Server(async (peer) => {
      await peer.begin([WINDOW_BYTES, 4]);
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
      const stream = await peer.request();
      expect((await peer.next(DATA)).content).toHaveLength(4);
      await opened;
      await peer.send(windowUpdate(stream, 100));
      expect(String((await peer.next(DATA)).content)).toBe('56');
      expect(String((await peer.next(DATA)).content)).toBe('789');
      await peer.send(head(stream, 204, [], END_STREAM));
    });
    const { ask } = directly();
    let asked = 0;
    function* views(): Generator<Uint8Array> {
      for (const text of ['123456', '789']) {
        asked += 1;
        yield Buffer.from(text);
      }
    }
    // The peer's settings have to be known before the first frame.
    await ask(server.url('/'));
    const upload = iterableUpload(views(), 9);
    const answer = ask(server.url('/'), {
      operation: 'put',
      upload,
      attributes: { expectContinue: false },
    });
    await settled(() => asked > 0);
    await settled(() => server.connections[0]?.text.endsWith('1234') === true);
    expect(asked).toBe(1);
    open?.();
    expect((await answer).status?.code).toBe(204);
    expect(asked).toBe(2);
  });

  it('waits with the body until the peer wants it, and drops it when it does not', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const first = await peer.request();
      await peer.send(head(first, 100));
      expect(String((await peer.next(DATA)).content)).toBe('body');
      await peer.send(head(first, 204, [], END_STREAM));
      const second = await peer.request();
      await peer.send(head(second, 401, [], END_STREAM));
      expect((await peer.next(RST_STREAM)).streamId).toBe(second);
    });
    const { ask } = directly();
    const attributes = { expectContinue: true };
    const put = (): ReturnType<Asking['ask']> =>
      ask(server.url('/'), { operation: 'put', upload: bytesUpload('body'), attributes });
    expect((await put()).status?.code).toBe(204);
    expect((await put()).status?.code).toBe(401);
    const peer = await server.connection(0);
    await peer.played;
    expect(peer.failure).toBe(undefined);
  });

  it('leaves an upload whose reply is a refusal', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.next(DATA);
      await peer.send(head(stream, 413, [], END_STREAM));
      expect((await peer.next(RST_STREAM)).content.readUInt32BE(0)).toBe(0);
    });
    const { ask } = directly();
    const { upload, push, left } = pushedUpload();
    push(Buffer.from('first'));
    const attributes = { expectContinue: false };
    const answer = await ask(server.url('/'), { operation: 'put', upload, attributes });
    expect(answer).toMatchObject({ status: { code: 413 }, error: { code: 'unknown-content' } });
    push(Buffer.from('second'));
    await settled(left);
  });

  it('reads a reply that comes while its upload is going on', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(head(stream, 200));
      for (let count = 0; count < 3; count += 1)
        await peer.send(data(stream, (await peer.next(DATA)).content));
      const last = await peer.next(DATA);
      expect(last.flags & END_STREAM).toBe(END_STREAM);
      await peer.send(data(stream, '', END_STREAM));
    });
    const { start } = directly();
    const { upload, push } = pushedUpload();
    const attributes = { expectContinue: false };
    const backend = start(server.url('/'), { operation: 'put', upload, attributes });
    await backend.open();
    const heard: string[] = [];
    for (const text of ['a', 'b', 'c']) {
      push(Buffer.from(text));
      const view = await backend.readPointer();
      heard.push(Buffer.from(view).toString());
      backend.advanceReadPointer(view.length);
    }
    push(undefined);
    expect(await readBody(backend)).toHaveLength(0);
    await backend.close();
    expect(heard).toEqual(['a', 'b', 'c']);
  });

  it('is closed early by resetting its stream alone', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const [left, kept] = [await peer.request(), await peer.request()];
      await peer.send(head(left, 200), data(left, 'x'), head(kept, 200), data(kept, 'some'));
      const { streamId, content } = await peer.next(RST_STREAM);
      expect([streamId, content.readUInt32BE(0)]).toEqual([left, CANCEL]);
      // What was under way is nobody's any more.
      await peer.send(data(left, 'late'), data(left, '', END_STREAM));
      await peer.send(data(kept, ' more', END_STREAM));
    });
    const { start, ask } = directly();
    const backend = start(server.url('/'));
    const [opened, other] = [backend.open(), ask(server.url('/'))];
    await opened;
    await backend.readPointer();
    await backend.close();
    expect((await other).text).toBe('some more');
    const peer = await server.connection(0);
    await peer.played;
    expect(peer.failure).toBe(undefined);
  });

  it('is given up before its head, and what waits for it rejects', async () => {
    const server = await serve();
    const { start, ask } = directly();
    const backend = start(server.url('/stall'));
    const opened = failureOf(backend.open());
    await server.request(0);
    await backend.close();
    expect(await opened).toMatchObject({ code: 'operation-canceled' });
    const second = start(server.url('/stall/10'));
    await second.open();
    await second.readPointer();
    second.advanceReadPointer(10);
    const read = failureOf(second.readPointer());
    await second.close();
    expect(await read).toMatchObject({ code: 'operation-canceled' });
    expect((await ask(server.url('/bytes/3'))).body).toHaveLength(3);
    expect(server.accepted).toBe(1);
  });

  it('fails when the peer resets it, and says who and why', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(head(stream, 200), data(stream, 'part'), reset(stream, 2));
    });
    const failure = await failureOf(directly().ask(server.url('/')));
    expect(failure.code).toBe('internal-server');
    expect(failure.message).toContain(server.url().host);
    expect(failure.message).toContain('INTERNAL_ERROR');
  });

  it('fails when its body is not as long as declared', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(
        head(stream, 200, [['content-length', '9']]),
        data(stream, 'four', END_STREAM),
      );
    });
    expect(await failureOf(directly().ask(server.url('/')))).toMatchObject({
      code: 'protocol-failure',
    });
  });
});

describe('a reader that sleeps', () => {
  it('with a view in its hands stops nobody, and its view stays what it was', async () => {
    const server = await serve();
    const { start, ask } = directly();
    const sleeper = start(server.url('/bytes/3000000'));
    await sleeper.open();
    const view = await sleeper.readPointer();
    const copy = Buffer.from(view);
    const other = await ask(server.url('/bytes/2000000?seed=3'));
    expect(Buffer.from(other.body).equals(patternBytes(2_000_000, 3))).toBe(true);
    expect(Buffer.from(view).equals(copy)).toBe(true);
    const rest = await readBody(sleeper);
    await sleeper.close();
    expect(Buffer.from(rest).equals(patternBytes(3_000_000))).toBe(true);
  });

  it('is no hindrance for a lively one, not even a hundred of them', async () => {
    const server = await serve({ http2: { maxConcurrentStreams: 200 } });
    const { start, ask } = directly({ http2: { connectionBytes: 8 * 1024 * 1024 } });
    const sleepers = Array.from({ length: 100 }, () => start(server.url('/bytes/70000')));
    await Promise.all(sleepers.map(async (backend) => backend.open()));
    const lively = await ask(server.url('/bytes/1000000?seed=1'));
    expect(Buffer.from(lively.body).equals(patternBytes(1_000_000, 1))).toBe(true);
    const bodies = await Promise.all(sleepers.map((backend) => readBody(backend)));
    expect(bodies.every((body) => Buffer.from(body).equals(patternBytes(70_000)))).toBe(true);
    await Promise.all(sleepers.map((backend) => backend.close()));
    expect(server.accepted).toBe(1);
  });

  it('that leaves with unread bytes gives back what they held', async () => {
    const server = await serve();
    const { start, ask } = directly({ http2: { connectionBytes: 65_535 } });
    for (let round = 0; round < 10; round += 1) {
      const backend = start(server.url('/bytes/60000'));
      await backend.open();
      await backend.close();
    }
    expect((await ask(server.url('/bytes/200000'))).body).toHaveLength(200_000);
    expect(server.accepted).toBe(1);
  });
});

describe('a connection that is shared', () => {
  it('carries as many requests at once as the peer allows; the others wait by priority', async () => {
    const order: string[] = [];
    const held: (() => void)[] = [];
    const server = await serve({
      http2: { maxConcurrentStreams: 2 },
      routes: {
        hold({ reply, parts: [name = ''] }) {
          order.push(name);
          held.push(() => reply.end(name));
        },
      },
    });
    const { ask, start } = directly();
    await ask(server.url('/bytes/1'));
    const first = ['a', 'b'].map((name) => ask(server.url(`/hold/${name}`)));
    await settled(() => order.length === 2);
    const waiting = start(server.url('/hold/low'), { attributes: { priority: 'low' } });
    const low = readAll(waiting);
    const rest = [
      ask(server.url('/hold/normal')),
      ask(server.url('/hold/high'), { attributes: { priority: 'high' } }),
    ];
    await new Promise(setImmediate);
    expect(waiting.waiting).toBe(true);
    for (let count = 0; count < 5; count += 1) {
      await settled(() => held.length > 0);
      held.shift()?.();
    }
    await Promise.all([...first, ...rest, low]);
    expect(order.slice(2)).toEqual(['high', 'normal', 'low']);
    expect(server.accepted).toBe(1);
  });

  it('has a second one beside it only where the options say so', async () => {
    const held: (() => void)[] = [];
    const server = await serve({
      http2: { maxConcurrentStreams: 1 },
      routes: { hold: ({ reply }) => void held.push(() => reply.end('x')) },
    });
    const { ask } = directly({ http2: { connections: 2 } });
    await ask(server.url('/bytes/1'));
    const answers = [1, 2, 3].map(() => ask(server.url('/hold')));
    await settled(() => held.length === 2);
    expect(server.accepted).toBe(2);
    held.shift()?.();
    await settled(() => held.length === 2);
    for (const go of held.splice(0)) go();
    await Promise.all(answers);
    expect(server.accepted).toBe(2);
  });

  it('has one more beside it for a request that feeds on another', async () => {
    const held: (() => void)[] = [];
    const server = await serve({
      http2: { maxConcurrentStreams: 1 },
      routes: { hold: ({ reply }) => void held.push(() => reply.end('x')) },
    });
    const { ask } = directly();
    await ask(server.url('/bytes/1'));
    const source = ask(server.url('/hold'));
    await settled(() => held.length === 1);
    const feeding = await ask(server.url('/echo'), {
      operation: 'put',
      upload: bytesUpload('1'),
      attributes: { mayExceedPool: true },
    });
    expect(feeding.status?.code).toBe(200);
    held.shift()?.();
    await source;
    // What was only opened for it is not kept.
    await server.whenOpen(1);
  });

  it('to a peer that allows no request at all is no reason to wait for ever', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin([CONCURRENT_STREAMS, 0]);
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
      await peer.peer.ended;
    });
    const { start, ask } = directly();
    await ask(server.url('/'));
    const backend = start(server.url('/'));
    const failure = failureOf(backend.open());
    await new Promise(setImmediate);
    expect(backend.waiting).toBe(false);
    await backend.close();
    expect(await failure).toMatchObject({ code: 'operation-canceled' });
  });

  it('survives storms of requests that are given up', async () => {
    const server = await serve();
    const { start, ask } = directly();
    await ask(server.url('/bytes/1'));
    for (let storm = 0; storm < 5; storm += 1) {
      const ends = Array.from({ length: 90 }, async (_, index) => {
        const stalls = index % 3 === 0;
        const backend = start(server.url(stalls ? '/stall' : '/bytes/20000'));
        const opened = Promise.resolve(backend.open()).catch(() => undefined);
        for (let turn = 0; turn < index % 4; turn += 1) await new Promise(setImmediate);
        if (!stalls && index % 5 === 0) await opened;
        await backend.close();
        await opened;
      });
      await Promise.all(ends);
    }
    expect((await ask(server.url('/bytes/100000'))).body).toHaveLength(100_000);
    expect(server.accepted).toBe(1);
  });

  it('is closed when it was idle for its time, with a goodbye', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      for (let count = 0; count < 2; count += 1)
        await peer.send(head(await peer.request(), 204, [], END_STREAM));
      await peer.next(GOAWAY);
      await peer.peer.ended;
    });
    const clock = new HandClock();
    const { ask } = directly({ clock });
    await ask(server.url('/'));
    clock.advance(119_999);
    await ask(server.url('/'), { attributes: { connectionIdleExpiry: 5000 } });
    expect(server.accepted).toBe(1);
    clock.advance(5000);
    await server.whenOpen(0);
    const peer = await server.connection(0);
    await peer.played;
    expect(peer.failure).toBe(undefined);
    expect(clock.alarms).toBe(0);
  });

  it('answers pings while it is idle', async () => {
    let pinged: (() => void) | undefined;
    const answered = new Promise<void>((resolve) => {
      pinged = resolve;
    });
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
      await peer.send(ping('12345678'));
      const frame = await peer.next(PING);
      expect([frame.flags, String(frame.content)]).toEqual([ACK, '12345678']);
      pinged?.();
    });
    await directly().ask(server.url('/'));
    await answered;
  });

  it('is closed after a request that wants it closed, when the others on it are done', async () => {
    const server = await serve();
    const { ask, start } = directly();
    const long = start(server.url('/bytes/500000'));
    await long.open();
    await ask(server.url('/bytes/1'), { headers: [['Connection', 'close']] });
    expect((await ask(server.url('/bytes/1'))).attributes?.connection?.id).toBe(2);
    expect(await readBody(long)).toHaveLength(500_000);
    await long.close();
    await server.whenOpen(1);
  });

  it('is left by clearConnections when what is under way is done', async () => {
    const server = await serve();
    const { ask, start, factory } = directly();
    const long = start(server.url('/bytes/500000'));
    await long.open();
    await factory.clearConnections?.();
    expect((await ask(server.url('/bytes/1'))).attributes?.connection?.id).toBe(2);
    expect(await readBody(long)).toHaveLength(500_000);
    await long.close();
    await server.whenOpen(1);
    await factory.clearConnections?.();
    await server.whenOpen(0);
  });

  it('is closed with everything on it by close of the factory', async () => {
    const server = await serve();
    const { start, factory } = directly();
    const opening = start(server.url('/stall'));
    const opened = failureOf(opening.open());
    const reading = start(server.url('/stall/10'));
    await reading.open();
    await reading.readPointer();
    reading.advanceReadPointer(10);
    const read = failureOf(reading.readPointer());
    const sending = start(server.url('/echo'), { operation: 'put', upload: pushedUpload().upload });
    const sent = failureOf(sending.open());
    await server.request(1);
    await factory.close?.();
    for (const failure of [opened, read, sent])
      expect(await failure).toMatchObject({ code: 'operation-canceled' });
    await Promise.all([opening, reading, sending].map((backend) => backend.close()));
    await server.whenOpen(0);
  });
});

describe('a peer that goes away', () => {
  it('has what it did not look at sent again on a new connection, and finishes the rest', async () => {
    let finish: (() => void) | undefined;
    const server = await http2Server(async (peer, connection) => {
      await peer.begin();
      if (connection > 0) {
        await peer.send(head(await peer.request(), 200), data(1, 'again', END_STREAM));
        return;
      }
      const [first, second] = [await peer.request(), await peer.request()];
      expect(second).toBe(3);
      await peer.send(head(first, 200), goaway(first, 0));
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await peer.send(data(first, 'finished', END_STREAM));
      await peer.peer.ended;
    });
    const { ask } = directly();
    // Not even a POST was acted on, says the peer.
    const answers = [
      ask(server.url('/')),
      ask(server.url('/'), { operation: 'post', upload: bytesUpload('x') }),
    ];
    expect((await answers[1])?.text).toBe('again');
    finish?.();
    expect((await answers[0])?.text).toBe('finished');
    await server.whenOpen(1);
  });

  it('twice makes the request fail', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.request();
      await peer.send(goaway(0, 0));
      await peer.peer.ended;
    });
    const failure = await failureOf(directly().ask(server.url('/')));
    expect(failure).toMatchObject({ code: 'remote-host-closed', temporary: true });
    expect(server.accepted).toBe(2);
  });

  it('while an upload is under way that cannot be sent twice makes it fail', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.request();
      await peer.next(DATA);
      await peer.send(goaway(0, 0));
      await peer.peer.ended;
    });
    const { upload, push, left } = pushedUpload();
    push(Buffer.from('part'));
    const attributes = { expectContinue: false };
    const failure = failureOf(
      directly().ask(server.url('/'), { operation: 'put', upload, attributes }),
    );
    expect((await failure).code).toBe('remote-host-closed');
    push(Buffer.from('more'));
    await settled(left);
    expect(server.accepted).toBe(1);
  });

  it('with an error lets the rest complete', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const ids = [await peer.request(), await peer.request()];
      await peer.send(goaway(3, 2));
      for (const id of ids) await peer.send(head(id, 204, [], END_STREAM));
      await peer.peer.ended;
    });
    const { ask } = directly();
    const replies = await Promise.all([1, 2].map(() => ask(server.url('/'))));
    expect(replies.map(({ status }) => status?.code)).toEqual([204, 204]);
    await server.whenOpen(0);
  });

  it('with an error is the reason when it leaves, with Qt’s word for it', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.request();
      await peer.request();
      await peer.send(goaway(3, 2));
      peer.peer.socket.end();
      await peer.peer.ended;
    });
    const { ask } = directly();
    const failures = await Promise.all([1, 2].map(() => failureOf(ask(server.url('/')))));
    expect(failures.map(({ code }) => code)).toEqual(['internal-server', 'internal-server']);
    await server.whenOpen(0);
  });

  it('without a word, on a kept connection, has safe requests sent again', async () => {
    const server = await http2Server(async (peer, connection) => {
      await peer.begin();
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
      await peer.request();
      if (connection === 0) peer.peer.socket.resetAndDestroy();
      else await peer.send(head(3, 204, [], END_STREAM));
    });
    const { ask } = directly();
    await ask(server.url('/'));
    expect((await ask(server.url('/'))).attributes?.connection?.id).toBe(2);
    const post = { operation: 'post', upload: bytesUpload('x') } as const;
    expect((await ask(server.url('/'), post)).status?.code).toBe(204);
  });

  it('without a word fails what it may have acted on', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
      await peer.request();
      peer.peer.socket.resetAndDestroy();
    });
    const { ask } = directly();
    await ask(server.url('/'));
    const post = { operation: 'post', upload: bytesUpload('x') } as const;
    const failure = await failureOf(ask(server.url('/'), post));
    expect(failure).toMatchObject({ code: 'remote-host-closed', temporary: true });
    expect(server.accepted).toBe(1);
  });

  it('while idle is noticed before the next request', async () => {
    const server = await http2Server(async (peer, connection) => {
      await peer.begin();
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
      if (connection === 0) await peer.send(goaway(1, 0));
      if (connection === 0) peer.peer.socket.end();
    });
    const { ask } = directly();
    await ask(server.url('/'));
    await server.whenOpen(0);
    const post = { operation: 'post', upload: bytesUpload('x') } as const;
    expect((await ask(server.url('/'), post)).status?.code).toBe(204);
    expect(server.accepted).toBe(2);
  });
});

describe('a peer that refuses a stream', () => {
  it('is asked once more', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.send(reset(await peer.request(), REFUSED_STREAM));
      const again = await peer.request();
      await peer.send(head(again, 200), data(again, 'well', END_STREAM));
    });
    const { ask } = directly();
    const post = { operation: 'post', upload: bytesUpload('x') } as const;
    expect((await ask(server.url('/'), post)).text).toBe('well');
    expect(server.accepted).toBe(1);
  });

  it('is not asked a third time', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      for (let count = 0; count < 2; count += 1)
        await peer.send(reset(await peer.request(), REFUSED_STREAM));
    });
    const failure = await failureOf(directly().ask(server.url('/')));
    expect(failure).toMatchObject({ code: 'protocol-failure', temporary: true });
  });

  it('because it wants HTTP/1.1 is asked in HTTP/1.1', async () => {
    const made = certificates();
    const server = await serve({
      tls: made.localhost,
      routes: {
        old({ request, reply }) {
          if (request.httpVersionMajor === 1) reply.end('as you like');
          else refuse(reply);
        },
      },
    });
    const lent = { resources: { connector: tcpConnector() }, security: { tls: new NodeTls() } };
    const { ask } = asking({}, { ...lent, proxies: [] });
    const trusting = { originAttributes: { tls: { ca: [made.ca.cert] } } };
    const answer = await ask(server.url('/old'), trusting);
    expect(answer).toMatchObject({ text: 'as you like', attributes: { http2WasUsed: false } });
    expect((await ask(server.url('/bytes/1'), trusting)).attributes?.http2WasUsed).toBe(true);
  });
});

describe('a peer that is dead', () => {
  it('is noticed by a ping, where the options ask for it', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
      await peer.request();
      await peer.next(PING);
      await peer.peer.ended;
    });
    const clock = new HandClock();
    const { ask } = directly({
      clock,
      http2: { pingMilliseconds: 5000, pingTimeoutMilliseconds: 3000 },
    });
    await ask(server.url('/'));
    const failure = failureOf(ask(server.url('/'), { operation: 'post' }));
    const peer = await server.connection(0);
    await settled(() => peer.received.length > 100);
    for (let second = 0; second < 12; second += 1) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
    expect(await failure).toMatchObject({ code: 'timeout' });
    await server.whenOpen(0);
  });

  it('is not kept when it never acknowledges settings', async () => {
    const server = await http2Server(async (peer) => {
      await peer.peer.take(24);
      await peer.send(settings());
      await peer.next(HEADERS);
      await peer.peer.ended;
    });
    const clock = new HandClock();
    const { ask } = directly({ clock });
    const failure = failureOf(ask(server.url('/')));
    await server.connection(0);
    await settled(() => clock.alarms > 0);
    for (let second = 0; second < 22; second += 1) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
    expect(await failure).toMatchObject({ code: 'timeout' });
    await server.whenOpen(0);
  });
});

describe('preconnecting', () => {
  it('opens the connection that the next requests share', async () => {
    const server = await serve();
    const { factory } = directly();
    const context = { resources: { connector: tcpConnector() }, security: {}, proxies: [] };
    const request = requestFor(server.url('/bytes/2'));
    await factory.preconnect?.(request, context);
    await factory.preconnect?.(request, context);
    const heads = await Promise.all(
      [1, 2].map(async (): Promise<ReplyHead> => {
        const backend = factory.create(request, context);
        if (backend === undefined || !('readPointer' in backend)) throw new Error('no backend');
        return readAll(backend);
      }),
    );
    expect(heads.map(({ length }) => length)).toEqual([2, 2]);
    expect(server.accepted).toBe(1);
  });
});
