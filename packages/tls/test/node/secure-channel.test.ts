import { createHash } from 'node:crypto';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { certificates } from '@netaccess/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';

import { recordBuffers } from '../../src/node/record-buffers.ts';
import {
  nodeTls,
  failureOf,
  plainChannel,
  readBytes,
  secured,
  secureServer,
} from '../fixtures/secure-server.ts';

const bothVersions = ['TLSv1.2', 'TLSv1.3'] as const;
const MEBIBYTE = 1 << 20;

/** Bytes of which no two neighbouring records are alike. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index + 4 <= length; index += 4)
    bytes.writeUInt32BE((index * 2654435761) >>> 0, index);
  return bytes;
}
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const loops = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left -= 1) {
    await new Promise((resolve) => void setImmediate(resolve));
  }
};

describe('reading', () => {
  it.each([
    ['whole records', undefined, 8],
    ['tiny records', 512, 2],
    ['records of odd lengths', 5000, 8],
  ])('keeps a view while the peer floods, with %s', async (_, fragment, mebibytes) => {
    const sent = pattern(mebibytes * MEBIBYTE);
    const { port } = await secureServer({}, (socket) => {
      if (fragment !== undefined) socket.setMaxSendFragment(fragment);
      socket.end(sent);
    });
    const channel = await secured(port);
    const hash = createHash('sha256');
    let total = 0;
    for (let turn = 0; ; turn += 1) {
      const view = await channel.readPointer();
      if (view.length === 0) break;
      const before = hashOf(view);
      if (turn % 8 === 0) await loops(3);
      expect(hashOf(view)).toBe(before);
      const taken = turn % 3 === 0 ? Math.ceil(view.length / 2) : view.length;
      hash.update(view.subarray(0, taken));
      total += taken;
      channel.advanceReadPointer(taken);
    }
    expect(total).toBe(sent.length);
    expect(hash.digest('hex')).toBe(hashOf(sent));
  });

  it('keeps one view for as long as it is lent, and stops the peer meanwhile', async () => {
    let written = 0;
    const { port } = await secureServer({}, (socket) => {
      const chunk = pattern(64 * 1024);
      const pour = (): void => {
        while (socket.write(chunk)) written += chunk.length;
        written += chunk.length;
        socket.once('drain', pour);
      };
      pour();
    });
    const channel = await secured(port);
    const view = await channel.readPointer();
    const before = hashOf(view);
    await loops(300);
    const stopped = written;
    await loops(300);
    expect(written).toBe(stopped);
    expect(hashOf(view)).toBe(before);
    await channel.close();
  });

  it('lends the same view until it is given back, and the rest of it after a part', async () => {
    const { port } = await secureServer({}, (socket) => void socket.end('0123456789'));
    const channel = await secured(port);
    const view = await channel.readPointer();
    expect(channel.readPointer()).toBe(view);
    channel.advanceReadPointer(4);
    expect(Buffer.from(await channel.readPointer()).toString()).toBe('456789');
    expect(() => channel.advanceReadPointer(7)).toThrow('cannot advance by 7: 6 bytes are lent');
    channel.advanceReadPointer(6);
    expect(await channel.readPointer()).toHaveLength(0);
    expect(await channel.readPointer()).toHaveLength(0);
    expect(channel.open).toBe(false);
  });

  it('gives the same promise to all who wait', async () => {
    const { port } = await secureServer(
      {},
      (socket) => void socket.once('data', () => socket.end('x')),
    );
    const channel = await secured(port);
    const first = channel.readPointer();
    expect(channel.readPointer()).toBe(first);
    void channel.write(Buffer.from('go'));
    expect(await first).toHaveLength(1);
  });

  it('returns every ring when streams are over', async () => {
    const sent = pattern(MEBIBYTE);
    const { port } = await secureServer({}, (socket) => void socket.end(sent));
    const channels = await Promise.all(Array.from({ length: 8 }, () => secured(port)));
    const received = await Promise.all(channels.map((channel) => readBytes(channel)));
    for (const bytes of received) expect(hashOf(bytes)).toBe(hashOf(sent));
    await Promise.all(channels.map((channel) => channel.close()));
    expect(recordBuffers.lent).toBe(0);
  });

  it('does without rings when all are lent', async () => {
    const rings = Array.from({ length: 64 }, () => recordBuffers.borrow());
    onTestFinished(() => {
      for (const ring of rings) if (ring) recordBuffers.release(ring);
    });
    const sent = pattern(2 * MEBIBYTE);
    const { port } = await secureServer({}, (socket) => void socket.end(sent));
    expect(hashOf(await readBytes(await secured(port)))).toBe(hashOf(sent));
  });
});

describe('writing', () => {
  async function receiver(options = {}): Promise<{ port: number; received: Promise<Buffer> }> {
    const whole = Promise.withResolvers<Buffer>();
    const { port } = await secureServer(options, (socket) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => whole.resolve(Buffer.concat(chunks)));
    });
    return { port, received: whole.promise };
  }

  it.each(bothVersions)('is done with memory when it says so: %s', async (maxVersion) => {
    const { port, received } = await receiver({ maxVersion });
    const channel = await secured(port);
    const sent = pattern(4 * MEBIBYTE);
    const memory = Buffer.alloc(256 * 1024);
    const sizes = [memory.length, 100, 17_000, 1, 5000];
    for (let at = 0, turn = 0; at < sent.length; turn += 1) {
      const size = Math.min(sizes[turn % sizes.length] ?? 1, sent.length - at);
      sent.copy(memory, 0, at, at + size);
      const half = size >> 1;
      const parts =
        turn % 2 === 0
          ? [memory.subarray(0, size)]
          : [memory.subarray(0, half), memory.subarray(half, size)];
      const done = channel.write(...parts);
      if (done !== undefined) await done;
      memory.fill(0xee);
      at += size;
    }
    await channel.end();
    expect(hashOf(await received)).toBe(hashOf(sent));
  });

  it('of a little is done at once, also while more is on its way', async () => {
    const { port, received } = await receiver();
    const channel = await secured(port);
    const memory = Buffer.from('abc');
    for (let count = 0; count < 100; count += 1) {
      expect(channel.write(memory)).toBeUndefined();
      memory.reverse();
    }
    await channel.end();
    expect((await received).toString()).toBe('abccba'.repeat(50));
  });

  it('of much waits for the peer', async () => {
    const { port } = await secureServer({}, (socket) => void socket.pause());
    const channel = await secured(port);
    const chunk = Buffer.alloc(MEBIBYTE);
    const writes = Array.from({ length: 4 }, () => channel.write(chunk));
    expect(writes.filter((done) => done !== undefined)).toHaveLength(3);
    const failures = writes.slice(1).map((done) => failureOf(Promise.resolve(done)));
    await channel.close();
    for (const failure of await Promise.all(failures)) {
      expect(failure.code).toBe('operation-canceled');
    }
  });

  it('of nothing does nothing', async () => {
    const { port, received } = await receiver();
    const channel = await secured(port);
    expect(channel.write()).toBeUndefined();
    expect(channel.write(new Uint8Array())).toBeUndefined();
    await channel.end();
    expect(await received).toHaveLength(0);
  });

  it('goes on after the peer has ended', async () => {
    const whole = Promise.withResolvers<string>();
    const { port } = await secureServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('end', () => whole.resolve(text));
      socket.end('bye');
    });
    const channel = await secured(port);
    expect((await readBytes(channel)).toString()).toBe('bye');
    await channel.write(Buffer.from('still here'));
    await channel.end();
    expect(await whole.promise).toBe('still here');
  });

  it('to a channel that is closed fails', async () => {
    const { port } = await secureServer();
    const channel = await secured(port);
    await channel.close();
    const failure = await failureOf(Promise.resolve(channel.write(Buffer.from('x'))));
    expect(failure.code).toBe('operation-canceled');
    expect(failure.message).toBe(`the channel to localhost:${port} was closed`);
    expect((await failureOf(channel.end())).code).toBe('operation-canceled');
  });
});

/** Passes everything on but, when told so, the last record of the server, which is its close_notify. */
async function relay(
  port: number,
  ending: 'whole' | 'cut' | 'cut in a record' | 'close_notify only',
): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const held: Buffer[] = [];
    let asked = false;
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('data', (chunk: Buffer) => {
      asked ||= chunk.includes(Buffer.from([0x17, 0x03, 0x03])) && far.bytesWritten > 0;
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => void (asked ? held.push(chunk) : near.write(chunk)));
    far.on('end', () => {
      const all = Buffer.concat(held);
      const records = recordsOf(all);
      const shorter = all.subarray(0, all.length - (records.at(-1)?.length ?? 0));
      if (ending === 'whole') near.end(all);
      if (ending === 'cut') near.end(shorter);
      if (ending === 'cut in a record') near.end(all.subarray(0, all.length - 3));
      if (ending === 'close_notify only') near.write(all);
    });
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function recordsOf(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    records.push(bytes.subarray(at, at + 5 + bytes.readUInt16BE(at + 3)));
  }
  return records;
}

