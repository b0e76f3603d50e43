import type { JobBody } from './job.ts';

/** Bytes that are there. */
export class MemoryBody implements JobBody {
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  readPointer(): Uint8Array {
    return this.#bytes;
  }

  advanceReadPointer(distance: number): void {
    this.#bytes = this.#bytes.subarray(distance);
  }

  close(): void {
    this.#bytes = this.#bytes.subarray(0, 0);
  }
}
