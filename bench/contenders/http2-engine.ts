import type { OnReadOpts } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import {
  Http2Engine,
  type Http2Stream,
  type StreamListener,
} from '@netaccess/backend-http/unstable';

import { contend, viewsOf } from '../contender.ts';

// The engine alone, over a TLS socket that reads into memory of its own.

let ca = '';
let opened: Promise<Connection> | undefined;
const fields = Object.freeze([
  ['user-agent', 'bench'],
  ['accept', '*/*'],
] as const);

class Connection {
  readonly #socket: TLSSocket;
  readonly engine: Http2Engine;
  #scheduled = false;
  #writing = false;

  constructor(url: URL, ready: () => void) {
    const buffer = Buffer.allocUnsafeSlow(65_536);
    const callback = (count: number): boolean => {
      this.engine.receive(buffer.subarray(0, count));
      this.schedule();
      return true;
    };
    this.engine = new Http2Engine({
      now: () => performance.now(),
      listener: {
        settings: ready,
        mayRequestMore() {},
        goingAway() {},
        pingAcknowledged() {},
        promised: () => undefined,
        failed(failure) {
          throw failure;
        },
      },
    });
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      host: url.hostname,
      port: Number(url.port),
      ca,
      ALPNProtocols: ['h2'],
      onread: { buffer, callback },
    };
    this.#socket = connect(options);
    this.#socket.once('secureConnect', this.#pump);
  }

  /** All that is called for in one turn leaves in one write. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#pump);
  }

  readonly #pump = (): void => {
    this.#scheduled = false;
    if (this.#writing || !this.engine.hasOutput) return;
    const [output] = this.engine.takeOutput();
    if (output === undefined) return;
    this.#writing = true;
    this.#socket.write(output);
    // An empty queue means that Node is done with the memory.
    if (this.#socket.writableLength === 0) process.nextTick(this.#written);
    else this.#socket.write('', this.#written);
  };

  readonly #written = (): void => {
    this.#writing = false;
    this.engine.outputWritten();
    this.#pump();
  };
}

contend({
  prepare(terms) {
    ca = terms.ca;
  },
  get: (url) => exchange(url),
  download: (url) => exchange(url),
  async upload(url, body) {
    await exchange(url, { views: viewsOf(body), bytes: body.bytes });
  },
  async getHeld(url) {
    await exchange(url);
  },
});

interface Upload {
  readonly views: Iterator<Uint8Array>;
  readonly bytes: number;
}

/** Most requests find a connection that is there. */
let connection: Connection | undefined;

function exchange(url: string, upload?: Upload): Promise<number> {
  if (connection !== undefined) return exchangeOn(connection, url, upload);
  return connected(url).then((open) => exchangeOn(open, url, upload));
}

function connected(url: string): Promise<Connection> {
  opened ??= new Promise((resolve) => {
    const open = new Connection(new URL(url), () => {
      connection ??= open;
      resolve(open);
    });
  });
  return opened;
}

function exchangeOn(open: Connection, url: string, upload: Upload | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const { engine } = open;
    let bytes = 0;
    const writeNext = (): void => {
      const step = upload?.views.next();
      if (step !== undefined && step.done !== true) engine.write(stream, step.value);
    };
    const listener: StreamListener = {
      interim() {},
      head(status) {
        if (status !== 200) reject(new Error(`status ${status}`));
      },
      data(view) {
        bytes += view.length;
        engine.consumed(stream, view.length);
      },
      trailers() {},
      ended: () => resolve(bytes),
      failed: reject,
      written: writeNext,
      stopped() {},
    };
    const stream: Http2Stream = engine.request(
      {
        operation: upload === undefined ? 'GET' : 'PUT',
        scheme: 'https',
        authority: '127.0.0.1',
        path: '/',
        fields,
        hasUpload: upload !== undefined,
        length: upload?.bytes,
      },
      listener,
    );
    writeNext();
    open.schedule();
  });
}