describe.each(bothVersions)('the end of the peer, %s,', (maxVersion) => {
  it.each([
    ['whole', false],
    ['close_notify only', false],
    ['cut', true],
    ['cut in a record', true],
  ] as const)('when it is %s, was cut off: %s', async (ending, cutOff) => {
    const { port } = await secureServer({ maxVersion }, (socket) => {
      socket.once('data', () => socket.end(pattern(100_000)));
    });
    const channel = await secured(await relay(port, ending));
    expect(await channel.wasCutOff()).toBeUndefined();
    void channel.write(Buffer.from('go'));
    expect(await readBytes(channel)).toEqual(pattern(100_000));
    expect(await channel.wasCutOff()).toBe(cutOff);
    await channel.close();
  });

  it('is told from a cut also when nobody read for long', async () => {
    const { port } = await secureServer(
      { maxVersion },
      (socket) => void socket.end(pattern(400_000)),
    );
    const channel = await secured(port);
    await channel.readPointer();
    await loops(50);
    expect(await readBytes(channel)).toEqual(pattern(400_000));
    expect(await channel.wasCutOff()).toBe(false);
  });

  it('is no end when the connection is reset', async () => {
    const { port } = await secureServer({ maxVersion }, (socket) => {
      socket.once('data', () => {
        const raw: unknown = Reflect.get(socket, '_parent');
        if (raw instanceof Object && 'resetAndDestroy' in raw) (raw as Socket).resetAndDestroy();
      });
    });
    const channel = await secured(port);
    void channel.write(Buffer.from('go'));
    const failure = await failureOf(Promise.resolve(channel.readPointer()));
    expect(failure).toMatchObject({ code: 'remote-host-closed', temporary: true });
    expect(failure.message).toContain(
      `the secured connection to localhost:${port} was lost (ECONNRESET)`,
    );
    expect(channel.open).toBe(false);
  });
});

