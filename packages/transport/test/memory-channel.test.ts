import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { memoryChannelPair } from '../src/index.ts';
import { nextTurn, readText } from './fixtures/reading.ts';

const CAPACITY = 64 * 1024;

describe('a pair of memory channels', () => {
  it('carries bytes both ways', async () => {
    const [near, far] = memoryChannelPair();
    await near.write(Buffer.from('pi'), Buffer.from('ng'));
    await far.write(Buffer.from('pong'));
    expect(await readText(far, 4)).toBe('ping');
    expect(await readText(near, 4)).toBe('pong');
  });

  it('carries any writes to any reads in order', async () => {
    const writes = fc.array(fc.uint8Array({ maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(writes, fc.integer({ min: 1, max: 9 }), async (views, step) => {
        const [near, far] = memoryChannelPair();
        for (const view of views) await near.write(view);
        await near.end();
        const read: number[] = [];
        for (;;) {
          const view = await far.readPointer();
          if (view.length === 0) break;
          const part = view.subarray(0, step);
          read.push(...part);
          far.advanceReadPointer(part.length);
        }
        expect(read).toEqual(views.flatMap((view) => [...view]));
      }),
    );
  });

  it('overwrites views that were given back, in part or as a whole', async () => {
    const [near, far] = memoryChannelPair();
    await near.write(Buffer.from('hello'));
    const view = await far.readPointer();
    far.advanceReadPointer(2);
    expect([...view]).toEqual([0xa5, 0xa5, 0xa5, 0xa5, 0xa5]);
    expect(await readText(far, 3)).toBe('llo');
  });

  it('copies what is written, so that its memory may be used again', async () => {
    const [near, far] = memoryChannelPair();
    const memory = Buffer.from('first');
    expect(near.write(memory)).toBeUndefined();
    memory.write('other');
    expect(await readText(far, 5)).toBe('first');
  });

  it('holds the writer back until the reader has taken enough', async () => {
    const [near, far] = memoryChannelPair();
    let done = false;
    const written = near.write(Buffer.alloc(CAPACITY), Buffer.alloc(10));
    const noted = (async () => {
      await written;
      done = true;
    })();
    await nextTurn();
    expect(done).toBe(false);
    far.advanceReadPointer(9);
    await nextTurn();
    expect(done).toBe(false);
    far.advanceReadPointer(1);
    await noted;
    expect(done).toBe(true);
  });

  it('gives what was written, then the end; the other direction stays open', async () => {
    const [near, far] = memoryChannelPair();
    await near.write(Buffer.from('last'));
    await near.end();
    await near.end();
    expect(await readText(far, 4)).toBe('last');
    expect((await far.readPointer()).length).toBe(0);
    expect(far.open).toBe(false);
    await far.write(Buffer.from('late'));
    expect(await readText(near, 4)).toBe('late');
    await expect(near.write(Buffer.from('x'))).rejects.toMatchObject({
      code: 'protocol-invalid-operation',
    });
  });

  it('rejects what is pending on both sides when one is closed', async () => {
    const [near, far] = memoryChannelPair();
    const reading = near.readPointer();
    const writing = near.write(Buffer.alloc(2 * CAPACITY));
    const farWriting = far.write(Buffer.alloc(2 * CAPACITY));
    expect((await reading).length).toBe(CAPACITY);
    const outcomes = Promise.allSettled([writing, farWriting]);
    await near.close();
    await near.close();
    expect(await outcomes).toMatchObject([
      { reason: { code: 'operation-canceled' } },
      { reason: { code: 'remote-host-closed' } },
    ]);
    await expect(Promise.resolve(near.readPointer())).rejects.toThrow(/was closed/u);
    expect([near.open, far.open]).toEqual([false, false]);
    far.advanceReadPointer((await far.readPointer()).length);
    expect((await far.readPointer()).length).toBe(0);
  });

  it('is closed by bytes or an end that come while it is idle, and not by those before and after', async () => {
    for (const disturb of ['write', 'end'] as const) {
      const [near, far] = memoryChannelPair();
      near.setIdle(true);
      near.setIdle(false);
      await far.write(Buffer.from('asked'));
      expect(await readText(near, 5)).toBe('asked');
      near.setIdle(true);
      expect(near.open).toBe(true);
      await (disturb === 'write' ? far.write(Buffer.from('x')) : far.end());
      expect(near.open).toBe(false);
    }
  });

  it('is no stream', () => {
    const [near] = memoryChannelPair();
    expect(() => near.toDuplex()).toThrow(/not a stream/u);
  });
});
