import { describe, expect, it } from 'vitest';

import { ReadBuffers } from '../../src/node/read-buffers.ts';
import { RecycledReader } from '../../src/node/recycled-reader.ts';

/** Plays Node: asks for the next buffer after each read, and reads nothing while it is told to stop. */
class Kernel {
  readonly buffers = new ReadBuffers();
  readonly reader = new RecycledReader(this.buffers);
  buffer: Buffer = this.reader.onread.buffer();
  reading = true;

  constructor() {
    this.reader.attach(() => {
      this.reading = true;
    });
  }

  /** One read of at most `count` bytes; how many it was. */
  read(count: number, fill: number): number {
    if (!this.reading) return 0;
    const read = Math.min(count, this.buffer.length);
    this.buffer.fill(fill, 0, read);
    this.reading = this.reader.onread.callback(read, this.buffer);
    this.buffer = this.reader.onread.buffer();
    return read;
  }
}

const LARGE = 1024 * 1024;

/** A kernel whose reader has begun to borrow. */
function streaming(): Kernel {
  const kernel = new Kernel();
  void kernel.reader.readPointer();
  const read = kernel.read(LARGE, 1);
  kernel.reader.advanceReadPointer(read);
  return kernel;
}

describe('a reader of recycled memory', () => {
  it('borrows nothing for small reads, and copies them out of the shared scratch', async () => {
    const kernel = new Kernel();
    const waiting = kernel.reader.readPointer();
    kernel.read(5, 1);
    kernel.buffers.scratch.fill(99);
    expect([...(await waiting)]).toEqual([1, 1, 1, 1, 1]);
    expect(kernel.buffers.lent).toBe(0);
    expect(kernel.buffer).toBe(kernel.buffers.scratch);
  });

  it('lends the borrowed buffer itself for large reads, and stops while the next read would go there', () => {
    const kernel = streaming();
    expect(kernel.buffers.lent).toBe(1);
    const buffer = kernel.buffer;
    expect(kernel.read(LARGE, 2)).toBe(256 * 1024);
    expect(kernel.reader.readPointer()).toBe(buffer);
    expect(kernel.read(LARGE, 3)).toBe(0);
    expect(buffer.at(-1)).toBe(2);
  });

  it('reads on once the view was given back', async () => {
    const kernel = streaming();
    kernel.read(LARGE, 2);
    kernel.reader.advanceReadPointer(256 * 1024);
    const waiting = kernel.reader.readPointer();
    expect(kernel.read(LARGE, 3)).toBe(256 * 1024);
    expect((await waiting).at(0)).toBe(3);
  });

  it('gives the buffer back to the pool when a read did not fill it and its view was given back', () => {
    const kernel = streaming();
    kernel.read(100_000, 2);
    expect(kernel.buffers.lent).toBe(1);
    kernel.reader.advanceReadPointer(50_000);
    expect(kernel.buffers.lent).toBe(1);
    kernel.reader.advanceReadPointer(50_000);
    expect(kernel.buffers.lent).toBe(0);
    expect(kernel.buffer.buffer).toBe(kernel.buffers.scratch.buffer);
  });

  it('never rewrites a lent view while more arrives', () => {
    const kernel = streaming();
    kernel.read(100_000, 2);
    const view = kernel.reader.readPointer();
    for (let more = 3; kernel.read(LARGE, more) > 0; more += 1);
    expect(view).toBeInstanceOf(Uint8Array);
    if (!(view instanceof Uint8Array)) return;
    expect(view.every((byte) => byte === 2)).toBe(true);
    kernel.reader.advanceReadPointer(view.length);
    const next = kernel.reader.readPointer();
    expect(next instanceof Uint8Array && next.every((byte) => byte === 3)).toBe(true);
  });

  it('does not lend to others what a diverted socket still reads into', () => {
    const kernel = streaming();
    kernel.read(LARGE, 2);
    kernel.reader.advanceReadPointer(256 * 1024);
    expect(kernel.buffer.length).toBe(256 * 1024);
    kernel.reader.divert(() => true);
    expect(kernel.buffers.lent).toBe(0);
    const lentToAnother = kernel.buffers.borrow();
    expect(lentToAnother).not.toBe(kernel.buffer);
    kernel.read(10, 3);
    expect(kernel.buffer).toBe(kernel.buffers.scratch);
  });

  it('does not recycle a view that is lent when the channel is closed', () => {
    const kernel = streaming();
    const buffer = kernel.buffer;
    kernel.read(LARGE, 2);
    kernel.reader.close(new Error('closed'));
    expect(kernel.buffers.lent).toBe(0);
    expect(kernel.buffers.borrow()).not.toBe(buffer);
  });

  it('gives the buffer back when the channel is closed and nothing is lent', () => {
    const kernel = streaming();
    const buffer = kernel.buffer;
    kernel.reader.close(new Error('closed'));
    expect(kernel.buffers.lent).toBe(0);
    expect(kernel.buffers.borrow()).toBe(buffer);
  });

  it('reads by copies when no buffer is left', async () => {
    const kernel = new Kernel();
    while (kernel.buffers.borrow() !== undefined);
    for (let round = 1; round < 4; round += 1) {
      const waiting = kernel.reader.readPointer();
      const read = kernel.read(LARGE, round);
      const view = await waiting;
      expect(view.length).toBe(read);
      kernel.buffers.scratch.fill(99);
      expect(view.every((byte) => byte === round)).toBe(true);
      kernel.reader.advanceReadPointer(read);
    }
  });
});
