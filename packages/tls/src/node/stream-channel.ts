import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Address, Channel, ConnectTimings, Target } from '@netaccess/transport';

const nothing: Uint8Array = new Uint8Array(0);

/** An open stream as a channel, such as the socket that a server accepted. Nobody else reads or writes it from then on. */
export function streamChannel(stream: Duplex): Channel {
  return new StreamChannel(stream);
}

class StreamChannel implements Channel {
  readonly peer: Target;
  readonly address: Address;
  readonly timings: ConnectTimings;
  readonly #stream: Duplex;
  #listens = false;
  #usedAsStream = false;
  #current: Uint8Array = nothing;
  #ended = false;
  #failure: Error | undefined;
  #waiting: Promise<Uint8Array> | undefined;
  #resolve: (view: Uint8Array) => void = ignore;
  #reject: (error: Error) => void = ignore;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.address = addressOf(stream);
    const { address, port, family } = this.address;
    this.peer = family === 0 ? { path: address } : { host: address, port };
    const now = performance.now();
    this.timings = { start: now, connected: now };
  }

  get open(): boolean {
    return !this.#ended && this.#failure === undefined && !this.#stream.destroyed;
  }

  get usedAsStream(): boolean {
    return this.#usedAsStream;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    this.#listen();
    if (this.#current.length === 0) this.#read();
    if (this.#current.length > 0) return this.#current;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return nothing;
    this.#waiting ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#waiting;
  }

  advanceReadPointer(distance: number): void {
    if (!(distance >= 0 && distance <= this.#current.length)) {
      throw new RangeError(`cannot advance by ${distance}: ${this.#current.length} bytes are lent`);
    }
    this.#current = this.#current.subarray(distance);
  }

  write(...views: readonly Uint8Array[]): void | Promise<void> {
    const stream = this.#stream;
    if (views.length > 1) stream.cork();
    for (const view of views) stream.write(view);
    if (views.length > 1) stream.uncork();
    if (stream.writableLength === 0) return undefined;
    return new Promise((resolve, reject) => {
      stream.write(nothing, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Only what is a socket keeps a process alive. */
  setIdle(idle: boolean): void {
    if (!(this.#stream instanceof Socket)) return;
    if (idle) this.#stream.unref();
    else this.#stream.ref();
  }

  toDuplex(): Duplex {
    this.#usedAsStream = true;
    return this.#stream;
  }

  end(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.end((error?: Error | null) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    if (this.#stream.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once('close', () => resolve());
      this.#stream.once('error', ignore);
      this.#stream.destroy();
    });
  }

  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    // A stream that was told to give text cannot be told to give bytes again, but text of which each letter is one.
    if (this.#stream.readableEncoding !== null) this.#stream.setEncoding('latin1');
    this.#stream.on('readable', () => this.#read());
    this.#stream.on('end', () => this.#onEnd());
    this.#stream.on('error', (error) => this.#onFailure(error));
    this.#stream.on('close', () => this.#onFailure(new Error('the stream was closed')));
  }

  #read(): void {
    if (this.#current.length > 0) return;
    const read: unknown = this.#stream.read();
    const chunk = typeof read === 'string' ? Buffer.from(read, 'latin1') : read;
    if (!(chunk instanceof Uint8Array)) return;
    this.#current = chunk;
    this.#waiting = undefined;
    this.#resolve(chunk);
  }

  #onEnd(): void {
    this.#ended = true;
    this.#resolve(nothing);
  }

  #onFailure(error: Error): void {
    this.#failure ??= error;
    this.#reject(this.#failure);
  }
}

function addressOf(stream: Duplex): Address {
  if (stream instanceof Socket && stream.remoteAddress !== undefined) {
    const { remoteAddress: address, remotePort: port = 0, remoteFamily } = stream;
    return { address, port, family: remoteFamily === 'IPv6' ? 6 : 4 };
  }
  return { address: 'stream', port: 0, family: 0 };
}

const ignore = (): void => undefined;
