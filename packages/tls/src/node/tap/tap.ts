import { Duplex } from 'node:stream';

import type { Channel } from '@netaccess/transport';

import type { AlertSighting } from '../../alerts/observer.ts';
import { RecordSplitter } from './record-splitter.ts';
import { TapOutput } from './tap-output.ts';
import type { Gate, WriteDone } from './tap-output.ts';

/** What TLS is given at once after the handshake: more would come as records that nobody can stop any more. */
const MOST_FED_BYTES = 64 * 1024;
/** What a peer may send on while its handshake is held; the rest waits in the network. */
const MOST_HELD_BYTES = 256 * 1024;

/** Sees the bytes of both directions go by. What it throws breaks the tap. */
export interface TapWatch {
  /** Called before TLS gets `bytes`, which are lent. Most often nothing is found. */
  received(bytes: Uint8Array): readonly AlertSighting[] | undefined;
  /** Called when TLS has got all that came before `sighting`. */
  tell(sighting: AlertSighting): void;
  /** Called when `bytes` are on their way. */
  sent(bytes: Uint8Array): void;
}

/**
 * Stands between a channel and a `TLSSocket`, which reads and writes it as a stream. Bytes go by without a buffer in between: TLS copies
 * each chunk before "data" returns. As long as a handshake lasts records are handed over one at a time, so that the secrets of one are known
 * when the next is looked at, and so that nothing behind the peer's last one is read before the peer was judged.
 */
export class Tap extends Duplex {
  readonly #source: Channel;
  readonly #watch: TapWatch | undefined;
  readonly #output: TapOutput;
  readonly #splitter = new RecordSplitter();
  #handshakes = true;
  #flowing = false;
  #pumping = false;
  #reading: Promise<Uint8Array> | undefined;
  #ended = false;
  #idle = false;
  #dismissed = false;
  /** Copies of what came while the handshake was held. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #onLost: (error: Error | undefined) => void = ignore;
  /** What broke the channel, a watch, or whoever it told. */
  failure: Error | undefined;
  /** Called at once when something breaks: Node may tell of an end before it tells of the error. */
  onFailure: (error: Error) => void = ignore;

  constructor(source: Channel, watch: TapWatch | undefined) {
    super({ allowHalfOpen: false });
    this.#source = source;
    this.#watch = watch;
    this.#output = new TapOutput(source, watch);
    // Otherwise a listener for "data" would start to read.
    super.pause();
    // Before TLS listens, and after it is gone, `failure` says it.
    this.on('error', ignore);
  }

  /** Bytes that nobody has read before the handshake, or -1 if the peer has ended. Starts to read. */
  unread(): number {
    const view = this.#source.readPointer();
    if (!(view instanceof Promise)) return view.length === 0 ? -1 : view.length;
    this.#wait(view);
    return 0;
  }

  /** Asked before a flight leaves that is no greeting any more. */
  gate(gate: Gate | undefined): void {
    this.#output.gate = gate;
  }

  /** From now on chunks are handed over as they come. */
  handshakeDone(): void {
    this.#handshakes = false;
  }

