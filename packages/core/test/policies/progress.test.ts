import { describe, expect, it } from 'vitest';

import type { Policy, Reply, Request, Upload } from '../../src/contract.ts';
import { progress, type Progress } from '../../src/policies/progress.ts';
import { bytesUpload, factoryUpload, iterableUpload } from '../../src/upload.ts';
import { Script, scriptedReply, scriptedRequest, TextSource } from '../fixtures/scripted-send.ts';

const policy: Policy = progress();
const url = new URL('test://host/');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Sends with an upload that the scripted backend reads to its end, or hands to `read`. */
async function upload(
  body: Upload,
  onProgress: (step: Progress) => void,
  read: (given: Upload) => Promise<void> = readAll,
): Promise<void> {
  const request = scriptedRequest('test://host/', {
    operation: 'put',
    upload: body,
    attributes: { onProgress },
  });
  await policy(request, async ({ upload: given }) => {
    if (given !== undefined) await read(given);
    return scriptedReply({ url });
  });
}

async function readAll(given: Upload): Promise<void> {
  for await (const view of given.open()) expect(view.byteLength).toBeGreaterThan(0);
}

function download(
  source: TextSource,
  onProgress: (step: Progress) => void,
  length?: number,
): Promise<Reply> {
  const request = scriptedRequest('test://host/', { attributes: { onProgress } });
  return policy(request, async () => scriptedReply({ url, length }, source));
}

function noting(): { seen: Progress[]; note: (step: Progress) => void } {
  const seen: Progress[] = [];
  return { seen, note: (step: Progress): void => void seen.push(step) };
}

async function* lend(...views: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* views;
}

describe('progress', () => {
  it('passes on requests that do not ask for it, and their replies, as they are', async () => {
    const script = new Script({});
    const request = scriptedRequest('test://host/', { upload: bytesUpload('x') });
    let sent: Request | undefined;
    const reply = await policy(request, (given) => {
      sent = given;
      return script.send(given);
    });
    expect(sent).toBe(request);
    expect(reply.attributes).toEqual({});
  });
});

describe('progress of an upload', () => {
  it.each([
    ['synchronous', () => [bytes('ab'), bytes('c')]],
    ['asynchronous', () => lend(bytes('ab'), bytes('c'))],
  ])('counts what the backend took of a %s one', async (_kind, views) => {
    const { seen, note } = noting();
    await upload(factoryUpload(views, 3), note);
    expect(seen).toEqual([
      { direction: 'upload', bytes: 2, total: 3 },
      { direction: 'upload', bytes: 3, total: 3 },
    ]);
  });
  it('does not count a view that is lent and not yet taken', async () => {
    const { seen, note } = noting();
    await upload(iterableUpload([bytes('ab'), bytes('c')]), note, async (given) => {
      for await (const view of given.open()) {
        expect(view).toEqual(bytes('ab'));
        expect(seen).toEqual([]);
        break;
      }
    });
    expect(seen).toEqual([]);
  });
  it.each([
    ['synchronous', () => []],
    ['asynchronous', () => lend()],
  ])('is reported once when a %s one is empty', async (_kind, views) => {
    const { seen, note } = noting();
    await upload(factoryUpload(views, 0), note);
    expect(seen).toEqual([{ direction: 'upload', bytes: 0, total: 0 }]);
  });
  it('starts from the beginning when the body is sent again', async () => {
    const { seen, note } = noting();
    await upload(bytesUpload('abc'), note, async (given) => {
      await readAll(given);
      await readAll(given);
    });
    expect(seen.map((step) => step.bytes)).toEqual([3, 3]);
  });
  it('leaves the upload what it is', async () => {
    const body = iterableUpload([bytes('abc')], 3);
    await upload(body, noting().note, async (given) => {
      expect(given).toMatchObject({ length: 3, resettable: false, opened: false });
      await readAll(given);
      expect(given.opened).toBe(true);
      expect(body.opened).toBe(true);
    });
  });
  it.each([
    ['synchronous', (left: () => void) => synchronous(left)],
    ['asynchronous', (left: () => void) => asynchronous(left)],
  ])(
    'leaves a %s source when the backend stops early, or the report throws',
    async (_kind, make) => {
      let left = 0;
      const count = (): void => void (left += 1);
      await upload(iterableUpload(make(count)), noting().note, async (given) => {
        for await (const view of given.open()) if (view.byteLength > 0) break;
      });
      expect(left).toBe(1);
      const sent = upload(iterableUpload(make(count)), () => {
        throw new RangeError('mine');
      });
      await expect(sent).rejects.toThrow('mine');
      expect(left).toBe(2);
    },
  );
});

function* synchronous(left: () => void): Generator<Uint8Array> {
  try {
    yield bytes('a');
    yield bytes('b');
  } finally {
    left();
  }
}

async function* asynchronous(left: () => void): AsyncGenerator<Uint8Array> {
  yield* synchronous(left);
}

describe('progress of a download', () => {
  it('counts what the reader took', async () => {
    const { seen, note } = noting();
    const reply = await download(new TextSource('abc', 2), note, 3);
    expect(seen).toEqual([]);
    expect(await reply.text()).toBe('abc');
    expect(seen).toEqual([
      { direction: 'download', bytes: 2, total: 3 },
      { direction: 'download', bytes: 3, total: 3 },
    ]);
  });
  it('counts the parts of a view that are taken one by one', async () => {
    const { seen, note } = noting();
    const reply = await download(new TextSource('abc'), note);
    while ((await reply.readInto(new Uint8Array(1))) > 0);
    expect(seen.map((step) => step.bytes)).toEqual([1, 2, 3]);
    expect(seen[0]?.total).toBeUndefined();
  });
  it('is reported once when the body is empty', async () => {
    const { seen, note } = noting();
    const reply = await download(new TextSource(''), note, 0);
    await reply.bytes();
    expect(seen).toEqual([{ direction: 'download', bytes: 0, total: 0 }]);
  });
  it('that throws fails the reply, and closes what is beneath', async () => {
    const source = new TextSource('abc', 1);
    let calls = 0;
    const reply = await download(source, () => {
      calls += 1;
      throw new RangeError('mine');
    });
    await expect(reply.text()).rejects.toThrow('mine');
    expect(calls).toBe(1);
    expect(source.closes).toBeGreaterThan(0);
  });
  it('ends with the reply that is closed early', async () => {
    const source = new TextSource('abc');
    const reply = await download(source, noting().note);
    await reply.close();
    expect(source.closes).toBeGreaterThan(0);
  });
});
