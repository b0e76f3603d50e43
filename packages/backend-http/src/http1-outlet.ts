import type { Channel } from '@netaccess/transport';

import { chunk, lastChunk } from './h1/chunked-upload.ts';
import type { UploadOutlet } from './upload-sender.ts';

/** Writes a request to a channel: its head with the first bytes of its body, and the body in chunks unless its length is declared. */
export class Http1Outlet implements UploadOutlet {
  readonly #channel: Channel;
  readonly #chunked: boolean;
  #head: Uint8Array | undefined;

  constructor(channel: Channel, head: Uint8Array, length: number | undefined) {
    this.#channel = channel;
    this.#head = head;
    this.#chunked = length === undefined;
  }

  get holdsHead(): boolean {
    return this.#head !== undefined;
  }

  writeHead(): void | Promise<void> {
    return this.#write();
  }

  write(view: Uint8Array): void | Promise<void> {
    return this.#chunked ? this.#write(...chunk(view)) : this.#write(view);
  }

  end(): void | Promise<void> {
    return this.#chunked ? this.#write(lastChunk) : this.#write();
  }

  #write(...views: readonly Uint8Array[]): void | Promise<void> {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined) return this.#channel.write(head, ...views);
    return views.length === 0 ? undefined : this.#channel.write(...views);
  }
}
