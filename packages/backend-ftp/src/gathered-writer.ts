import type { Channel } from '@netaccess/transport';

/** Large enough that a call costs nothing beside its bytes, small enough that two are no burden. */
const BLOCK_BYTES = 524_288;
/** Views from here on are written as they are. */
const LARGE_VIEW_BYTES = 131_072;

/** Writes small views together: one block is filled while the other is written. */
export class GatheredWriter {
  readonly #channel: Channel;
  #filling: Uint8Array | undefined;
  #spare: Uint8Array | undefined;
  #filled = 0;
  #writing: Promise<void> | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Takes a view; when it is done with it, that is at once if nothing is returned. */
  write(view: Uint8Array): void | Promise<void> {
    const fits = this.#filled + view.length <= BLOCK_BYTES;
    if (view.length < LARGE_VIEW_BYTES && fits) this.#copy(view);
    else return this.#writeAfter(view);
  }

  /** Settles when everything was handed over that was taken. */
  async flush(): Promise<void> {
    await this.#writeBlock();
    await this.#writing;
  }

  /** Sends what is there, for nobody knows when more will come. */
  async push(): Promise<void> {
    if (this.#filled > 0) await this.#writeBlock();
  }

  async #writeAfter(view: Uint8Array): Promise<void> {
    await this.#writeBlock();
    if (view.length < LARGE_VIEW_BYTES) {
      this.#copy(view);
      return;
    }
    await this.#writing;
    this.#writing = undefined;
    await this.#channel.write(view);
  }

  #copy(view: Uint8Array): void {
    this.#filling ??= new Uint8Array(BLOCK_BYTES);
    this.#filling.set(view, this.#filled);
    this.#filled += view.length;
  }

  async #writeBlock(): Promise<void> {
    const block = this.#filling;
    if (block === undefined || this.#filled === 0) return;
    await this.#writing;
    const written = this.#channel.write(block.subarray(0, this.#filled));
    this.#filled = 0;
    if (written === undefined) return;
    this.#writing = written;
    // Whoever writes next hears of a failure.
    written.catch(() => undefined);
    this.#filling = this.#spare ?? new Uint8Array(BLOCK_BYTES);
    this.#spare = block;
  }
}
