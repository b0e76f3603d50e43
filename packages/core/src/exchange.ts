import { canceled } from './canceled.ts';
import type { CoarseClock, Watched } from './clock.ts';
import type {
  Backend,
  BackendFactory,
  CopyingBackend,
  HeaderEntry,
  ReplyHead,
  Request,
  ZeroCopyBackend,
} from './contract.ts';
import { NetworkError } from './error.ts';
import { isPromise } from './is-promise.ts';
import type { CompleteTimeouts } from './timeouts.ts';
import { checkCount, checkHead, checkView, type CheckedBackend } from './validate.ts';

/** What an exchange is waiting for, which says whose time is running. */
type Phase = 'opening' | 'reading' | 'resting' | 'ended';

/**
 * One backend from `open` to `close`, kept to the contract from outside: one read at a time, time limits, abort, the declared length,
 * errors with a code, and `close` exactly once. A backend that never settles is let go.
 */
export class Exchange implements Watched {
  readonly #backend: Backend;
  readonly #copying: CopyingBackend | undefined;
  readonly #lending: ZeroCopyBackend | undefined;
  readonly #factory: BackendFactory;
  readonly #request: Request;
  readonly #timeouts: CompleteTimeouts;
  readonly #clock: CoarseClock;
  #phase: Phase = 'opening';
  #spentMilliseconds = 0;
  /** The part of a tick before a phase began is not its own. */
  #started = false;
  /** While the caller's upload is awaited, the peer is not to blame. */
  #awaitingUpload = false;
  place = -1;
  #remaining = Infinity;
  #lent = 0;
  #failure: NetworkError | undefined;
  #closing: Promise<void> | undefined;
  #unlisten: (() => void) | undefined;
  #rejectPending: ((error: NetworkError) => void) | undefined;
  #trailers: readonly HeaderEntry[] = [];

  constructor(
    made: { readonly backend: CheckedBackend; readonly factory: BackendFactory },
    request: Request,
    timing: { readonly timeouts: CompleteTimeouts; readonly clock: CoarseClock },
  ) {
    this.#copying = made.backend.copying;
    this.#lending = made.backend.lending;
    this.#backend = made.backend.copying ?? made.backend.lending;
    this.#factory = made.factory;
    this.#request = request;
    this.#timeouts = timing.timeouts;
    this.#clock = timing.clock;
  }

  /** Whether its bytes are looked at or copied: by `readPointer` or by `read`. */
  get lends(): boolean {
    return this.#lending !== undefined;
  }

