import type { EntryReader } from '../store.ts';
import { closedFailure } from './disk-failure.ts';

const nothing = new Uint8Array(0);

/** Lends a body that is in memory, whole. */
export class InlineReader implements EntryReader {
  #rest: Uint8Array | undefined;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  readPointer(): Uint8Array {
    if (this.#rest === undefined) throw closedFailure('the entry');
    return this.#rest;
  }

  advanceReadPointer(distance: number): void {
    if (this.#rest === undefined) return;
    this.#rest = distance < this.#rest.length ? this.#rest.subarray(distance) : nothing;
  }

  close(): void {
    this.#rest = undefined;
  }
}
