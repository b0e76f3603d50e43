import { closeDescriptor, openPath, statOpen, WRITE_FLAGS, writeAt } from './file-call.ts';
import { systemCall, systemCode, systemFailure } from './file-error.ts';
import { fileKind } from './file-kind.ts';
import type { FileSink } from './file-sink.ts';
import { Patience } from './patience.ts';
import type { PutTarget } from './put-target.ts';

/** Writes to a device or a pipe, as the bytes come. */
export class SpecialWrite implements FileSink {
  readonly #target: PutTarget;
  readonly #patience = new Patience();
  #descriptor: number | undefined;

  constructor(target: PutTarget) {
    this.#target = target;
  }

  async open(): Promise<void> {
    const { path, name } = this.#target;
    this.#descriptor = await systemCall(openPath(path, WRITE_FLAGS), `put ${name}`);
    fileKind(statOpen(this.#descriptor), path, true);
  }

  async write(view: Uint8Array): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    let written = 0;
    while (written < view.byteLength) {
      const count = await this.#writeOnce(descriptor, view.subarray(written));
      if (count === 0) await this.#patience.wait();
      written += count;
    }
  }

  commit(): Promise<void> {
    return systemCall(this.#close(), `put ${this.#target.name}`);
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
  }

  interrupt(): void {
    this.#patience.end();
  }

  /** 0 when there is no room yet. */
  async #writeOnce(descriptor: number, view: Uint8Array): Promise<number> {
    try {
      return await writeAt(descriptor, view, null);
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') return 0;
      throw systemFailure(error, `put ${this.#target.name}`);
    }
  }

  async #close(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeDescriptor(descriptor);
  }
}
