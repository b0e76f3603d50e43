import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ReadBuffers } from '../../src/node/read-buffers.ts';
import { RecycledReader } from '../../src/node/recycled-reader.ts';

/** Plays Node: asks for the next buffer after each read, and reads nothing while it is told to stop. */
class Kernel {
  readonly buffers: ReadBuffers;
  readonly reader: RecycledReader;
  buffer: Buffer;
  reading = true;

  constructor(buffers = new ReadBuffers()) {
    this.buffers = buffers;
    this.reader = new RecycledReader(buffers);
    this.buffer = this.reader.onread.buffer();
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

/** One peer that sends 1, 2, 3… in reads of any length, and one borrower that checks them. */
class Conversation {
  readonly kernel: Kernel;
  /** What each read that is not given back yet was filled with, and how much of it is left. */
  readonly unread: { fill: number; left: number }[] = [];
  #sent = 0;

  constructor(buffers: ReadBuffers) {
    this.kernel = new Kernel(buffers);
  }

  arrive(count: number): void {
    const fill = (this.#sent % 250) + 1;
    const read = this.kernel.read(count, fill);
    if (read > 0) this.unread.push({ fill, left: read });
    if (read > 0) this.#sent += 1;
  }

  ask(): void {
    void this.kernel.reader.readPointer();
  }

  /** Checks the whole view, gives a part of it back. */
  take(part: number): void {
    const view = this.kernel.reader.readPointer();
    const [first] = this.unread;
    if (!(view instanceof Uint8Array)) {
      if (first !== undefined) throw new Error('bytes were lost');
      return;
    }
    if (view.length !== first?.left) throw new Error(`${view.length} bytes are lent`);
    if (!view.every((byte) => byte === first.fill)) throw new Error('a lent view was rewritten');
    const distance = Math.ceil(view.length * part);
    this.kernel.reader.advanceReadPointer(distance);
    first.left -= distance;
    if (first.left === 0) this.unread.shift();
  }

  /** Idle and back, as a channel does it: only without unread bytes. */
  rest(): void {
    if (this.unread.length > 0 || this.kernel.reader.isAwaited) return;
    this.kernel.reader.divert(() => true);
    this.kernel.reader.divert(undefined);
  }
}

describe('many readers of recycled memory', () => {
  const step = fc.record({
    who: fc.nat(3),
    count: fc.constantFrom(1, 1000, 4096, 50_000, 65_536, 200_000, 300_000, LARGE),
    part: fc.constantFrom(0.3, 1, 1, 1),
    act: fc.constantFrom('arrive', 'arrive', 'ask', 'take', 'take', 'rest'),
  } as const);

  it('never see a lent view rewritten, nor a byte lost, and give all buffers back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const buffers = new ReadBuffers();
        const all = Array.from({ length: 4 }, () => new Conversation(buffers));
        for (const { who, act, count, part } of steps) {
          const one = all[who];
          if (act === 'arrive') one?.arrive(count);
          else if (act === 'take') one?.take(part);
          else if (act === 'ask') one?.ask();
          else one?.rest();
        }
        for (const one of all) {
          while (one.unread.length > 0) one.take(1);
          one.kernel.reader.end();
        }
        expect(buffers.lent).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
