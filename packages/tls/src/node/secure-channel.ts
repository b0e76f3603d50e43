import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import { networkFailure } from '@netaccess/transport';
import type {
  Address,
  Channel,
  ConnectTimings,
  SecureChannel,
  Target,
  TlsFacts,
} from '@netaccess/transport';

import { lostConnection, rootOf } from '../handshake-error.ts';
import type { CutOff } from './end-of-stream.ts';
import type { RecordReader } from './record-reader.ts';
import type { ReplaceBuffer } from './recycled-read.ts';
import type { Tapping } from './tap/tapping.ts';

/** Small writes are copied while others are on their way, until so much waits. */
const MOST_COPIED_WAITING_BYTES = 64 * 1024;
const LONGEST_COPIED_WRITE_BYTES = 16 * 1024;

/** What the handshake leaves behind. */
export interface SecuredParts {
  readonly channel: Channel;
  readonly socket: TLSSocket;
  readonly reader: RecordReader;
  readonly replaceBuffer: ReplaceBuffer | undefined;
  readonly cutOff: CutOff;
  readonly facts: TlsFacts;
  readonly peerName: string;
  readonly tapping: Tapping | undefined;
}

/** A channel over a `TLSSocket`. Made while its "secureConnect" event runs, so that nothing is missed. */
export class NodeSecureChannel implements SecureChannel {
  readonly peer: Target;
  readonly address: Address;
  readonly timings: ConnectTimings;
  readonly tls: TlsFacts;
  readonly #channel: Channel;
  readonly #socket: TLSSocket;
  readonly #reader: RecordReader;
  readonly #replaceBuffer: ReplaceBuffer | undefined;
  readonly #cutOff: CutOff;
  readonly #peerName: string;
  readonly #tapping: Tapping | undefined;
  /** Told to stop, a socket hears of no bare end: then it was the peer's close_notify, which came with the bytes before it. */
  #endedWhileStopped = false;
  #ended = false;
  #idle = false;
  #usedAsStream = false;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: SecuredParts) {
    this.peer = parts.channel.peer;
    this.address = parts.channel.address;
    this.timings = { ...parts.channel.timings, secured: performance.now() };
    this.tls = parts.facts;
    this.#channel = parts.channel;
    this.#socket = parts.socket;
    this.#reader = parts.reader;
    this.#replaceBuffer = parts.replaceBuffer;
    this.#cutOff = parts.cutOff;
    this.#peerName = parts.peerName;
    this.#tapping = parts.tapping;
    parts.socket.on('end', this.#onEnd);
    parts.socket.on('error', this.#onError);
    parts.socket.on('close', this.#onClose);
    if (parts.tapping !== undefined) parts.tapping.tap.onFailure = this.#onError;
  }

  get open(): boolean {
    return !this.#ended && this.#failure === undefined && this.#reader.readable;
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
    const waiting = this.#socket.writableLength;
    // With nothing on its way, the views are encrypted into OpenSSL's own memory before `write` returns.
    if (waiting === 0) return this.#send(views);
    const length = views.reduce((sum, view) => sum + view.length, 0);
    const short = length <= LONGEST_COPIED_WRITE_BYTES;
    if (short && waiting + length <= MOST_COPIED_WAITING_BYTES) {
      return this.#send([Buffer.concat(views, length)]);
    }
    return new Promise((resolve, reject) => {
      this.#send(views, (error) => {
        if (error) reject(this.#failure ?? this.#lost(error));
        else resolve();
      });
    });
  }

  /** A read that waits already goes on waiting, and gets what comes; otherwise bytes or an end close the channel. */
  setIdle(idle: boolean): void {
    if (idle === this.#idle) return;
    this.#idle = idle;
    if (!idle) this.#socket.ref();
    else this.#socket.unref();
    if (this.#usedAsStream || this.#closing !== undefined) return;
    if (!idle) this.#reader.divert(undefined, this.#replaceBuffer);
    else if (!this.open || this.#reader.hasUnread) void this.close();
    else if (!this.#reader.isAwaited) {
      this.#reader.divert(this.#onUnexpected, this.#replaceBuffer);
    }
  }

  /** The `TLSSocket` itself. What was unread counts in its `readableLength`. Throws when the channel is not open or a read waits. */
  toDuplex(): Duplex {
    if (this.#usedAsStream) return this.#socket;
    if (!this.open) throw this.#failure ?? this.#closedFailure('was closed by the peer');
    if (this.#reader.isAwaited) {
      throw networkFailure(
        'protocol-invalid-operation',
        `cannot use the channel to ${this.#peerName} as a stream while a read waits`,
      );
    }
    this.#usedAsStream = true;
    this.#socket.allowHalfOpen = false;
    keepCertificate(this.#socket, this.tls.peerCertificate);
    const unread = this.#reader.takeUnread();
    this.#reader.becomeStream((bytes) => this.#socket.push(bytes), this.#replaceBuffer);
    for (const chunk of unread.toReversed()) this.#socket.unshift(chunk);
    return this.#socket;
  }

  end(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#socket.end((error?: Error | null) => {
        if (error) reject(this.#failure ?? this.#lost(error));
        else resolve();
      });
    });
  }

  async wasCutOff(): Promise<boolean | undefined> {
    if (!this.#ended || this.#failure !== undefined) return undefined;
    return this.#endedWhileStopped ? false : this.#cutOff();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#failure ??= networkFailure(
      'operation-canceled',
      `the channel to ${this.#peerName} was closed`,
    );
    this.#reader.close(this.#failure);
    if (!this.#socket.closed) {
      const closed = new Promise<void>((resolve) => {
        this.#socket.once('close', () => resolve());
      });
      this.#socket.destroy();
      await closed;
    }
    await this.#channel.close();
  }

  #send(views: readonly Uint8Array[], done?: (error?: Error | null) => void): void {
    const last = views.at(-1);
    if (last === undefined) return;
    if (views.length === 1) return void this.#socket.write(last, done);
    this.#socket.cork();
    for (const view of views.slice(0, -1)) this.#socket.write(view);
    this.#socket.write(last, done);
    this.#socket.uncork();
  }

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#endedWhileStopped = this.#reader.stopped;
    this.#reader.end();
    if (this.#idle && !this.#usedAsStream) void this.close();
  };

  readonly #onError = (error: Error): void => {
    this.#failure ??= this.#lost(error);
    this.#reader.fail(this.#failure);
  };

  /** Somebody who uses the stream may close it too. */
  readonly #onClose = (): void => {
    this.#failure ??= this.#closedFailure('was closed');
    this.#reader.fail(this.#failure);
  };

  readonly #onUnexpected = (): boolean => {
    void this.close();
    return false;
  };

  #closedFailure(what: string): Error {
    return networkFailure('remote-host-closed', `the connection to ${this.#peerName} ${what}`, {
      temporary: true,
    });
  }

  #lost(error: Error): Error {
    const { watch, tap } = this.#tapping ?? {};
    const cause = rootOf(tap?.failure ?? error);
    return watch?.thrown ?? lostConnection(cause, this.#peerName, watch?.refusal);
  }
}

/** Some Nodes take the certificate away from OpenSSL when they give it, so that a library's second look finds none (nodejs/node#65579). */
function keepCertificate(socket: TLSSocket, certificate: Uint8Array | undefined): void {
  const known = certificate && new X509Certificate(certificate);
  socket.getPeerX509Certificate = () => known;
}