  /** Starts the transfer. What `see` makes of the head owns the exchange; after a failure it is closed. */
  open<Seen>(see: (head: ReplyHead) => Seen): Promise<Seen> {
    this.#clock.watch(this);
    if (this.#request.signal !== undefined) this.#listen(this.#request.signal);
    const opened = (head: ReplyHead): Seen => {
      this.#goOn();
      checkHead(head, this.#factory.name);
      if (head.length !== undefined) this.#remaining = head.length;
      this.#enter('resting');
      return see(head);
    };
    try {
      const head = this.#backend.open();
      return isPromise(head) ? this.#await(head, opened) : Promise.resolve(opened(head));
    } catch (error) {
      return Promise.reject(this.fail(error));
    }
  }

  #listen(signal: AbortSignal): void {
    const abort = (): void => void this.fail(canceled(this.#request));
    signal.addEventListener('abort', abort);
    this.#unlisten = () => signal.removeEventListener('abort', abort);
  }

  /** Fills `into`, which is not empty; 0 at the end, after which the exchange is closed. Only for backends that copy. */
  read(into: Uint8Array): number | Promise<number> {
    if (this.#phase === 'ended') return this.#afterEnd(0);
    this.#begin();
    const backend = this.#copying;
    if (backend === undefined) throw this.#otherWay();
    const counted = (count: number): number =>
      this.#counted(checkCount(count, into, this.#factory.name));
    let count: number | Promise<number>;
    try {
      count = backend.read(into);
      if (!isPromise(count)) return counted(count);
    } catch (error) {
      throw this.fail(error);
    }
    return this.#await(count, counted);
  }

  #counted(count: number): number {
    this.#goOn();
    if (count === 0) this.#end();
    else this.#take(count);
    this.#rest();
    return count;
  }

  /** The bytes at the read position; empty at the end, after which the exchange is closed. Only for backends that lend. */
  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#phase === 'ended') return this.#afterEnd(nothing);
    this.#begin();
    const backend = this.#lending;
    if (backend === undefined) throw this.#otherWay();
    let view: Uint8Array | Promise<Uint8Array>;
    try {
      view = backend.readPointer();
      if (!isPromise(view)) return this.#looked(view);
    } catch (error) {
      throw this.fail(error);
    }
    return this.#await(view, (lent) => this.#looked(lent));
  }

  #looked(view: Uint8Array): Uint8Array {
    this.#goOn();
    this.#lent = checkView(view, this.#factory.name).byteLength;
    if (this.#lent === 0) this.#end();
    else if (this.#lent > this.#remaining) throw this.#longer();
    this.#rest();
    return view;
  }

  advanceReadPointer(distance: number): void {
    if (this.#failure !== undefined || this.#phase === 'ended') return;
    if (!(distance >= 0 && distance <= this.#lent)) {
      throw new NetworkError(
        'protocol-invalid-operation',
        `advanced by ${distance} of ${this.#lent} lent bytes`,
      );
    }
    this.#lent -= distance;
    this.#remaining -= distance;
    try {
      this.#lending?.advanceReadPointer(distance);
    } catch (error) {
      throw this.fail(error);
    }
  }

  trailers(): readonly HeaderEntry[] {
    return this.#trailers;
  }

  /** Ends the exchange, at any time and any number of times. */
  close(): Promise<void> {
    if (this.#phase !== 'ended') {
      this.#failure = this.#error('operation-canceled', 'the reply was closed');
      this.#rejectPending?.(this.#failure);
      this.#release();
    }
    return this.#closing ?? Promise.resolve();
  }

  /**
   * Ends the exchange with an error, which what is pending and what comes later rejects with. The first error stays; what has ended
   * well stays so.
   */
  fail(error: unknown): NetworkError {
    if (this.#failure !== undefined) return this.#failure;
    const failure = NetworkError.from(error, this.#request.url);
    if (this.#phase === 'ended') return failure;
    this.#failure = failure;
    this.#rejectPending?.(failure);
    this.#release();
    return failure;
  }

  get limitMilliseconds(): number {
    if (this.#phase === 'opening') return this.#timeouts.firstByte;
    return this.#phase === 'reading' ? this.#timeouts.idle : this.#timeouts.abandoned;
  }

  elapse(milliseconds: number): void {
    if (!this.#started) {
      this.#started = true;
      return;
    }
    try {
      this.#spentMilliseconds = this.#blameless() ? 0 : this.#spentMilliseconds + milliseconds;
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.#spentMilliseconds < this.limitMilliseconds) return;
    this.fail(this.#error('timeout', this.#explainTimeout()));
  }

  /** A free connection, a person or the caller's own upload is awaited: that time is not the peer's. */
  #blameless(): boolean {
    if (this.#phase === 'opening' && this.#awaitingUpload) return true;
    return this.#phase !== 'resting' && this.#backend.waiting === true;
  }

  /** Told by the upload whenever the backend asks for a view, and when it gets one. */
  awaitUpload(waiting: boolean): void {
    this.#awaitingUpload = waiting;
    this.#spentMilliseconds = 0;
    this.#started = false;
  }

  #explainTimeout(): string {
    const { host, protocol } = this.#request.url;
    const peer = host === '' ? protocol : host;
    if (this.#phase === 'opening')
      return `${peer} sent no reply within ${this.#timeouts.firstByte} ms`;
    if (this.#phase === 'reading')
      return `${peer} sent nothing for ${this.#timeouts.idle} ms in the middle of the body`;
    return `the reply from ${peer} was neither read nor closed for ${this.#timeouts.abandoned} ms`;
  }

  #enter(phase: Phase): void {
    if (this.#phase === 'ended') return;
    this.#phase = phase;
    this.#spentMilliseconds = 0;
    this.#started = false;
    this.#clock.heed(this.limitMilliseconds);
  }

  /** Asked whenever the backend was: it may have called somebody who ended this. */
  #goOn(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #begin(): void {
    if (this.#rejectPending !== undefined) {
      throw this.#error('protocol-invalid-operation', 'a read is pending already');
    }
    this.#spentMilliseconds = 0;
  }

  #rest(): void {
    if (this.#phase === 'reading') this.#enter('resting');
  }

  #take(count: number): void {
    if (count > this.#remaining) throw this.#longer();
    this.#remaining -= count;
  }

  #otherWay(): NetworkError {
    return this.#error(
      'protocol-invalid-operation',
      `backend ${this.#factory.name} does not move its bytes that way`,
    );
  }

  #longer(): NetworkError {
    return this.#error(
      'protocol-failure',
      `backend ${this.#factory.name} gave more bytes than the length that it declared`,
    );
  }

  #end(): void {
    if (this.#remaining !== Infinity && this.#remaining > 0) {
      throw this.#error(
        'protocol-failure',
        `backend ${this.#factory.name} ended ${this.#remaining} bytes before the length that it declared`,
      );
    }
    this.#trailers = this.#backend.trailers?.() ?? this.#trailers;
    this.#release();
  }

  #afterEnd<Value>(value: Value): Value {
    this.#goOn();
    return value;
  }

  /** Once, also when the backend's `close` leads back here. */
  #release(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#clock.forget(this);
    this.#unlisten?.();
    this.#closing = closed(this.#backend);
  }

  /** The backend's promise, unless the exchange fails first: a backend that does not settle holds nobody. */
  #await<Given, Seen>(promise: Promise<Given>, see: (value: Given) => Seen): Promise<Seen> {
    if (this.#phase === 'resting') this.#enter('reading');
    return new Promise((resolve, reject) => {
      this.#rejectPending = reject;
      const failed = (error: unknown): void => {
        this.#rejectPending = undefined;
        reject(this.fail(error));
      };
      const given = (value: Given): void => {
        this.#rejectPending = undefined;
        if (this.#failure !== undefined) return;
        try {
          resolve(see(value));
        } catch (error) {
          failed(error);
        }
      };
      promise.then(given, failed);
    });
  }

  #error(code: NetworkError['code'], message: string): NetworkError {
    return new NetworkError(code, message, { url: this.#request.url });
  }
}

const nothing = new Uint8Array(0);

const done = Promise.resolve();
const past = (): void => undefined;

/** A backend's `close` never throws; one that does is past hearing about it. */
function closed(backend: Backend): Promise<void> {
  try {
    const closing: unknown = backend.close();
    return isPromise(closing) ? Promise.resolve(closing).then(past, past) : done;
  } catch {
    return done;
  }
}
