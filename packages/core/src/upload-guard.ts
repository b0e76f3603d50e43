import { canceled } from './canceled.ts';
import type { Request, Upload } from './contract.ts';
import { NetworkError } from './error.ts';
import type { Views } from './observed-views.ts';
import { bytesUpload } from './upload.ts';

/** How much of a one-shot upload is held for a backend that may need it twice. */
export const MAXIMUM_HELD_UPLOAD_BYTES = 67_108_864;

/** Hears whether the caller's bytes are awaited: time that is nobody else's. */
export interface UploadWatcher {
  awaitUpload(waiting: boolean): void;
}

/** The same upload, which tells a watcher when it is asked and when it has given. */
export class TimedUpload implements Upload {
  readonly #source: Upload;
  #watcher: UploadWatcher | undefined;

  constructor(source: Upload) {
    this.#source = source;
  }

  get length(): number | undefined {
    return this.#source.length;
  }
  get resettable(): boolean {
    return this.#source.resettable;
  }
  get opened(): boolean {
    return this.#source.opened;
  }

  /** From now on this one is told. */
  reportTo(watcher: UploadWatcher): void {
    this.#watcher = watcher;
  }

  open(): Views {
    const views = this.#source.open();
    const watcher = this.#watcher;
    if (watcher === undefined) return views;
    if (Symbol.asyncIterator in views) {
      return { [Symbol.asyncIterator]: () => timedAsync(views[Symbol.asyncIterator](), watcher) };
    }
    return { [Symbol.iterator]: () => timedSync(views[Symbol.iterator](), watcher) };
  }
}

function timedSync(views: Iterator<Uint8Array>, watcher: UploadWatcher): Iterator<Uint8Array> {
  return {
    next() {
      watcher.awaitUpload(false);
      return views.next();
    },
    return: () => views.return?.() ?? { done: true, value: undefined },
  };
}

function timedAsync(
  views: AsyncIterator<Uint8Array>,
  watcher: UploadWatcher,
): AsyncIterator<Uint8Array> {
  return {
    async next() {
      watcher.awaitUpload(true);
      try {
        return await views.next();
      } finally {
        watcher.awaitUpload(false);
      }
    },
    return: async () => (await views.return?.()) ?? { done: true, value: undefined },
  };
}

/** The bytes of a one-shot upload, held in memory so that they can be sent again; at most `MAXIMUM_HELD_UPLOAD_BYTES`. */
export async function heldUpload(upload: Upload, request: Request): Promise<Upload> {
  const chunks: Uint8Array[] = [];
  let held = 0;
  for await (const view of upload.open()) {
    if (request.signal?.aborted === true) throw canceled(request);
    held += view.byteLength;
    if (held > MAXIMUM_HELD_UPLOAD_BYTES) {
      throw new NetworkError(
        'content-re-send',
        `the backend may have to send the body again, which is more than the ${MAXIMUM_HELD_UPLOAD_BYTES} bytes that are held for that`,
      );
    }
    chunks.push(new Uint8Array(view));
  }
  return bytesUpload(joined(chunks, held));
}

function joined(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const all = new Uint8Array(byteLength);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return all;
}
