import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LONGEST_RECORD_BYTES, RecordBuffers } from '../../src/node/record-buffers.ts';
import { RecordReader } from '../../src/node/record-reader.ts';

/** Does what Node does: asks for the next buffer right after each record, and delivers records also after `false`. */
class FakeHandle {
  readonly reader: RecordReader;
  reading = true;
  resumed = 0;
  #buffer: Uint8Array;
  #next = 0;

  constructor(buffers: RecordBuffers) {
    this.reader = new RecordReader(buffers);
    this.reader.attach({
      resume: () => {
        this.reading = true;
        this.resumed += 1;
      },
    });
    this.#buffer = this.reader.onread.buffer();
  }

  get delivered(): number {
    return this.#next;
  }

  readonly replace = (buffer: Uint8Array): void => void (this.#buffer = buffer);

  /** One record, in as many pieces as the buffers make of it. */
  deliver(length: number): void {
    for (let left = length; left > 0;) {
      const count = Math.min(left, this.#buffer.length);
      if (count === 0) throw new Error('an empty buffer was given');
      this.#buffer.set(stream.subarray(this.#next, this.#next + count));
      this.#next += count;
      left -= count;
      if (!this.reader.onread.callback(count, this.#buffer)) this.reading = false;
      this.#buffer = this.reader.onread.buffer();
    }
  }
}

/** What the peer sends: no two regions of it are alike, whatever their length. */
const stream = Buffer.alloc(2 << 20);
for (let at = 0; at < stream.length; at += 4) stream.writeUInt32LE((at * 2654435761) >>> 0, at);

function sameBytes(view: Uint8Array, position: number): boolean {
  return Buffer.compare(view, stream.subarray(position, position + view.length)) === 0;
}

const record = fc.oneof(
  fc.constant(LONGEST_RECORD_BYTES),
  fc.integer({ min: 1, max: LONGEST_RECORD_BYTES }),
  fc.integer({ min: 1, max: 100 }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deliver' as const), length: record }) },
  fc.record({ kind: fc.constant('look' as const), length: fc.constant(0) }),
  fc.record({
    kind: fc.constant('advance' as const),
    length: fc.integer({ min: 1, max: 100_000 }),
  }),
  fc.record({ kind: fc.constant('all' as const), length: fc.constant(0) }),
);

describe('a record reader', () => {
  it('gives every byte once and in order and never writes into a lent view, whatever comes when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.boolean(), async (steps, poor) => {
        const buffers = new RecordBuffers();
        if (poor) while (buffers.borrow() !== undefined);
        const handle = new FakeHandle(buffers);
        const { reader } = handle;
        let read = 0;
        let lent: { readonly view: Uint8Array; readonly position: number } | undefined;
        const look = async (): Promise<Uint8Array> => {
          const view = await reader.readPointer();
          lent = { view, position: read };
          return view;
        };
        const advance = (distance: number): void => {
          reader.advanceReadPointer(distance);
          read += distance;
          lent = undefined;
        };
        for (const { kind, length } of steps) {
          if (kind === 'deliver') handle.deliver(length);
          expect(lent === undefined || sameBytes(lent.view, lent.position)).toBe(true);
          if (kind === 'deliver' || handle.delivered === read) continue;
          const view = await look();
          expect(sameBytes(view, read)).toBe(true);
          if (kind === 'advance') advance(Math.min(length, view.length));
          if (kind === 'all') advance(view.length);
        }
        while (read < handle.delivered) {
          const view = await look();
          expect(sameBytes(view, read)).toBe(true);
          advance(view.length);
        }
        expect(handle.reading).toBe(true);
        reader.end();
        expect(await reader.readPointer()).toHaveLength(0);
        expect(buffers.lent).toBe(poor ? 64 : 0);
      }),
      { numRuns: 100 },
    );
  });

  it('stops the peer when nobody reads, and goes on when all is read', async () => {
    const handle = new FakeHandle(new RecordBuffers());
    let records = 0;
    for (; handle.reading; records += 1) handle.deliver(LONGEST_RECORD_BYTES);
    expect(records * LONGEST_RECORD_BYTES).toBeLessThanOrEqual(128 * 1024);
    while (handle.reader.hasUnread) {
      const view = await handle.reader.readPointer();
      handle.reader.advanceReadPointer(view.length);
    }
    expect(handle.reading).toBe(true);
  });

  it('lends what came meanwhile as one view', async () => {
    const handle = new FakeHandle(new RecordBuffers());
    for (let count = 0; count < 4; count += 1) handle.deliver(LONGEST_RECORD_BYTES);
    const first = await handle.reader.readPointer();
    handle.reader.advanceReadPointer(first.length);
    expect(await handle.reader.readPointer()).toHaveLength(3 * LONGEST_RECORD_BYTES);
  });

  it('holds no ring for short records, nor after a short one', async () => {
    const buffers = new RecordBuffers();
    const handle = new FakeHandle(buffers);
    handle.deliver(1000);
    expect(buffers.lent).toBe(0);
    handle.deliver(LONGEST_RECORD_BYTES);
    expect(buffers.lent).toBe(1);
    handle.deliver(10);
    for (let turn = 0; turn < 2; turn += 1) {
      while (handle.reader.hasUnread) {
        const view = await handle.reader.readPointer();
        handle.reader.advanceReadPointer(view.length);
      }
      handle.deliver(10);
    }
    expect(buffers.lent).toBe(0);
  });

  it('gives its ring back when it goes idle, though the next record was announced to it', async () => {
    const buffers = new RecordBuffers();
    const handle = new FakeHandle(buffers);
    handle.deliver(LONGEST_RECORD_BYTES);
    const view = await handle.reader.readPointer();
    handle.reader.advanceReadPointer(view.length);
    expect(buffers.lent).toBe(1);
    const seen: number[] = [];
    handle.reader.divert((bytes) => seen.push(bytes.length) > 0, handle.replace);
    expect(buffers.lent).toBe(0);
    handle.deliver(5);
    expect(seen).toEqual([5]);
  });

  it('reads by copies once it has gone idle so a thousand times', async () => {
    const buffers = new RecordBuffers();
    const handle = new FakeHandle(buffers);
    for (let count = 0; count < 1001; count += 1) {
      handle.deliver(LONGEST_RECORD_BYTES);
      const view = await handle.reader.readPointer();
      handle.reader.advanceReadPointer(view.length);
      if (count === 1000) break;
      handle.reader.divert(() => true, handle.replace);
      handle.reader.divert(undefined, handle.replace);
    }
    expect(buffers.lent).toBe(0);
  });

  it('rejects all reads after a failure, once what came before is read', async () => {
    const handle = new FakeHandle(new RecordBuffers());
    handle.deliver(3);
    handle.reader.fail(new Error('first'));
    handle.reader.fail(new Error('second'));
    handle.reader.advanceReadPointer((await handle.reader.readPointer()).length);
    await expect(handle.reader.readPointer()).rejects.toThrow('first');
    expect(handle.reader.readable).toBe(false);
  });

  it.each([-1, 4, Number.NaN])('refuses to advance by %s of 3 bytes', async (distance) => {
    const handle = new FakeHandle(new RecordBuffers());
    handle.deliver(3);
    await handle.reader.readPointer();
    expect(() => handle.reader.advanceReadPointer(distance)).toThrow(RangeError);
  });
});
