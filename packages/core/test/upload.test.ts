import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import type { Upload } from '../src/contract.ts';
import { NetworkError } from '../src/error.ts';
import {
  blobUpload,
  bytesUpload,
  factoryUpload,
  iterableUpload,
  replyUpload,
  streamUpload,
} from '../src/upload.ts';
import { scriptedReply, TextSource } from './fixtures/scripted-send.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function read(upload: Upload): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const view of upload.open()) text += decoder.decode(view, { stream: true });
  return text;
}

async function viewsOf(upload: Upload): Promise<Uint8Array[]> {
  const views: Uint8Array[] = [];
  for await (const view of upload.open()) views.push(view);
  return views;
}

async function* asynchronous(views: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* views;
}

async function failure(upload: Upload): Promise<NetworkError> {
  try {
    await read(upload);
  } catch (error) {
    if (NetworkError.is(error)) return error;
    throw error;
  }
  throw new Error('the upload was read to its end');
}

function streamOf(...views: Uint8Array[]): {
  stream: ReadableStream<Uint8Array>;
  reason: unknown[];
} {
  const reason: unknown[] = [];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const view = views.shift();
      if (view === undefined) controller.close();
      else controller.enqueue(view);
    },
    cancel(why) {
      reason.push(why ?? 'canceled');
    },
  });
  return { stream, reason };
}

describe('bytesUpload', () => {
  it('lends the bytes themselves, as often as it is asked', async () => {
    const given = bytes('hello');
    const upload = bytesUpload(given);
    expect(upload).toMatchObject({ length: 5, resettable: true, opened: false });
    expect((await viewsOf(upload))[0]).toBe(given);
    expect((await viewsOf(upload))[0]).toBe(given);
    expect(upload.opened).toBe(true);
  });
  it('sends a text as UTF-8', async () => {
    const upload = bytesUpload('é😀');
    expect(upload.length).toBe(6);
    expect(await read(upload)).toBe('é😀');
  });
  it('lends no view at all when there are no bytes', async () => {
    const upload = bytesUpload('');
    expect(upload.length).toBe(0);
    expect(await viewsOf(upload)).toEqual([]);
  });
});

describe('iterableUpload', () => {
  it('is read once, and says so the second time', async () => {
    const upload = iterableUpload([bytes('a'), bytes('b')]);
    expect(upload).toMatchObject({ length: undefined, resettable: false, opened: false });
    expect(await read(upload)).toBe('ab');
    expect(upload.opened).toBe(true);
    expect((await failure(upload)).code).toBe('content-re-send');
  });
  it('stays synchronous over a synchronous iterable', () => {
    const views = iterableUpload([bytes('a')]).open();
    expect(Symbol.iterator in views).toBe(true);
  });
  it('lends the very views of the iterable', async () => {
    const given = [bytes('a'), bytes('b')];
    const lent = await viewsOf(iterableUpload(given));
    expect(lent[0]).toBe(given[0]);
    expect(lent[1]).toBe(given[1]);
  });
  it.each([
    ['synchronous', (source: Uint8Array[]) => source],
    ['asynchronous', asynchronous],
  ])('keeps a %s iterable to the length that was stated', async (_kind, make) => {
    expect(await read(iterableUpload(make([bytes('abc')]), 3))).toBe('abc');
    const short = await failure(iterableUpload(make([bytes('abc')]), 4));
    expect(short.code).toBe('protocol-invalid-operation');
    expect(short.message).toContain('3 of the 4 bytes');
    const long = await failure(iterableUpload(make([bytes('abc'), bytes('d')]), 3));
    expect(long.message).toContain('longer than the 3 bytes');
  });
  it('refuses what is not bytes, and leaves the source', async () => {
    let left = 0;
    function* odd(): Generator<Uint8Array> {
      try {
        const text: Uint8Array = JSON.parse('"text"');
        yield text;
      } finally {
        left += 1;
      }
    }
    const error = await failure(iterableUpload(odd()));
    expect(error.code).toBe('protocol-invalid-operation');
    expect(error.message).toContain('string');
    expect(left).toBe(1);
  });
  it('leaves the source when its reader stops early', async () => {
    let left = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield bytes('a');
        yield bytes('b');
      } finally {
        left += 1;
      }
    }
    for await (const view of iterableUpload(source()).open()) {
      expect(view).toEqual(bytes('a'));
      break;
    }
    expect(left).toBe(1);
  });
  it.each([-1, 1.5, Number.NaN, Infinity])('refuses the length %d', (length) => {
    expect(() => iterableUpload([], length)).toThrow(NetworkError);
  });
});

describe('factoryUpload', () => {
  it('opens anew each time', async () => {
    let opened = 0;
    const upload = factoryUpload(() => {
      opened += 1;
      return [bytes('abc')];
    }, 3);
    expect(upload).toMatchObject({ length: 3, resettable: true, opened: false });
    expect(opened).toBe(0);
    expect(await read(upload)).toBe('abc');
    expect(await read(upload)).toBe('abc');
    expect(opened).toBe(2);
  });
});

