import type { Backend, CopyingBackend, ReplyHead, Request, ZeroCopyBackend } from '@netaccess/core';

import { check, checkCoded } from './rule.ts';
import type { CodedError } from './rule.ts';
import type { Trial } from './trial.ts';

const readBytes = 65_536;

/** One backend at work, driven as core drives it: by the claimed members only, closed once. */
export class Transfer {
  readonly request: Request;
  readonly backend: Backend;
  /** Operation and URL, for messages; a long URL is shortened. */
  readonly label: string;
  readonly #trial: Trial;
  readonly #lends: boolean;
  #closing: Promise<void> | undefined;

  constructor(trial: Trial, request: Request, backend: Backend, lends: boolean) {
    this.#trial = trial;
    this.request = request;
    this.backend = backend;
    this.#lends = lends;
    const { href } = request.url;
    this.label = `${request.operation} ${href.length > 80 ? `${href.slice(0, 80)}…` : href}`;
  }

  /** True once somebody has called `close`. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Opens it; the head must not be a failure. */
  async open(): Promise<ReplyHead> {
    const head = await this.#trial.value(`open() of ${this.label}`, () => this.backend.open());
    check(
      head.error === undefined,
      `open() of ${this.label} gave a failing head: ${head.error?.message} [${head.error?.code}]`,
    );
    return head;
  }

  /** Opens it and tells how that failed: by rejection, or by an answer of the peer. Undefined: it did not. */
  async failureToOpen(): Promise<CodedError | undefined> {
    const what = `open() of ${this.label}`;
    const outcome = await this.#trial.outcome(what, () => this.backend.open());
    if (!outcome.ok) {
      checkCoded(outcome.error, what);
      return outcome.error;
    }
    const { error } = outcome.value;
    if (error === undefined) return undefined;
    const answered = Object.assign(new Error(error.message), { code: error.code });
    checkCoded(answered, what);
    return answered;
  }

  /** The next bytes, at most `most`, as a copy; empty at the end. */
  async next(most: number = readBytes): Promise<Uint8Array> {
    return this.#lends ? await this.#nextView(most) : await this.#nextCopy(most);
  }

  /** All bytes from here to the end; more than `most` are a failure, so that an endless body ends. */
  async rest(most: number, each: number = readBytes): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const piece = await this.next(each);
      if (piece.length === 0) return joined(pieces, total);
      pieces.push(piece);
      total += piece.length;
      check(total <= most, `${this.label} gave more than the ${most} bytes that there are`);
    }
  }

  /** Starts one read and gives what the backend gave: a view or count, or a promise of it. */
  startRead(): Uint8Array | number | Promise<Uint8Array | number> {
    if (this.#lends) return this.lending().readPointer();
    return this.copying().read(new Uint8Array(readBytes));
  }

  /** Closes it as core does, once, and checks that this works. */
  async close(): Promise<void> {
    this.#closing ??= this.#trial.value(`close() of ${this.label}`, () => {
      const closing: unknown = this.backend.close();
      check(closing instanceof Promise, `close() of ${this.label} returned no promise`);
      return closing.then(() => undefined);
    });
    await this.#closing;
  }

  /** Closes it where the verdict is about something else: the closing cases judge that. */
  async discard(): Promise<void> {
    if (this.#closing !== undefined) return;
    this.#closing = Promise.resolve();
    await this.#trial.outcome('close()', () => this.backend.close());
  }

  /** The backend as one that lends views. */
  lending(): ZeroCopyBackend {
    const { backend } = this;
    check(
      lendsViews(backend),
      `claims zero-copy but has no readPointer() and advanceReadPointer()`,
    );
    return backend;
  }

  /** The backend as one that copies. */
  copying(): CopyingBackend {
    const { backend } = this;
    check(fillsMemory(backend), `does not claim zero-copy and has no read()`);
    return backend;
  }

  async #nextView(most: number): Promise<Uint8Array> {
    const backend = this.lending();
    const view = await this.#trial.value(`readPointer() of ${this.label}`, () =>
      backend.readPointer(),
    );
    check(view instanceof Uint8Array, `readPointer() of ${this.label} gave no Uint8Array`);
    // Backends may lend Node's own Buffer, whose `slice` does not copy.
    const piece = new Uint8Array(view.subarray(0, most));
    if (piece.length > 0) backend.advanceReadPointer(piece.length);
    return piece;
  }

  async #nextCopy(most: number): Promise<Uint8Array> {
    const backend = this.copying();
    const into = new Uint8Array(most);
    const count = await this.#trial.value(`read() of ${this.label}`, () => backend.read(into));
    check(
      Number.isInteger(count) && count >= 0 && count <= most,
      `read() of ${this.label} filled ${count} of ${most} bytes`,
    );
    return into.subarray(0, count);
  }
}

function lendsViews(backend: Backend): backend is ZeroCopyBackend {
  return (
    'readPointer' in backend &&
    typeof backend.readPointer === 'function' &&
    typeof backend.advanceReadPointer === 'function'
  );
}

function fillsMemory(backend: Backend): backend is CopyingBackend {
  return 'read' in backend && typeof backend.read === 'function';
}

function joined(pieces: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}
