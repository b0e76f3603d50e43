import type { ScriptedServer } from '@netaccess/test-servers';
import { describe, expect, it } from 'vitest';

import type { HttpOptions } from '../src/index.ts';
import { asking, failureOf, type Asking } from './fixtures/asking.ts';
import { http2Server, RST_STREAM, type Http2Peer } from './fixtures/http2-peer.ts';
import { data, END_STREAM, head, pushPromise, reset } from './h2/fixtures/frames.ts';

const REFUSED_STREAM = 7;
const INTERNAL_ERROR = 2;

function pushing(options: HttpOptions['http2'] = {}): Asking {
  return asking({ http2Direct: true, http2: { pushAllowed: true, ...options } });
}

/** A promise of this path, as an answer to stream `parent`. */
function promise(peer: Http2Peer, parent: number, [id, path]: readonly [number, string]): Buffer {
  const authority = `127.0.0.1:${peer.peer.socket.localPort}`;
  return pushPromise(parent, id, [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', authority],
    [':path', path],
    ['accept', 'text/css'],
  ]);
}

/** Answers the first request with a promise and what was promised, and others with what they ask for. */
function promising(ids: readonly number[]): Promise<ScriptedServer> {
  return http2Server(async (peer) => {
    await peer.begin();
    const stream = await peer.request();
    for (const id of ids) {
      await peer.send(promise(peer, stream, [id, `/pushed/${id}`]));
      await peer.send(head(id, 200), data(id, `pushed ${id}`, END_STREAM));
    }
    await peer.send(head(stream, 200), data(stream, 'asked for', END_STREAM));
    for (;;) {
      const other = await peer.request();
      await peer.send(head(other, 200), data(other, `stream ${other}`, END_STREAM));
    }
  });
}

describe('a promised reply', () => {
  it('answers the next request to its URL, once', async () => {
    const server = await promising([2]);
    const { ask } = pushing();
    expect((await ask(server.url('/'))).text).toBe('asked for');
    const pushed = await ask(server.url('/pushed/2'));
    expect(pushed).toMatchObject({ text: 'pushed 2', attributes: { http2WasUsed: true } });
    expect((await ask(server.url('/pushed/2'))).text).toBe('stream 3');
    expect(server.accepted).toBe(1);
  });

  it('is waited for when it is asked for before it is there', async () => {
    let asked: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(promise(peer, stream, [2, '/a']), head(stream, 204, [], END_STREAM));
      await waiting;
      await peer.send(head(2, 200), data(2, 'late', END_STREAM));
    });
    const { ask, start } = pushing();
    await ask(server.url('/'));
    const backend = start(server.url('/a'));
    const opened = backend.open();
    asked?.();
    await opened;
    expect(String(Buffer.from(await backend.readPointer()))).toBe('late');
    await backend.close();
  });

  it('is offered to the request that it comes with, which may refuse', async () => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(promise(peer, stream, [2, '/no']), promise(peer, stream, [4, '/yes']));
      const { streamId, content } = await peer.next(RST_STREAM);
      expect([streamId, content.readUInt32BE(0)]).toEqual([2, REFUSED_STREAM]);
      await peer.send(head(4, 200), data(4, 'yes', END_STREAM), head(stream, 204, [], END_STREAM));
    });
    const { ask } = pushing();
    const offered: unknown[] = [];
    const onPush = ({ url, headers }: { url: URL; headers: unknown }): boolean => {
      offered.push([url.pathname, headers]);
      return url.pathname === '/yes';
    };
    await ask(server.url('/'), { attributes: { onPush } });
    expect(offered).toEqual([
      ['/no', [['accept', 'text/css']]],
      ['/yes', [['accept', 'text/css']]],
    ]);
    expect((await ask(server.url('/yes'))).text).toBe('yes');
  });

  it('fails the request that it comes with by what the caller throws', async () => {
    const server = await promising([2]);
    const { ask } = pushing();
    const onPush = (): boolean => {
      throw new Error('boom');
    };
    const failure = await failureOf(ask(server.url('/'), { attributes: { onPush } }));
    expect(failure.message).toBe('boom');
  });

  it.each([
    ['another origin', [':authority', 'other.test']],
    ['a verb that changes something', [':method', 'POST']],
    ['a head alone', [':method', 'HEAD']],
  ] as const)('is refused for %s', async (_what, [name, value]) => {
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      const fields = new Map<string, string>([
        [':method', 'GET'],
        [':scheme', 'http'],
        [':authority', `127.0.0.1:${peer.peer.socket.localPort}`],
        [':path', '/'],
      ]);
      await peer.send(pushPromise(stream, 2, [...fields.set(name, value)]));
      expect((await peer.next(RST_STREAM)).streamId).toBe(2);
      await peer.send(head(stream, 204, [], END_STREAM));
    });
    expect((await pushing().ask(server.url('/'))).status?.code).toBe(204);
  });

  it('answers nobody who wants something else', async () => {
    const server = await promising([2]);
    const { ask } = pushing();
    await ask(server.url('/'));
    const url = server.url('/pushed/2');
    for (const headers of [[['Range', 'bytes=0-1']], [['Authorization', 'x']]] as const)
      expect((await ask(url, { headers })).text).toMatch(/^stream/);
    expect((await ask(url, { operation: 'delete' })).text).toMatch(/^stream/);
    expect((await ask(url)).text).toBe('pushed 2');
  });

  it('is dropped, the oldest first, when too many wait', async () => {
    const server = await promising([2, 4, 6]);
    const { ask } = pushing({ pushedStreams: 2 });
    await ask(server.url('/'));
    expect((await ask(server.url('/pushed/2'))).text).toMatch(/^stream/);
    expect((await ask(server.url('/pushed/4'))).text).toBe('pushed 4');
    expect((await ask(server.url('/pushed/6'))).text).toBe('pushed 6');
  });

  it('is dropped when too many bytes wait', async () => {
    const ids = Array.from({ length: 80 }, (_, index) => 2 + index * 2);
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      for (const id of ids) {
        await peer.send(promise(peer, stream, [id, `/${id}`]), head(id, 200));
        for (let part = 0; part < 4; part += 1)
          await peer.send(data(id, Buffer.alloc(16_000), part === 3 ? END_STREAM : 0));
      }
      await peer.send(head(stream, 204, [], END_STREAM));
      await peer.send(head(await peer.request(), 204, [], END_STREAM));
    });
    const { ask } = pushing();
    await ask(server.url('/'));
    expect((await ask(server.url('/160'))).body).toHaveLength(64_000);
    expect((await ask(server.url('/2'))).status?.code).toBe(204);
  });

  it('that is broken is asked for instead', async () => {
    let asked: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = await http2Server(async (peer) => {
      await peer.begin();
      const stream = await peer.request();
      await peer.send(promise(peer, stream, [2, '/a']), head(stream, 204, [], END_STREAM));
      await waiting;
      await peer.send(reset(2, INTERNAL_ERROR));
      const again = await peer.request();
      await peer.send(head(again, 200), data(again, 'really', END_STREAM));
    });
    const { ask } = pushing();
    await ask(server.url('/'));
    const claiming = ask(server.url('/a'));
    asked?.();
    expect((await claiming).text).toBe('really');
  });

  it('is a fault where push is off', async () => {
    const server = await promising([2]);
    const failure = await failureOf(asking({ http2Direct: true }).ask(server.url('/')));
    expect(failure.code).toBe('protocol-failure');
    await server.whenOpen(0);
  });
});