describe('streamUpload', () => {
  it('gives what the stream gives, once', async () => {
    const upload = streamUpload(streamOf(bytes('ab'), bytes('c')).stream, 3);
    expect(upload).toMatchObject({ length: 3, resettable: false, opened: false });
    expect(await read(upload)).toBe('abc');
    expect((await failure(upload)).code).toBe('content-re-send');
  });
  it('leaves the stream alone until it is opened', () => {
    const { stream } = streamOf(bytes('a'));
    const upload = streamUpload(stream);
    expect(stream.locked).toBe(false);
    void upload;
  });
  it('cancels the stream when its reader stops early', async () => {
    const { stream, reason } = streamOf(bytes('a'), bytes('b'));
    for await (const view of streamUpload(stream).open()) {
      expect(view).toEqual(bytes('a'));
      break;
    }
    expect(reason).toHaveLength(1);
  });
  it('cancels the stream at once, even while a read is pending', async () => {
    let canceled = false;
    const stream = new ReadableStream<Uint8Array>({
      cancel() {
        canceled = true;
      },
    });
    const iterable = streamUpload(stream).open();
    if (!(Symbol.asyncIterator in iterable)) throw new Error('a stream is read asynchronously');
    const views = iterable[Symbol.asyncIterator]();
    const pending = views.next();
    await views.return?.();
    expect(canceled).toBe(true);
    expect((await pending).done).toBe(true);
  });
  it('fails with the error of the stream', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.error(new RangeError('broken'));
      },
    });
    await expect(read(streamUpload(stream))).rejects.toThrow('broken');
  });
});

describe('blobUpload', () => {
  it('knows its length and is read as often as needed', async () => {
    const upload = blobUpload(new Blob(['ab', 'c']));
    expect(upload).toMatchObject({ length: 3, resettable: true });
    expect(await read(upload)).toBe('abc');
    expect(await read(upload)).toBe('abc');
  });
});

describe('replyUpload', () => {
  const url = new URL('test://host/');

  it('lends the views of the reply without a copy', async () => {
    const memory = bytes('abc');
    const source = new TextSource('');
    let given = false;
    source.readPointer = () => (given ? new Uint8Array(0) : memory);
    source.advanceReadPointer = () => {
      given = true;
    };
    const upload = replyUpload(scriptedReply({ url, length: 3 }, source));
    expect(upload).toMatchObject({ length: 3, resettable: false, opened: false });
    for await (const view of upload.open()) expect(view.buffer).toBe(memory.buffer);
    expect(given).toBe(true);
  });
  it('closes the reply when its reader stops early', async () => {
    const source = new TextSource('abc', 1);
    for await (const view of replyUpload(scriptedReply({ url }, source)).open()) {
      expect(view).toEqual(bytes('a'));
      break;
    }
    expect(source.closes).toBe(1);
  });
  it('fails when the reply turns out shorter than it said', async () => {
    const upload = replyUpload(scriptedReply({ url, length: 4 }, new TextSource('abc')));
    expect((await failure(upload)).code).toBe('protocol-invalid-operation');
  });
});

describe('an upload of something that is not bytes', () => {
  it('does not refuse bytes of another realm', async () => {
    const strange: Uint8Array = runInNewContext('new Uint8Array([1, 2])');
    expect(strange).not.toBeInstanceOf(Uint8Array);
    const parts = [...(iterableUpload([strange]).open() as Iterable<Uint8Array>)];
    expect(parts).toEqual([strange]);
    expect(() => bytesUpload(runInNewContext('new Uint16Array(2)'))).toThrow('instead of bytes');
  });
  it.each([[new ArrayBuffer(2)], [5], [null], [undefined]])('refuses %s as bytes', (value) => {
    expect(() => bytesUpload(value as never)).toThrow('instead of bytes');
  });
  it.each([['text'], [null], [undefined]])('refuses %s as an iterable', async (value) => {
    const failed = await failure(factoryUpload(() => value as never));
    expect(failed.code).toBe('protocol-invalid-operation');
  });
});

describe('an upload that is looked at on its way', () => {
  it('leaves a source that has more than was stated', () => {
    let left = 0;
    const source: IterableIterator<Uint8Array> = {
      next: () => ({ done: false, value: bytes('ab') }),
      return() {
        left += 1;
        return { done: true, value: undefined };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
    const views = iterableUpload(source, 3).open() as Iterable<Uint8Array>;
    expect(() => [...views]).toThrow('longer than the 3 bytes');
    expect(left).toBe(1);
  });
  it('does not leave a source that has failed by itself', async () => {
    let left = 0;
    const source: AsyncIterableIterator<Uint8Array> = {
      next: () => Promise.reject(new RangeError('broken')),
      return: async () => {
        left += 1;
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    await expect(read(iterableUpload(source))).rejects.toThrow('broken');
    expect(left).toBe(0);
  });
});