describe('a record that was tampered with', () => {
  it('fails the channel and is not read', async () => {
    const { port } = await secureServer(
      {},
      (socket) => void socket.once('data', () => socket.write('secret')),
    );
    let channelIsSecured = false;
    const server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.on('data', (chunk: Buffer) => far.write(chunk));
      far.on('data', (chunk: Buffer) => {
        if (channelIsSecured) chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
        near.write(chunk);
      });
    });
    const changed = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    onTestFinished(() => void server.close());
    const channel = await secured(changed);
    channelIsSecured = true;
    void channel.write(Buffer.from('go'));
    const failure = await failureOf(Promise.resolve(channel.readPointer()));
    expect(failure.code).toBe('protocol-failure');
    expect(failure.message).toContain(`the secured connection to localhost:${changed} is broken`);
    await channel.close();
  });
});

describe('an idle channel', () => {
  it('is not open any more when bytes come, and the connection is gone', async () => {
    const gone = Promise.withResolvers<boolean>();
    let serverSide: TLSSocket | undefined;
    const { port } = await secureServer({}, (socket) => {
      serverSide = socket;
      socket.on('close', () => gone.resolve(true));
      socket.on('data', () => socket.write('answer'));
    });
    const channel = await secured(port);
    void channel.write(Buffer.from('ask'));
    await readBytes(channel, 6);
    channel.setIdle(true);
    expect(channel.open).toBe(true);
    serverSide?.write('unasked');
    expect(await gone.promise).toBe(true);
    expect(channel.open).toBe(false);
  });

  it('is not open any more when the peer ends', async () => {
    const ended = Promise.withResolvers<boolean>();
    const { port } = await secureServer({}, (socket) => {
      socket.on('close', () => ended.resolve(true));
      socket.once('data', () => socket.end());
    });
    const channel = await secured(port);
    void channel.write(Buffer.from('x'));
    channel.setIdle(true);
    expect(await ended.promise).toBe(true);
    await channel.close();
    expect(channel.open).toBe(false);
  });

  it('can be used again, any number of times', async () => {
    const { port } = await secureServer(
      {},
      (socket) => void socket.on('data', (chunk) => socket.write(chunk)),
    );
    const channel = await secured(port);
    for (const length of [10, 16_384, 100_000, 3, 32_768]) {
      const sent = pattern(length);
      void channel.write(sent);
      expect(hashOf(await readBytes(channel, length))).toBe(hashOf(sent));
      channel.setIdle(true);
      expect(recordBuffers.lent).toBe(0);
      await loops(3);
      expect(channel.open).toBe(true);
      channel.setIdle(false);
    }
  });
});

