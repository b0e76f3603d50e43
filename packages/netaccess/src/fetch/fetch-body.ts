import { bytesUpload, iterableUpload, type Upload } from '@netaccess/core';

import { typedUpload, type BodySource, type TypedUpload } from '../body-source.ts';

/** The body of a call of `fetch`: its type at once, its bytes when they are sent. */
export interface CalledBody {
  readonly type: string | undefined;
  upload(): Upload | undefined | Promise<Upload>;
  /** Tells a stream that nobody will read it. */
  cancel(reason: unknown): void;
}

const noBody: CalledBody = { type: undefined, upload: () => undefined, cancel: () => undefined };
/** A body of a `Request` that is there at once and no longer than this is sent with its length, and again if need be. */
const HELD_BYTES = 65_536;

/** The body of `init`, else that of the platform's request, with the errors that the standard wants. */
export function bodyOf(init: RequestInit | undefined, platform: Request): CalledBody {
  const body: unknown = init?.body;
  if (body !== undefined && body !== null) {
    const { upload, type } = calledUpload(body, init, platform.method);
    return {
      type,
      upload: () => upload,
      cancel: (reason) => {
        if (body instanceof ReadableStream) canceled(body, reason);
      },
    };
  }
  const { body: stream } = platform;
  if (stream === null) return noBody;
  return {
    type: undefined,
    upload: () => heldUpload(stream),
    cancel: (reason) => canceled(stream, reason),
  };
}

/** What its owner says to that changes nothing: the call fails with the reason. */
function canceled(stream: ReadableStream, reason: unknown): void {
  stream.cancel(reason).catch(() => undefined);
}

function calledUpload(body: unknown, init: RequestInit | undefined, method: string): TypedUpload {
  if (method === 'GET' || method === 'HEAD') {
    throw new TypeError('Request with GET/HEAD method cannot have body.');
  }
  if (!isSendable(body)) return typedUpload(String(body));
  const typed = typedUpload(body);
  if (typed.upload.resettable) return typed;
  if (Reflect.get(init ?? {}, 'duplex') !== 'half') {
    throw new TypeError('RequestInit: duplex option is required when sending a body.');
  }
  if (isLocked(body)) throw new TypeError('the body is a stream that is read or locked already');
  return typed;
}

function isSendable(body: unknown): body is Exclude<BodySource, string> {
  return typeof body === 'object' && body !== null && !isPlain(body);
}

/** What the standard turns into text. */
function isPlain(body: object): boolean {
  if (ArrayBuffer.isView(body) || Symbol.asyncIterator in body) return false;
  return Object.prototype.toString.call(body) === '[object Object]' && !('resettable' in body);
}

function isLocked(body: object): boolean {
  return 'locked' in body && body.locked === true;
}

/** A `Request` gives its body as a stream only, even if it was made of a text: what is short and there at once is held. */
async function heldUpload(stream: ReadableStream<Uint8Array>): Promise<Upload> {
  const reader = stream.getReader();
  const held: Uint8Array[] = [];
  for (let bytes = 0; bytes <= HELD_BYTES;) {
    const reading = reader.read();
    const step = await Promise.race([reading, nextTurn()]);
    if (step === undefined) return unheld(new RestOfStream(held, reader, reading));
    if (step.done) return bytesUpload(joined(held, bytes));
    held.push(step.value);
    bytes += step.value.byteLength;
  }
  return unheld(new RestOfStream(held, reader));
}

function unheld(rest: RestOfStream): Upload {
  return iterableUpload({ [Symbol.asyncIterator]: () => rest });
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function joined(views: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let offset = 0;
  for (const view of views) {
    all.set(view, offset);
    offset += view.byteLength;
  }
  return all;
}

type Reading = Promise<ReadableStreamReadResult<Uint8Array>>;

/** What was held, and the rest of the stream, which is canceled at once when nobody wants it. */
class RestOfStream implements AsyncIterator<Uint8Array> {
  readonly #held: Uint8Array[];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #reading: Reading | undefined;

  constructor(
    held: Uint8Array[],
    reader: ReadableStreamDefaultReader<Uint8Array>,
    reading?: Reading,
  ) {
    this.#held = held;
    this.#reader = reader;
    this.#reading = reading;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const value = this.#held.shift();
    if (value !== undefined) return { done: false, value };
    const reading = this.#reading ?? this.#reader.read();
    this.#reading = undefined;
    const step = await reading;
    return step.done ? { done: true, value: undefined } : step;
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#reader.cancel();
    return { done: true, value: undefined };
  }
}
