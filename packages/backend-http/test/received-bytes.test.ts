import { describe, expect, it } from 'vitest';

import { ReceivedBytes } from '../src/received-bytes.ts';

describe('bytes that wait to be read', () => {
  it('lie together, though they come in tiny pieces: a peer could make each cost much more than it holds', () => {
    const bytes = new ReceivedBytes();
    for (let piece = 0; piece < 20_000; piece += 1) bytes.append(Uint8Array.of(piece % 251));
    const read: number[] = [];
    let views = 0;
    for (; bytes.size > 0; views += 1) {
      const view = bytes.peek();
      read.push(...view);
      bytes.advance(view.length);
    }
    expect(read).toEqual(Array.from({ length: 20_000 }, (_, piece) => piece % 251));
    expect(views).toBeLessThan(30);
  });
});
