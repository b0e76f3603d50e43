import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MessageReader } from '../../src/alerts/message-reader.ts';

const message = (type: number, body: Uint8Array): Uint8Array =>
  Buffer.concat([
    Buffer.of(type, body.length >> 16, (body.length >> 8) & 255, body.length & 255),
    body,
  ]);

describe('the reader of handshake messages', () => {
  it('finds the same messages however they are split into records', () => {
    const messages = fc.array(
      fc.tuple(fc.constantFrom(0, 1, 2, 11, 20), fc.uint8Array({ maxLength: 40 })),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 50 }), (all, size) => {
        const found: (readonly [number, Uint8Array])[] = [];
        const reader = new MessageReader(
          (type, body) => void found.push([type, Uint8Array.from(body)]),
        );
        const bytes = Buffer.concat(all.map(([type, body]) => message(type, body)));
        for (let at = 0; at < bytes.length; at += size) {
          expect(reader.read(bytes.subarray(at, at + size))).toBe(true);
        }
        expect(reader.inside).toBe(false);
        const kept = (type: number): boolean => type === 1 || type === 2;
        const wanted = all.map(([type, body]) => [type, kept(type) ? body : new Uint8Array(0)]);
        expect(found).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });
  it('refuses a hello that is longer than any, before it keeps anything of it', () => {
    const reader = new MessageReader(() => undefined);
    expect(reader.read(Uint8Array.of(1, 0x02, 0x01, 0x45))).toBe(false);
    expect(new MessageReader(() => undefined).read(Uint8Array.of(1, 0x02, 0x01, 0x44))).toBe(true);
  });
  it('takes no room for what is announced and does not come', () => {
    const reader = new MessageReader(() => undefined);
    const before = process.memoryUsage().arrayBuffers;
    for (let part = 0; part < 100; part += 1) reader.read(Uint8Array.of(1, 1, 0, 0, 0));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });
});
