import { describe, expect, it } from 'vitest';

import { ReadBuffers } from '../../src/node/read-buffers.ts';

describe('the pool of read buffers', () => {
  it('lends a buffer again after it was released, and not after it was forgotten', () => {
    const buffers = new ReadBuffers();
    const first = buffers.borrow();
    expect(first?.length).toBe(256 * 1024);
    if (first !== undefined) buffers.release(first);
    expect(buffers.borrow()).toBe(first);
    buffers.forget();
    expect(buffers.borrow()).not.toBe(first);
  });

  it('lends a bounded number at once', () => {
    const buffers = new ReadBuffers();
    const lent = Array.from({ length: 64 }, () => buffers.borrow());
    expect(new Set(lent).size).toBe(64);
    expect(buffers.borrow()).toBeUndefined();
    buffers.forget();
    expect(buffers.borrow()).toBeDefined();
  });
});
