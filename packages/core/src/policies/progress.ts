import type { Body, Policy, Upload } from '../contract.ts';
import { isPromise } from '../is-promise.ts';
import { observed, type Views, type ViewsObserver } from '../observed-views.ts';

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** Told how far both bodies are, at every step: who paints does so less often. What it throws fails this request. */
    readonly onProgress?: ((progress: Progress) => void) | undefined;
  }
}

/** How far a body is. Each body is reported at least once, an empty one too; one that is sent again starts from 0. */
export interface Progress {
  readonly direction: 'upload' | 'download';
  /** Bytes that were taken so far: by the backend, or by the reader. */
  readonly bytes: number;
  /** All bytes, when known. */
  readonly total?: number | undefined;
}

type Report = (progress: Progress) => void;

interface Counted {
  readonly direction: Progress['direction'];
  readonly report: Report;
  readonly total: number | undefined;
}

/** Counts the bytes of both bodies for requests that ask with `onProgress`. */
export function progress(): Policy {
  return (request, next) => {
    const { onProgress } = request.attributes;
    if (onProgress === undefined) return next(request);
    const { upload } = request;
    const counted =
      upload === undefined
        ? request
        : { ...request, upload: new CountedUpload(upload, onProgress) };
    return next(counted).then((reply) =>
      reply.with({
        body: (source) =>
          new CountedBody(
            source,
            new Counter({ direction: 'download', report: onProgress, total: reply.length }),
          ),
      }),
    );
  };
}

class CountedUpload implements Upload {
  readonly #upload: Upload;
  readonly #report: Report;

  constructor(upload: Upload, report: Report) {
    this.#upload = upload;
    this.#report = report;
  }

  get length(): number | undefined {
    return this.#upload.length;
  }

  get resettable(): boolean {
    return this.#upload.resettable;
  }

  get opened(): boolean {
    return this.#upload.opened;
  }

  open(): Views {
    const views = this.#upload.open();
    const { length: total } = this.#upload;
    const count = (): Counter => new Counter({ direction: 'upload', report: this.#report, total });
    return observed(views, count);
  }
}

/** Counts in one direction. */
class Counter implements ViewsObserver {
  readonly #facts: Counted;
  #bytes = 0;
  /** Bytes of the view that is lent: not taken yet. */
  #lent = 0;

  constructor(facts: Counted) {
    this.#facts = facts;
  }

  /** Bytes were taken. */
  add(bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes;
    this.#tell();
  }

  /** No bytes are left. */
  end(): void {
    if (this.#bytes === 0) this.#tell();
  }

  asked(): void {
    const bytes = this.#lent;
    this.#lent = 0;
    this.add(bytes);
  }

  gave(step: IteratorResult<Uint8Array>): IteratorResult<Uint8Array> {
    if (step.done === true) this.end();
    else this.#lent = step.value.byteLength;
    return step;
  }

  #tell(): void {
    const { direction, report, total } = this.#facts;
    report({ direction, bytes: this.#bytes, total });
  }
}

class CountedBody implements Body {
  readonly #source: Body;
  readonly #counter: Counter;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: Body, counter: Counter) {
    this.#source = source;
    this.#counter = counter;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const view = this.#source.readPointer();
    return isPromise(view) ? view.then(this.#looked) : this.#looked(view);
  }

  readonly #looked = (view: Uint8Array): Uint8Array => {
    if (view.byteLength === 0) this.#counter.end();
    return view;
  };

  /** Nobody expects a failure here: what the report throws waits for the next read. */
  advanceReadPointer(distance: number): void {
    this.#source.advanceReadPointer(distance);
    try {
      this.#counter.add(distance);
    } catch (error) {
      this.#failure = { error };
    }
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