describe('as a stream', () => {
  it('everything comes once and in order, what was unread first', async () => {
    const sent = pattern(2 * MEBIBYTE);
    const { port } = await secureServer({}, (socket) => void socket.end(sent));
    const channel = await secured(port);
    const view = await channel.readPointer();
    const start = Buffer.from(view.subarray(0, 10));
    channel.advanceReadPointer(10);
    const chunks = [start];
    for await (const chunk of channel.toDuplex()) chunks.push(Buffer.from(chunk as Uint8Array));
    expect(hashOf(Buffer.concat(chunks))).toBe(hashOf(sent));
  });

  it('carries HTTP/2 of Node itself', async () => {
    const { cert, key } = certificates().localhost;
    const server = createSecureServer({ cert, key });
    server.on('stream', (stream) => stream.end(pattern(300_000)));
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    onTestFinished(() => void server.close());
    const channel = await secured(port, { alpn: ['h2'] });
    const session = connectHttp2(`https://localhost:${port}`, {
      createConnection: () => channel.toDuplex(),
    });
    const stream = session.request({ ':path': '/' });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(hashOf(Buffer.concat(chunks))).toBe(hashOf(pattern(300_000)));
    session.destroy();
  });

  it('cannot be had while a read waits', async () => {
    const { port } = await secureServer();
    const channel = await secured(port);
    const read = failureOf(Promise.resolve(channel.readPointer()));
    expect(() => channel.toDuplex()).toThrow('while a read waits');
    await channel.close();
    expect((await read).code).toBe('operation-canceled');
  });

  it('can be secured once more, as over a proxy that is secured itself', async () => {
    const inner = await secureServer({}, (socket) => void socket.end('inner'));
    const outer = await secureServer({}, (socket) => {
      const far = connect(inner.port, '127.0.0.1');
      far.on('error', () => undefined);
      socket.pipe(far).pipe(socket);
    });
    const channel = await secured(outer.port);
    const both = await nodeTls({ ca: [certificates().ca.cert] }).secure(channel, {});
    expect((await readBytes(both)).toString()).toBe('inner');
    await both.close();
    expect(channel.open).toBe(false);
  });
});

describe('closing', () => {
  it('rejects what waits, closes the connection, and may be done twice', async () => {
    const gone = Promise.withResolvers<boolean>();
    const { port } = await secureServer({}, (socket) => {
      socket.resume();
      socket.on('close', () => gone.resolve(true));
      socket.write('hello');
    });
    const plain = await plainChannel(port);
    const channel = await nodeTls({ ca: [certificates().ca.cert] }).secure(plain, {});
    await readBytes(channel, 5);
    const read = failureOf(Promise.resolve(channel.readPointer()));
    await Promise.all([channel.close(), channel.close()]);
    expect((await read).code).toBe('operation-canceled');
    expect(channel.open).toBe(false);
    expect(plain.open).toBe(false);
    expect(await gone.promise).toBe(true);
  });

  it('does not rewrite a view that is still lent', async () => {
    const { port } = await secureServer({}, (socket) => void socket.write(pattern(MEBIBYTE)));
    const channel = await secured(port);
    const view = await channel.readPointer();
    const before = hashOf(view);
    await channel.close();
    const other = await secured(port);
    await readBytes(other, MEBIBYTE);
    expect(hashOf(view)).toBe(before);
  });
});