  /** Nothing leaves and nothing is handed over until `release`. `onLost` hears if the peer ends meanwhile, or the channel breaks. */
  hold(onLost: (error: Error | undefined) => void): void {
    this.#held ??= [];
    this.#onLost = onLost;
    this.#output.hold();
    // Whoever vanishes is noticed only by reading.
    queueMicrotask(this.#pump);
  }

  release(): void {
    this.#onLost = ignore;
    this.#output.release();
    this.#pump();
  }

  /** What is held. */
  get flight(): readonly Uint8Array[] {
    return this.#output.flight;
  }

  /** Throws away what is held and sends `records` instead, then the end. Resolves when the peer has ended, too, or `enough` aborts. */
  dismiss(records: readonly Uint8Array[], enough: AbortSignal): Promise<void> {
    this.#dismissed = true;
    this.#onLost = ignore;
    this.#output.dismiss();
    const written = this.#source.write(...records);
    for (const record of records) this.#watch?.sent(record);
    return new Promise((resolve) => {
      enough.addEventListener('abort', () => resolve());
      this.#leave(written).then(resolve, resolve);
    });
  }

  /** A socket that is idle does not keep the process alive. */
  setIdle(idle: boolean): void {
    this.#idle = idle;
    // A channel that is told so with a view that was not given back would close.
    if (!idle || this.#reading !== undefined) this.#source.setIdle(idle);
  }

  override pause(): this {
    this.#flowing = false;
    return this;
  }

  override resume(): this {
    if (this.#flowing) return this;
    this.#flowing = true;
    queueMicrotask(this.#pump);
    return this;
  }

  override cork(): void {
    this.#output.cork();
  }

  override uncork(): void {
    this.#guard(() => this.#output.uncork());
  }

  override write(chunk: unknown, encoding?: BufferEncoding | WriteDone, done?: WriteDone): boolean {
    const then = typeof encoding === 'function' ? encoding : done;
    const bytes = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
    this.#guard(() => this.#output.write(bytes, then ?? ignore));
    return true;
  }

  override end(...rest: unknown[]): this {
    const done = rest.find((each) => typeof each === 'function');
    const then = (): void => void (done && Reflect.apply(done, this, []));
    this.#source.end().then(then, then);
    return this;
  }

  override _destroy(reason: Error | null, finish: (error?: Error | null) => void): void {
    this.#flowing = false;
    this.#held = undefined;
    this.#output.close();
    this.#source.close().then(() => finish(reason), finish);
  }

  readonly #pump = (): void => {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#guard(() => {
      while (this.#wantsMore && this.#reading === undefined) {
        if (this.#feedHeld()) continue;
        const view = this.#source.readPointer();
        if (view instanceof Promise) this.#wait(view);
        else this.#take(view);
      }
    });
    this.#pumping = false;
  };

  get #wantsMore(): boolean {
    if (this.#ended || this.#dismissed || this.destroyed) return false;
    return this.#output.held ? this.#heldBytes < MOST_HELD_BYTES : this.#flowing;
  }

  #wait(reading: Promise<Uint8Array>): void {
    this.#reading = reading;
    if (this.#idle) this.#source.setIdle(true);
    const received = (): void => {
      this.#reading = undefined;
      this.#pump();
    };
    reading.then(received, (error: unknown) => {
      this.#reading = undefined;
      this.#lost(error instanceof Error ? error : new Error(String(error)));
    });
  }

  #take(view: Uint8Array): void {
    if (view.length === 0) return this.#end();
    const count = this.#output.held ? this.#keep(view) : this.#feed(view);
    if (!this.destroyed) this.#source.advanceReadPointer(count);
  }

  #end(): void {
    this.#ended = true;
    if (this.#output.held) this.#lostWhileHeld(undefined);
    else this.emit('end');
  }

  #lost(error: Error): void {
    // Whoever closes a channel breaks its reads.
    if (this.destroyed || this.#dismissed) return;
    this.#ended = true;
    if (!this.#output.held) return this.break(error);
    this.failure ??= error;
    this.#lostWhileHeld(error);
  }

  /** TLS never gets what was kept, but why the peer left may be in it. */
  #lostWhileHeld(error: Error | undefined): void {
    for (const kept of this.#held ?? []) {
      for (const sighting of this.#watch?.received(kept) ?? []) this.#watch?.tell(sighting);
    }
    this.#onLost(error);
  }

  #keep(view: Uint8Array): number {
    const count = Math.min(view.length, MOST_HELD_BYTES - this.#heldBytes);
    this.#held?.push(Buffer.from(view.subarray(0, count)));
    this.#heldBytes += count;
    return count;
  }

  /** What was kept while the handshake was held comes first. */
  #feedHeld(): boolean {
    const [first] = this.#held ?? [];
    if (first === undefined || this.#output.held) return false;
    const count = this.#feed(first);
    this.#heldBytes -= count;
    if (count === first.length) this.#held?.shift();
    else if (this.#held) this.#held[0] = first.subarray(count);
    return true;
  }

  /** Hands over one piece of `view`; returns its length. */
  #feed(view: Uint8Array): number {
    const length = this.#handshakes
      ? this.#splitter.next(view)
      : Math.min(view.length, MOST_FED_BYTES);
    const piece = view.subarray(0, length);
    const found = this.#watch?.received(piece);
    if (found === undefined) this.emit('data', piece);
    else this.#feedAround(piece, found);
    return length;
  }

  #feedAround(piece: Uint8Array, found: readonly AlertSighting[]): void {
    let fed = 0;
    for (const sighting of found) {
      if (sighting.offset > fed) this.emit('data', piece.subarray(fed, sighting.offset));
      fed = sighting.offset;
      if (this.destroyed) return;
      this.#watch?.tell(sighting);
    }
    this.emit('data', piece.subarray(fed));
  }

  async #leave(written: void | Promise<void>): Promise<void> {
    await written;
    await this.#source.end();
    while (!this.destroyed && !this.#ended) {
      const view = await (this.#reading ?? this.#source.readPointer());
      if (view.length === 0) return;
      this.#source.advanceReadPointer(view.length);
    }
  }

  /** Whatever is thrown on the way of a byte ends the connection, and nothing else. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.break(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Ends everything at once, with that error. */
  break(error: Error): void {
    this.failure ??= error;
    this.onFailure(this.failure);
    this.destroy(this.failure);
  }
}

const ignore = (): void => undefined;
