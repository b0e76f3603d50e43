import type { Socket } from 'node:net';

import type { Address, Channel, ConnectTimings, Target } from '../contract.ts';
import { networkFailure } from '../network-failure.ts';
import { describeTarget } from '../target.ts';
import type { RecycledReader } from './recycled-reader.ts';
import { systemFailure } from './system-failure.ts';

const nothing = new Uint8Array(0);

/** What was known when a channel was opened. */
export interface ChannelFacts {
  readonly peer: Target;
  readonly address: Address;
  readonly timings: ConnectTimings;
}

/** A connected `net.Socket`, TCP or unix, that is read by `reader`. Made while its "connect" event runs, so that nothing is missed. */
export class TcpChannel implements Channel {
  readonly peer: Target;
  readonly address: Address;
  /** Whoever opens a tunnel through the channel adds when that was. */
  timings: ConnectTimings;
  readonly #socket: Socket;
  readonly #reader: RecycledReader;
  #idle = false;
  /** Idle, and nobody waits for what comes. */
  #watched = false;
  #usedAsStream = false;
  #failure: Error | undefined;
  #ending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(socket: Socket, reader: RecycledReader, facts: ChannelFacts) {
    this.peer = facts.peer;
    this.address = facts.address;
    this.timings = facts.timings;
    this.#socket = socket;
    this.#reader = reader;
    reader.attach(() => socket.read(0));
    socket.on('end', this.#ended);
    socket.on('error', this.#failed);
    socket.on('close', this.#closed);
  }

  get open(): boolean {
    return this.#failure === undefined && this.#reader.readable;
  }

  get usedAsStream(): boolean {
    return this.#usedAsStream;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#reader.readPointer();
  }

  advanceReadPointer(distance: number): void {
    this.#reader.advanceReadPointer(distance);
  }

  write(...views: readonly Uint8Array[]): void | Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const socket = this.#socket;
    if (views.length !== 1) socket.cork();
    for (const view of views) socket.write(view);
    if (views.length !== 1) socket.uncork();
    // `write` returning true does not mean that Node is done with the memory; an empty queue does.
    return socket.writableLength === 0 ? undefined : this.#flushed();
  }

  /** A read that waits already goes on waiting, and gets what comes; otherwise bytes or an end close the channel. */
  setIdle(idle: boolean): void {
    if (idle === this.#idle) return;
    this.#idle = idle;
    if (!idle) this.#socket.ref();
    else this.#socket.unref();
    if (this.#usedAsStream || this.#closing !== undefined) return;
    if (!idle) this.#unwatch();
    else if (!this.open || this.#reader.hasUnread) void this.close();
    else if (!this.#reader.isAwaited) this.#watch();
  }

  /** The `net.Socket` itself. What was unread counts in its `readableLength`. Throws when the channel is not open or a read waits. */
  toDuplex(): Socket {
    if (this.#usedAsStream) return this.#socket;
    if (!this.open) throw this.#failure ?? this.#failureOf('was closed by the peer');
    if (this.#reader.isAwaited) {
      throw networkFailure(
        'protocol-invalid-operation',
        `cannot use the channel to ${describeTarget(this.peer)} as a stream while a read waits`,
      );
    }
    this.#usedAsStream = true;
    this.#watched = false;
    // What a library expects that was written for an ordinary socket.
    this.#socket.allowHalfOpen = false;
    for (const chunk of this.#reader.takeUnread()) this.#socket.push(chunk);
    this.#reader.divert((count, buffer) =>
      this.#socket.push(Buffer.from(buffer.subarray(0, count))),
    );
    return this.#socket;
  }

  end(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#ending ??= new Promise((resolve, reject) => {
      this.#socket.end((error?: Error | null) => {
        if (error) reject(this.#failure ?? this.#writeFailure(error));
        else resolve();
      });
    });
    return this.#ending;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #close(): Promise<void> {
    this.#failure ??= networkFailure(
      'operation-canceled',
      `the channel to ${describeTarget(this.peer)} was closed`,
    );
    this.#reader.close(this.#failure);
    if (this.#socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }

  #flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      // Writes are done in order, so an empty one ends after all before it.
      this.#socket.write(nothing, (error) => {
        if (error) reject(this.#failure ?? this.#writeFailure(error));
        else resolve();
      });
    });
  }

  readonly #ended = (): void => {
    this.#reader.end();
    if (this.#watched) void this.close();
  };

  readonly #failed = (error: Error): void => {
    this.#failure ??= systemFailure(
      error,
      `the connection to ${describeTarget(this.peer)} was lost`,
    );
    this.#reader.fail(this.#failure);
  };

  /** Somebody who uses the stream may close it too. */
  readonly #closed = (): void => {
    this.#failure ??= this.#failureOf('was closed');
    this.#reader.fail(this.#failure);
  };

  #watch(): void {
    this.#watched = true;
    this.#reader.divert(this.#unexpected);
  }

  #unwatch(): void {
    this.#watched = false;
    this.#reader.divert(undefined);
  }

  readonly #unexpected = (): boolean => {
    void this.close();
    return false;
  };

  #writeFailure(error: Error): Error {
    return systemFailure(error, `cannot write to ${describeTarget(this.peer)}`);
  }

  #failureOf(what: string): Error {
    return networkFailure(
      'remote-host-closed',
      `the connection to ${describeTarget(this.peer)} ${what}`,
      { temporary: true },
    );
  }
}
