import type { Reply } from '@netaccess/core';

import { failure } from './fetch-failure.ts';

/** The bytes behind a `Response`, to be taken once, in one of these ways. */
export interface Content {
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
  stream(): ReadableStream<Uint8Array>;
  /** Nobody will read it. */
  close(): void;
}

/** The body of a reply, with the errors that `fetch` has. */
export class ReplyContent implements Content {
  readonly #reply: Reply;
  readonly #signal: AbortSignal | undefined;

  constructor(reply: Reply, signal: AbortSignal | undefined) {
    this.#reply = reply;
    this.#signal = signal;
  }

  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#reply.bytes().catch(this.#translate);
  }

  text(): Promise<string> {
    return this.#reply.text().catch(this.#translate);
  }

  stream(): ReadableStream<Uint8Array> {
    return replyStream(this.#reply, { signal: this.#signal, translate: this.#translate });
  }

  close(): void {
    void this.#reply.close();
  }

  readonly #translate = (error: unknown): never => {
    throw failure(error, this.#signal, 'terminated');
  };
}

/** Bytes that are there already. */
export class BytesContent implements Content {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(this.#bytes);
  }

  stream(): ReadableStream<Uint8Array> {
    const bytes = this.#bytes;
    return new ReadableStream({
      type: 'bytes',
      start(controller) {
        if (bytes.byteLength > 0) controller.enqueue(bytes);
        controller.close();
      },
    });
  }

  close(): void {
    // It holds nothing but memory.
  }
}

interface StreamTerms {
  readonly signal: AbortSignal | undefined;
  readonly translate: (error: unknown) => never;
}

/** Reads only when it is read. An abort fails it at once, as the standard wants. */
function replyStream(reply: Reply, { signal, translate }: StreamTerms): ReadableStream<Uint8Array> {
  const chunks = reply.body[Symbol.asyncIterator]();
  let release: (() => void) | undefined;
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      release = onAbort(signal, () => controller.error(signal?.reason));
    },
    async pull(controller) {
      const step = await chunks.next().catch((error: unknown) => {
        release?.();
        return translate(error);
      });
      if (signal?.aborted === true) return;
      if (step.done !== true) {
        controller.enqueue(step.value);
        return;
      }
      release?.();
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel() {
      release?.();
      return reply.close();
    },
  });
}

/** Gives back what stops the listening. */
function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  signal?.addEventListener('abort', listener);
  return () => signal?.removeEventListener('abort', listener);
}
