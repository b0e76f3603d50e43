import type { Reply, Upload } from './contract.ts';
import { NetworkError } from './error.ts';
import { observed, type Views, type ViewsObserver } from './observed-views.ts';

/** Bytes, or a text as UTF-8. They are lent as they are, so they must not change until the reply is there. Resettable. */
export function bytesUpload(bytes: Uint8Array | string): Upload {
  const view = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  if (!isBytes(view)) throw refusal(`${describe(view)} was given instead of bytes`);
  const views = view.byteLength === 0 ? [] : [view];
  return new OpenOnce(() => views, { length: view.byteLength, resettable: true });
}

/** What the iterable gives, once. With a `length`, more or fewer bytes are an error. */
export function iterableUpload(iterable: Views, length?: number): Upload {
  return new OpenOnce(() => counted(iterable, length), { length, resettable: false });
}

/** What the function's iterables give; it is called once for every time the bytes are sent. Resettable. */
export function factoryUpload(open: () => Views, length?: number): Upload {
  return new OpenOnce(() => counted(open(), length), { length, resettable: true });
}

/** What the stream gives, once. It is canceled when nobody wants the rest. */
export function streamUpload(stream: ReadableStream<Uint8Array>, length?: number): Upload {
  return iterableUpload({ [Symbol.asyncIterator]: () => new StreamViews(stream) }, length);
}

/** The bytes of a blob or a file, read when they are sent. Resettable. */
export function blobUpload(blob: Blob): Upload {
  return factoryUpload(
    () => ({ [Symbol.asyncIterator]: () => new StreamViews(blob.stream()) }),
    blob.size,
  );
}

/** The body of a reply, lent view by view and never copied: any URL can be sent on to any other. */
export function replyUpload(reply: Reply): Upload {
  return new OpenOnce(() => counted(reply.views(), reply.length), {
    length: reply.length,
    resettable: false,
  });
}

class OpenOnce implements Upload {
  readonly length: number | undefined;
  readonly resettable: boolean;
  readonly #open: () => Views;
  #opened = false;

  constructor(
    open: () => Views,
    facts: { readonly length: number | undefined; readonly resettable: boolean },
  ) {
    const { length, resettable } = facts;
    if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0)) {
      throw refusal(`${String(length)} is no length in bytes`);
    }
    this.#open = open;
    this.length = length;
    this.resettable = resettable;
  }

  get opened(): boolean {
    return this.#opened;
  }

  open(): Views {
    if (this.#opened && !this.resettable) {
      throw new NetworkError('content-re-send', 'the body was read and cannot be read again');
    }
    this.#opened = true;
    return this.#open();
  }
}

/** The same views, of which each is bytes and all together are as long as was stated. */
function counted(views: Views, length: number | undefined): Views {
  if (typeof views !== 'object' || views === null) {
    throw refusal(`${describe(views)} was given instead of something that gives bytes`);
  }
  return observed(views, () => new Tally(length));
}

class Tally implements ViewsObserver {
  readonly #length: number | undefined;
  #bytes = 0;

  constructor(length: number | undefined) {
    this.#length = length;
  }

  gave(step: IteratorResult<unknown, unknown>): IteratorResult<Uint8Array> {
    if (step.done === true) {
      this.#end();
      return { done: true, value: undefined };
    }
    const view = step.value;
    if (!isBytes(view)) {
      throw refusal(`the body gave ${describe(view)} instead of bytes`);
    }
    this.#bytes += view.byteLength;
    if (this.#length !== undefined && this.#bytes > this.#length) {
      throw refusal(`the body is longer than the ${this.#length} bytes that were stated`);
    }
    return { done: false, value: view };
  }

  #end(): void {
    if (this.#length === undefined || this.#bytes === this.#length) return;
    throw refusal(
      `the body ended after ${this.#bytes} of the ${this.#length} bytes that were stated`,
    );
  }
}

/** A stream's own iterator waits for a pending read when it is told to return; this one cancels it. */
class StreamViews implements AsyncIterator<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const step = await this.#reader.read();
    return step.done ? { done: true, value: undefined } : step;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#reader.cancel();
    return { done: true, value: undefined };
  }
}

/** Bytes of another realm are bytes too. */
function isBytes(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array ||
    (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]')
  );
}

function describe(value: unknown): string {
  return value === null ? 'null' : `a value of type ${typeof value}`;
}

function refusal(message: string): NetworkError {
  return new NetworkError('protocol-invalid-operation', message);
}
