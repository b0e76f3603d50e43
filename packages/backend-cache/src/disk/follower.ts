import type { EntryReader } from '../store.ts';
import { closedFailure } from './disk-failure.ts';
import type { GrowingBody, SpillHolder } from './growing-body.ts';
import { BLOCK_BYTES } from './limits.ts';
import type { Spill } from './spill.ts';

const nothing = Buffer.alloc(0);

/** Reads along while a body is written. It holds nobody up, and has memory of its own once the body is large. */
export class Follower implements EntryReader, SpillHolder {
  readonly #body: GrowingBody;
  #position = 0;
  #view: Buffer = nothing;
  #memory: Buffer | undefined;
  #held: Spill | undefined;
  #reading: Promise<Buffer> | undefined;
  #closed = false;
  #wakeClosed: (() => void) | undefined;

  constructor(body: GrowingBody) {
    this.#body = body;
    body.follow(this);
  }

  hold(spill: Spill): void {
    if (this.#closed) return;
    this.#held = spill;
    spill.hold();
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#view.length > 0 && !this.#closed) return this.#view;
    if (this.#closed) throw closedFailure('the entry');
    return this.#body.length > this.#position ? this.#next() : this.#atEnd();
  }

  advanceReadPointer(distance: number): void {
    this.#position += distance;
    this.#view = this.#view.subarray(distance);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wakeClosed?.();
    await this.#reading?.catch(() => undefined);
    this.#held?.release();
    this.#held = undefined;
    this.#memory = undefined;
  }

  #next(): Buffer | Promise<Buffer> {
    const { failure } = this.#body;
    if (failure !== undefined) throw failure;
    const spill = this.#held;
    if (spill === undefined) {
      this.#view = this.#body.inMemory.subarray(this.#position);
      return this.#view;
    }
    this.#memory ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    const piece = spill.piece(this.#position, this.#memory);
    if (!(piece instanceof Promise)) return this.#lend(piece);
    this.#reading = piece;
    return piece.then((bytes) => this.#lend(bytes));
  }

  #lend(bytes: Buffer): Buffer {
    this.#reading = undefined;
    if (this.#closed) throw closedFailure('the entry');
    this.#view = bytes;
    return bytes;
  }

  #atEnd(): Uint8Array | Promise<Uint8Array> {
    const { ended, failure } = this.#body;
    if (failure !== undefined) throw failure;
    return ended ? nothing : this.#afterChange();
  }

  async #afterChange(): Promise<Uint8Array> {
    const closing = new Promise<void>((resolve) => {
      this.#wakeClosed = resolve;
    });
    await Promise.race([this.#body.change(), closing]);
    return await this.readPointer();
  }
}
