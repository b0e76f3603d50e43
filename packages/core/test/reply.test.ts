import { NetworkError, orThrow, type Body, type Reply } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { failureOf, managerOf, requestOf } from './fixtures/manager-of.ts';
import { copying, scripted, type Script } from './fixtures/scripted-backend.ts';

async function replyOf(script: Script = {}): Promise<{ reply: Reply; closed: () => number }> {
  const factory = scripted(script);
  const reply = await managerOf([factory]).send(requestOf());
  return { reply, closed: () => factory.seen.closed };
}

async function textOf(parts: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const part of parts) text += new TextDecoder().decode(part);
  return text;
}

describe.each([
  ['a backend that lends', {}],
  ['a backend that copies', copying('hello world')],
])('a reply from %s', (_name, script) => {
  it('gives chunks that stay as they were', async () => {
    const { reply } = await replyOf(script);
    const chunks: Uint8Array[] = [];
    for await (const chunk of reply.body) chunks.push(chunk);
    const texts = chunks.map((chunk) => new TextDecoder().decode(chunk));
    expect(texts.join('')).toBe('hello world');
  });

  it('lends views', async () => {
    const { reply } = await replyOf(script);
    expect(await textOf(reply.views())).toBe('hello world');
  });

  it('fills memory that the caller brings, a byte at a time', async () => {
    const { reply } = await replyOf(script);
    const byte = new Uint8Array(1);
    let text = '';
    while ((await reply.readInto(byte)) > 0) text += String.fromCharCode(byte[0] ?? 0);
    expect(text).toBe('hello world');
  });

  it.each([Number.NaN, -1])('refuses %s as a limit', async (limit) => {
    const { reply } = await replyOf(script);
    expect(await failureOf(reply.bytes(limit))).toMatchObject({
      code: 'protocol-invalid-operation',
    });
    expect(await reply.text()).toBe('hello world');
  });

  it('gives nothing into no memory, which is not the end', async () => {
    const { reply } = await replyOf(script);
    expect(await reply.readInto(new Uint8Array(0))).toBe(0);
    expect(await reply.readInto(new Uint8Array(1))).toBe(1);
  });

  it('is done for whoever has left its loop', async () => {
    const { reply } = await replyOf(script);
    const views = reply.views()[Symbol.asyncIterator]();
    await views.next();
    await views.return?.();
    expect(await views.next()).toEqual({ done: true, value: undefined });
  });

  it('gives all bytes at once', async () => {
    const { reply } = await replyOf(script);
    const bytes = await reply.bytes();
    expect(new TextDecoder().decode(bytes)).toBe('hello world');
    expect(bytes.buffer.byteLength).toBe(11);
  });

  it('gives a byte stream that can be read into memory of the reader', async () => {
    const { reply } = await replyOf(script);
    const reader = reply.toReadableStream().getReader({ mode: 'byob' });
    let text = '';
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(3));
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    expect(text).toBe('hello world');
  });

  it('gives a byte stream that can be read in chunks', async () => {
    const { reply } = await replyOf(script);
    expect(await textOf(reply.toReadableStream())).toBe('hello world');
  });

  it('refuses a body beyond the limit and ends the exchange', async () => {
    let closed = 0;
    const { reply } = await replyOf(script);
    const counted = reply.with({
      body: (source) => ({
        readPointer: () => source.readPointer(),
        advanceReadPointer: (distance) => source.advanceReadPointer(distance),
        async close() {
          closed += 1;
        },
      }),
    });
    expect(await failureOf(counted.bytes(10))).toMatchObject({
      code: 'unknown-content',
      message: expect.stringContaining('10 bytes'),
    });
    expect(closed).toBe(1);
  });

  it('takes a body that is as long as the limit', async () => {
    const { reply } = await replyOf(script);
    expect(await reply.text(11)).toBe('hello world');
  });
});

