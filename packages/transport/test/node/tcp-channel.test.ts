import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';

import {
  certificates,
  end,
  listenOnLoopback,
  patternBytes,
  patternChunks,
  patternHash,
  receive,
  receiveEnd,
  receiveUntil,
  reset,
  scriptedServer,
  send,
  stall,
  stopReadingUntil,
  waitFor,
} from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import { tcpConnector } from '../../src/node/index.ts';
import { opened } from '../fixtures/opened.ts';
import { hashToEnd, nextTurn, readText } from '../fixtures/reading.ts';

const MEBIBYTE = 1024 * 1024;

function sendPattern(length: number): ReturnType<typeof send>[] {
  return [...patternChunks(length)].map((chunk) => send(chunk));
}

describe('reading a TCP channel', () => {
  it('gives every byte in order while views are held over turns of the event loop', async () => {
    const { channel } = await opened([...sendPattern(24 * MEBIBYTE), end()]);
    const read = await hashToEnd(channel, nextTurn);
    expect(read.hash).toBe(patternHash(24 * MEBIBYTE));
    expect(read.longestView).toBeGreaterThan(64 * 1024);
  });

  it('gives every byte in order to a reader that never waits', async () => {
    const { channel } = await opened([...sendPattern(24 * MEBIBYTE), end()]);
    expect(await hashToEnd(channel)).toMatchObject({ hash: patternHash(24 * MEBIBYTE) });
  });

  it('does not mix what many channels read at once', async () => {
    const lengths = [3, 1000, 70_000, 3 * MEBIBYTE, 5 * MEBIBYTE];
    const server = await scriptedServer((index) => [
      ...sendPattern(lengths[index % lengths.length] ?? 0),
      end(),
    ]);
    onTestFinished(() => server.close());
    const hashes: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const reads = lengths.map(async () => {
        const channel = await tcpConnector().connect({ host: server.host, port: server.port }, {});
        onTestFinished(() => channel.close());
        return (await hashToEnd(channel, nextTurn)).hash;
      });
      hashes.push(...(await Promise.all(reads)));
    }
    const expected = [...lengths, ...lengths].map((length) => patternHash(length));
    expect(hashes.toSorted()).toEqual(expected.toSorted());
  });

  it('returns what is there at once, and the rest after a partial advance', async () => {
    const { channel } = await opened([send('hello world'), stall()]);
    await channel.readPointer();
    channel.advanceReadPointer(6);
    const rest = channel.readPointer();
    expect(rest).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(await rest).toString()).toBe('world');
    channel.advanceReadPointer(0);
    expect(channel.readPointer()).toBe(rest);
  });

  it('refuses to advance beyond what is lent', async () => {
    const { channel } = await opened([send('hello'), stall()]);
    await channel.readPointer();
    expect(() => channel.advanceReadPointer(6)).toThrow(/5 bytes are lent/u);
    expect(() => channel.advanceReadPointer(-1)).toThrow(RangeError);
    expect(() => channel.advanceReadPointer(Number.NaN)).toThrow(RangeError);
  });

  it('lends the same promise to whoever looks twice', async () => {
    const { channel, server } = await opened([receive(1), send('x'), stall()]);
    const waiting = channel.readPointer();
    expect(channel.readPointer()).toBe(waiting);
    await channel.write(Buffer.from('!'));
    expect(Buffer.from(await waiting).toString()).toBe('x');
    expect(server.open).toBe(1);
  });

  it('gives an empty view at the end, again and again', async () => {
    const { channel } = await opened([end()]);
    expect((await channel.readPointer()).length).toBe(0);
    expect((await channel.readPointer()).length).toBe(0);
    expect(channel.open).toBe(false);
  });

  it('stops the peer while nobody reads', async () => {
    const length = 64 * MEBIBYTE;
    const peer = connectedPeer(length);
    const { channel, sent } = await peer;
    await channel.readPointer();
    // The kernel's buffers fill up, then the peer waits.
    let before = -1;
    while (before !== sent()) {
      before = sent();
      for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    }
    expect(before).toBeLessThan(length);
    expect(await hashToEnd(channel)).toMatchObject({ hash: patternHash(length) });
  });

  it('reports a reset that came while nobody read at the next read', async () => {
    const { channel, server } = await opened([send('abc'), receive(1), reset()]);
    expect(await readText(channel, 3)).toBe('abc');
    await channel.write(Buffer.from('x'));
    await server.whenOpen(0);
    await nextTurn();
    await expect(Promise.resolve(channel.readPointer())).rejects.toMatchObject({
      code: 'remote-host-closed',
      temporary: true,
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${server.port} was lost`, 'u')),
    });
    expect(channel.open).toBe(false);
  });

  it('gives the bytes that came before a reset first', async () => {
    const { channel, server } = await opened([send('abc'), receive(1), reset()]);
    await channel.readPointer();
    await channel.write(Buffer.from('x'));
    await server.whenOpen(0);
    await nextTurn();
    expect(await readText(channel, 3)).toBe('abc');
    await expect(Promise.resolve(channel.readPointer())).rejects.toMatchObject({
      code: 'remote-host-closed',
    });
  });
});

/** A peer that counts what the kernel took of its pattern. */
async function connectedPeer(
  length: number,
): Promise<{ channel: Awaited<ReturnType<typeof opened>>['channel']; sent: () => number }> {
  let sent = 0;
  const { channel } = await opened([
    ({ socket }) => {
      const chunks = patternChunks(length);
      const pump = (): void => {
        const { value, done } = chunks.next();
        if (done === true) socket.end();
        else
          socket.write(value, () => {
            sent += value.length;
            pump();
          });
      };
      pump();
    },
    stall(),
  ]);
  return { channel, sent: () => sent };
}

describe('writing a TCP channel', () => {
  it('sends all views of one write in order', async () => {
    const { channel, server } = await opened([receiveUntil('\n'), send('ok'), stall()]);
    await channel.write(
      Buffer.from('one '),
      Buffer.from('two '),
      new Uint8Array(0),
      Buffer.from('three\n'),
    );
    expect(await readText(channel, 2)).toBe('ok');
    expect(Buffer.from((await server.connection(0)).received).toString()).toBe('one two three\n');
  });

  it('is done with the memory when a write settles', async () => {
    const chunks: Buffer[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (chunk) => chunks.push(chunk)).on('end', () => socket.end());
    });
    const { host, port, close } = await listenOnLoopback(server, 'tcp');
    onTestFinished(close);
    const channel = await tcpConnector().connect({ host, port }, {});
    onTestFinished(() => channel.close());
    const memory = Buffer.alloc(MEBIBYTE);
    let pending = 0;
    for (let at = 0; at < 32; at += 1) {
      memory.set(patternBytes(MEBIBYTE, 0, at * MEBIBYTE));
      const written = channel.write(memory.subarray(0, 10), memory.subarray(10));
      if (written !== undefined) {
        pending += 1;
        await written;
      }
      memory.fill(0);
    }
    await channel.end();
    await hashToEnd(channel);
    expect(pending).toBeGreaterThan(0);
    expect(Buffer.compare(Buffer.concat(chunks), patternBytes(32 * MEBIBYTE))).toBe(0);
  });

  it('rejects what is pending when the channel is closed, and what comes later', async () => {
    const never = new Promise<never>(() => undefined);
    const { channel } = await opened([stopReadingUntil(never)]);
    const pending = channel.write(Buffer.alloc(32 * MEBIBYTE));
    const reading = channel.readPointer();
    expect(pending).toBeInstanceOf(Promise);
    const outcomes = Promise.allSettled([pending, reading]);
    await channel.close();
    await channel.close();
    const canceled = { status: 'rejected', reason: { code: 'operation-canceled' } };
    expect(await outcomes).toMatchObject([canceled, canceled]);
    await expect(channel.write(Buffer.from('x'))).rejects.toMatchObject({
      code: 'operation-canceled',
    });
    await expect(channel.end()).rejects.toMatchObject({ code: 'operation-canceled' });
  });

  it('rejects when the peer resets', async () => {
    const { channel } = await opened([receive(1), reset()]);
    const outcome = (async () => {
      for (let left = 32; left > 0; left -= 1) await channel.write(Buffer.alloc(8 * MEBIBYTE));
    })();
    await expect(outcome).rejects.toMatchObject({ code: 'remote-host-closed' });
  });

  it('goes on after the peer ended, and reading goes on after the end was sent', async () => {
    const { channel, server } = await opened([end(), receiveUntil('\n')]);
    expect((await channel.readPointer()).length).toBe(0);
    await channel.write(Buffer.from('still here\n'));
    await channel.end();
    await channel.end();
    const other = await opened([receiveEnd(), send('late'), end()]);
    await other.channel.end();
    expect(await readText(other.channel, 4)).toBe('late');
    await server.whenOpen(0);
    expect(Buffer.from((await server.connection(0)).received).toString()).toBe('still here\n');
  });
});

describe('an idle TCP channel', () => {
  it('can be used again', async () => {
    const { channel } = await opened([receive(1), send('a'), receive(1), send('b'), stall()]);
    channel.setIdle(true);
    await nextTurn();
    channel.setIdle(false);
    await channel.write(Buffer.from('1'));
    expect(await readText(channel, 1)).toBe('a');
    channel.setIdle(true);
    channel.setIdle(true);
    await nextTurn();
    expect(channel.open).toBe(true);
    channel.setIdle(false);
    await channel.write(Buffer.from('2'));
    expect(await readText(channel, 1)).toBe('b');
  });

  it('is not open any more, and closed, when bytes come', async () => {
    let go: () => void = () => undefined;
    const idle = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { channel, server } = await opened([waitFor(idle), send('who asked?'), stall()]);
    channel.setIdle(true);
    go();
    await server.whenOpen(0);
    expect(channel.open).toBe(false);
    channel.setIdle(false);
    await expect(Promise.resolve(channel.readPointer())).rejects.toThrow(/was closed/u);
  });

  it('is not open any more, and closed, when the peer ends or resets', async () => {
    const steps = [end(), reset()];
    const server = await scriptedServer((index) => [receive(1), steps[index] ?? end()]);
    onTestFinished(() => server.close());
    for (const _ of steps) {
      const channel = await tcpConnector().connect({ host: server.host, port: server.port }, {});
      await channel.write(Buffer.from('x'));
      channel.setIdle(true);
      await server.whenOpen(0);
      await nextTurn();
      expect(channel.open).toBe(false);
    }
  });

  it('is closed at once when unread bytes are left', async () => {
    const { channel, server } = await opened([send('abc'), stall()]);
    await channel.readPointer();
    channel.advanceReadPointer(1);
    channel.setIdle(true);
    expect(channel.open).toBe(false);
    await server.whenOpen(0);
  });

  it('goes on with a read that waits already', async () => {
    const { channel } = await opened([receive(1), send('pushed'), stall()]);
    await channel.write(Buffer.from('x'));
    const reading = channel.readPointer();
    channel.setIdle(true);
    expect(Buffer.from(await reading).toString()).toBe('pushed');
    expect(channel.open).toBe(true);
  });

  it('gives a read that waits already what comes before the end', async () => {
    const { channel, server } = await opened([receive(1), send('last words'), end()]);
    await channel.write(Buffer.from('x'));
    const reading = channel.readPointer();
    channel.setIdle(true);
    await reading;
    await (
      await server.connection(0)
    ).played;
    for (let turn = 0; channel.open && turn < 1000; turn += 1) await nextTurn();
    expect(await readText(channel, 20)).toBe('last words');
    expect(channel.open).toBe(false);
  });
});

describe('a TCP channel as a stream', () => {
  it('emits what is read and writes what is written', async () => {
    const { channel, server } = await opened([
      receiveUntil('\n'),
      ...sendPattern(4 * MEBIBYTE),
      end(),
    ]);
    const stream = channel.toDuplex();
    expect(channel.toDuplex()).toBe(stream);
    stream.write('go\n');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.compare(Buffer.concat(chunks), patternBytes(4 * MEBIBYTE))).toBe(0);
    await server.whenOpen(0);
  });

  it('holds the bytes that nobody has read, and says how many', async () => {
    const { channel } = await opened([send('220 hello\r\n'), receive(1), send('more'), end()]);
    await channel.readPointer();
    channel.advanceReadPointer(4);
    const stream = channel.toDuplex();
    expect(stream.readableLength).toBe(7);
    stream.write('x');
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect(text).toBe('hello\r\nmore');
  });

  it('can be secured, and moves large data then', async () => {
    const { ca, localhost } = certificates();
    const server = await scriptedServer([receive(1), ...sendPattern(8 * MEBIBYTE), end()], {
      tls: { key: localhost.key, cert: localhost.cert },
    });
    onTestFinished(() => server.close());
    const channel = await tcpConnector().connect({ host: '127.0.0.1', port: server.port }, {});
    const secured = connectTls({
      socket: channel.toDuplex(),
      ca: ca.cert,
      servername: 'localhost',
    });
    await once(secured, 'secureConnect');
    secured.write('x');
    const chunks: Buffer[] = [];
    for await (const chunk of secured) chunks.push(chunk as Buffer);
    expect(Buffer.compare(Buffer.concat(chunks), patternBytes(8 * MEBIBYTE))).toBe(0);
    secured.destroy();
    await channel.close();
    await server.whenOpen(0);
  });

  it('is refused when the channel is not open, or a read waits', async () => {
    const ended = await opened([end()]);
    await ended.channel.readPointer();
    expect(() => ended.channel.toDuplex()).toThrow(
      expect.objectContaining({ code: 'remote-host-closed' }),
    );
    const { channel } = await opened([stall()]);
    const reading = Promise.allSettled([channel.readPointer()]);
    expect(() => channel.toDuplex()).toThrow(/while a read waits/u);
    await channel.close();
    await reading;
  });

  it('is closed with the channel', async () => {
    const { channel, server } = await opened([stall()]);
    const stream = channel.toDuplex();
    channel.setIdle(true);
    await channel.close();
    expect(stream.destroyed).toBe(true);
    await server.whenOpen(0);
  });
});

describe('what TCP channels hold', () => {
  it('is no handle after they are closed', async () => {
    const handles = (): number =>
      process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
    const server = await scriptedServer([stall()]);
    onTestFinished(() => server.close());
    const before = handles();
    const target = { host: server.host, port: server.port };
    const channels = await Promise.all(
      Array.from({ length: 20 }, () => tcpConnector().connect(target, {})),
    );
    expect(handles()).toBeGreaterThan(before);
    await Promise.all(channels.map((channel) => channel.close()));
    await server.whenOpen(0);
    await nextTurn();
    expect(handles()).toBeLessThanOrEqual(before);
  });

  it('keeps a raw socket usable beside them', async () => {
    // A plain net.Socket has its own buffers: the shared scratch is not a global change.
    const server = await scriptedServer([send('plain'), end()]);
    onTestFinished(() => server.close());
    let text = '';
    for await (const chunk of connect(server.port, server.host)) text += String(chunk);
    expect(text).toBe('plain');
  });
});
