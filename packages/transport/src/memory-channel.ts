import type { Duplex } from 'node:stream';

import type { Address, Channel, ConnectTimings, Target } from './contract.ts';
import { MemoryPipe } from './memory-pipe.ts';
import { networkFailure } from './network-failure.ts';

/** Two ends of one path without a network: what is written to one is read from the other. Views are overwritten when given back. */
export function memoryChannelPair(): [Channel, Channel] {
  const there = new MemoryPipe();
  const back = new MemoryPipe();
  const near = new MemoryChannel(back, there);
  const far = new MemoryChannel(there, back);
  return [near, far];
}

class MemoryChannel implements Channel {
  readonly peer: Target = { path: 'memory' };
  readonly address: Address = { address: 'memory', port: 0, family: 0 };
  readonly timings: ConnectTimings;
  readonly #incoming: MemoryPipe;
  readonly #outgoing: MemoryPipe;
  #closed = false;

  constructor(incoming: MemoryPipe, outgoing: MemoryPipe) {
    const now = performance.now();
    this.timings = { start: now, connected: now };
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get open(): boolean {
    return !this.#closed && !this.#incoming.ended && !this.#outgoing.broken;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#incoming.readPointer();
  }

  advanceReadPointer(distance: number): void {
    this.#incoming.advanceReadPointer(distance);
  }

  write(...views: readonly Uint8Array[]): void | Promise<void> {
    return this.#outgoing.write(views);
  }

  setIdle(idle: boolean): void {
    if (!idle) this.#incoming.watch(undefined);
    else if (!this.open || this.#incoming.hasUnread) void this.close();
    else if (!this.#incoming.isAwaited) this.#incoming.watch(() => void this.close());
  }

  /** Always throws: a stream is the platform's, and this channel belongs to none. */
  toDuplex(): Duplex {
    throw networkFailure('protocol-invalid-operation', 'a memory channel is not a stream');
  }

  end(): Promise<void> {
    return this.#outgoing.end();
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    const closedHere = networkFailure('operation-canceled', 'the memory channel was closed');
    const closedThere = networkFailure('remote-host-closed', 'the peer closed the memory channel');
    this.#outgoing.abandonWriting(closedHere);
    this.#incoming.abandonReading(closedHere, closedThere);
    return Promise.resolve();
  }
}
