import { networkFailure } from '@netaccess/transport';

import type { Stream } from './h2/stream.ts';
import type { Http2Connection } from './http2-connection.ts';
import type { UploadOutlet } from './upload-sender.ts';

/** Writes an upload to a stream, whose head has left already. */
export class Http2Outlet implements UploadOutlet {
  readonly holdsHead = false;
  readonly #connection: Http2Connection;
  readonly #stream: Stream;
  #remaining: number;
  #ended = false;
  #abandoned = false;
  #more: (() => Uint8Array | undefined) | undefined;
  #resolve: (() => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  constructor(connection: Http2Connection, stream: Stream, length: number | undefined) {
    this.#connection = connection;
    this.#stream = stream;
    this.#remaining = length ?? Infinity;
  }

  writeHead(): void {
    // It left when the stream was opened.
  }

  write(view: Uint8Array, more: () => Uint8Array | undefined): Promise<void> {
    if (this.#abandoned) return Promise.reject(unwanted());
    this.#more = more;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#send(view);
      this.#connection.flush();
    });
  }

  #send(view: Uint8Array): void {
    this.#remaining -= view.length;
    this.#connection.engine.write(this.#stream, view);
  }

  end(): void {
    if (this.#ended || this.#abandoned) return;
    this.#ended = true;
    this.#connection.engine.end(this.#stream);
    this.#connection.flush();
  }

  /** Called by the engine's listener: the view may be used again. What follows at once leaves in the same write. */
  written(): void {
    const next = this.#abandoned ? undefined : this.#more?.();
    if (next !== undefined) {
      this.#send(next);
      return;
    }
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.#reject = undefined;
    // The end need not wait for a source that does not say that it has no more.
    if (this.#remaining === 0) this.end();
    resolve?.();
  }

  /** Nothing more is sent. A view that is being written is given back when it is. */
  abandon(): void {
    this.#abandoned = true;
    const reject = this.#reject;
    this.#resolve = undefined;
    this.#reject = undefined;
    if (reject !== undefined) this.#connection.whenWritten(() => reject(unwanted()));
  }
}

function unwanted(): Error {
  return networkFailure('remote-host-closed', 'the peer takes no more of the upload');
}