describe('a reply', () => {
  it('closes its backend once at the end of the body', async () => {
    const { reply, closed } = await replyOf();
    await reply.text();
    await reply.close();
    await reply[Symbol.asyncDispose]();
    expect(closed()).toBe(1);
  });

  it('closes its backend when a loop is left early', async () => {
    const { reply, closed } = await replyOf();
    for await (const view of reply.views()) if (view.byteLength > 0) break;
    expect(closed()).toBe(1);
    expect(await failureOf(reply.close().then(() => reply.text()))).toMatchObject({
      code: 'protocol-invalid-operation',
    });
  });

  it('can be read once', async () => {
    const { reply } = await replyOf();
    await reply.text();
    expect((await failureOf(reply.bytes())).message).toContain('taken by text already');
  });

  it('parses JSON and says when it is none', async () => {
    const { reply } = await replyOf({ chunks: ['{"a":', '1}'] });
    expect(await reply.json()).toEqual({ a: 1 });
    const { reply: other } = await replyOf({ chunks: ['{'] });
    expect(await failureOf(other.json())).toMatchObject({ code: 'unknown-content' });
  });

  it('is an error where a policy leaves more bytes than the length that it states', async () => {
    const twice = (source: Body): Body => ({
      readPointer: () => source.readPointer(),
      advanceReadPointer: () => undefined,
      close: () => source.close(),
    });
    const { reply, closed } = await replyOf({ chunks: ['hello'], head: { length: 5 } });
    expect(await failureOf(reply.with({ body: twice }).text())).toMatchObject({
      code: 'protocol-failure',
    });
    expect(closed()).toBe(1);
  });

  it('has its trailers after the end', async () => {
    const { reply } = await replyOf({ trailers: () => [['digest', 'abc']] });
    expect(reply.trailers()).toEqual([]);
    await reply.text();
    expect(reply.trailers()).toEqual([['digest', 'abc']]);
  });

  it('does not believe a declared length that is too large to be taken at once', async () => {
    const { reply } = await replyOf({ head: { length: Number.MAX_SAFE_INTEGER } });
    expect(await failureOf(reply.bytes())).toMatchObject({ code: 'protocol-failure' });
  });

  it('cancels the exchange when its stream is canceled', async () => {
    const { reply, closed } = await replyOf();
    await reply.toReadableStream().cancel();
    expect(closed()).toBe(1);
  });
});

describe('with', () => {
  it('changes members of the head, and clears those that are undefined', async () => {
    const { reply } = await replyOf({ head: { length: 11, validator: 'v' } });
    const changed = reply.with({ head: { length: undefined, headers: [['a', 'b']] } });
    expect(changed.length).toBeUndefined();
    expect([...changed.headers]).toEqual([['a', 'b']]);
    expect(changed.validator).toBe('v');
    expect(await changed.text()).toBe('hello world');
  });

  it('uses the reply up, so that closing it no longer ends the exchange', async () => {
    const { reply, closed } = await replyOf();
    const changed = reply.with({});
    await reply.close();
    expect(closed()).toBe(0);
    expect(await failureOf(reply.text())).toMatchObject({ code: 'protocol-invalid-operation' });
    expect(await changed.text()).toBe('hello world');
  });

  it('puts a body around the source, and closes both once', async () => {
    let bodyClosed = 0;
    const upper = (source: Body): Body => ({
      async readPointer() {
        const view = await source.readPointer();
        return new TextEncoder().encode(new TextDecoder().decode(view).toUpperCase());
      },
      advanceReadPointer: (distance) => source.advanceReadPointer(distance),
      async close() {
        bodyClosed += 1;
        await source.close();
      },
    });
    const { reply, closed } = await replyOf();
    const changed = reply.with({ body: upper });
    expect(await changed.text()).toBe('HELLO WORLD');
    await changed.close();
    expect([bodyClosed, closed()]).toEqual([1, 1]);
  });

  it('ends the exchange when no body can be made', async () => {
    const { reply, closed } = await replyOf();
    const body = (): Body => {
      throw new Error('none');
    };
    expect(() => reply.with({ body })).toThrow('none');
    expect(closed()).toBe(1);
  });

  it('ends the exchange when the body around it fails, and every later read fails alike', async () => {
    const broken = (source: Body): Body => ({
      readPointer: () =>
        Promise.reject(Object.assign(new Error('bomb'), { code: 'unknown-content' })),
      advanceReadPointer: (distance) => source.advanceReadPointer(distance),
      close: () => source.close(),
    });
    const { reply, closed } = await replyOf();
    const changed = reply.with({ body: broken });
    const into = new Uint8Array(4);
    const first = await failureOf(Promise.resolve(changed.readInto(into)));
    expect(first).toMatchObject({ code: 'unknown-content', message: 'bomb' });
    expect(first.url?.href).toBe('test:thing');
    expect(await failureOf((async () => changed.readInto(into))())).toBe(first);
    expect(closed()).toBe(1);
  });
});

describe('orThrow', () => {
  it('gives the reply back when the peer did not fail', async () => {
    const { reply } = await replyOf();
    expect(await orThrow(reply)).toBe(reply);
    await reply.close();
  });

  it('throws what the peer answered with and closes the reply', async () => {
    const error = { code: 'content-not-found', message: 'no such thing', temporary: true } as const;
    const { reply, closed } = await replyOf({ head: { error } });
    const failure = await failureOf(orThrow(reply));
    expect(failure).toMatchObject(error);
    expect(NetworkError.is(failure)).toBe(true);
    expect(closed()).toBe(1);
  });
});
