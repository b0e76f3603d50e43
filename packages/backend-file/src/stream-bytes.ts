import type { FileBytes } from './file-bytes.ts';
import { readAt } from './file-call.ts';
import { closedFailure, systemCode, systemFailure } from './file-error.ts';
import { Patience } from './patience.ts';
import type { OpenFile } from './span-bytes.ts';

/** What a file gives that has no length of its own: a device, a pipe, or a file that the system makes up while it is read. */
export class StreamBytes implements FileBytes {
  readonly #file: OpenFile;
  readonly #patience = new Patience();
  /** The end of a pipe is not there before somebody wrote to it. */
  #awaitsWriter: boolean;
  /** Read already, to see how much there is. */
  #held: Uint8Array;
  #reading: Promise<number> | undefined;
  #stopped = false;

  constructor(file: OpenFile, start: { readonly held?: Uint8Array; readonly pipe?: boolean }) {
    this.#file = file;
    this.#held = start.held ?? new Uint8Array(0);
    this.#awaitsWriter = start.pipe ?? false;
  }

  read(into: Uint8Array): number | Promise<number> {
    if (this.#stopped) throw closedFailure();
    if (into.byteLength === 0) return 0;
    if (this.#held.byteLength > 0) return this.#takeHeld(into);
    this.#reading = this.#readSome(into);
    return this.#reading;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#patience.end();
    await this.#reading?.catch(() => undefined);
  }

  #takeHeld(into: Uint8Array): number {
    const count = Math.min(into.byteLength, this.#held.byteLength);
    into.set(this.#held.subarray(0, count));
    this.#held = this.#held.subarray(count);
    return count;
  }

  async #readSome(into: Uint8Array): Promise<number> {
    for (;;) {
      const count = await this.#readOnce(into);
      if (this.#stopped) throw closedFailure();
      if (count !== undefined && (count > 0 || !this.#awaitsWriter)) {
        this.#awaitsWriter = false;
        return count;
      }
      await this.#patience.wait();
    }
  }

  /** `undefined` when there is nothing yet. */
  async #readOnce(into: Uint8Array): Promise<number | undefined> {
    const { descriptor, name } = this.#file;
    try {
      return await readAt(descriptor, into, null);
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') return undefined;
      throw systemFailure(error, `read ${name}`);
    }
  }
}
