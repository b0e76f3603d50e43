import { createServer, Socket, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import { certificates } from '@netaccess/test-servers';

import { answerCalls, tell } from './child.ts';
import { http2Server, type Answer, type Http2Terms } from './http2-server.ts';

// As little as possible per request: the server must not be what limits a contender.

/** Where the server can be reached, and whom it is certified by. */
export interface ServerFacts {
  readonly http: string;
  readonly https: string;
  /** By what is answered there, whatever is asked. */
  readonly http2: Readonly<Record<Answer, string>>;
  readonly ca: string;
}

const SMALL_BYTES = 1_024;
const BLOCK = Buffer.alloc(1_048_576, 'netaccess');

const small = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${SMALL_BYTES}\r\n\r\n${'x'.repeat(SMALL_BYTES)}`,
);
const cacheable = `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\nCache-Control: public, max-age=86400\r\nContent-Type: text/plain\r\n`;
const smallCacheable = Buffer.from(
  `${cacheable}Content-Length: ${SMALL_BYTES}\r\n\r\n${'x'.repeat(SMALL_BYTES)}`,
);
const done = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK');

const held: Socket[] = [];

/** Speaks just enough HTTP/1.1 for well-behaved peers: `/small`, `/large/BYTES`, `/held/COUNT`, `/cacheable`, `/cacheable/BYTES`, and anything that is put. */
class Conversation {
  readonly #socket: Socket;
  #head = '';
  #bodyLeft = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
  }

  hear(chunk: Buffer): void {
    if (this.#bodyLeft > 0) return this.#sink(chunk.length);
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const asked = this.#head.slice(0, end);
    const rest = this.#head.length - end - 4;
    this.#head = '';
    this.#answer(asked, rest);
  }

  #answer(asked: string, rest: number): void {
    const socket = this.#socket;
    if (asked.startsWith('GET /small')) return void socket.write(small);
    if (asked.startsWith('GET /large/')) return sendLarge(socket, numberAfter(asked, '/large/'));
    if (asked.startsWith('GET /cacheable/'))
      return sendLarge(socket, numberAfter(asked, '/cacheable/'), cacheable);
    if (asked.startsWith('GET /cacheable')) return void socket.write(smallCacheable);
    if (asked.startsWith('GET /held/')) return hold(socket, numberAfter(asked, '/held/'));
    if (/\r\nexpect:/i.test(asked)) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    this.#bodyLeft = numberAfter(asked.toLowerCase(), 'content-length:');
    this.#sink(rest);
  }

  #sink(bytes: number): void {
    this.#bodyLeft -= bytes;
    if (this.#bodyLeft <= 0) this.#socket.write(done);
  }
}

/** What all plain connections read into: nobody keeps anything of it. */
const shared = Buffer.allocUnsafeSlow(262_144);

/**
 * Node lets only sockets that connect read into memory of their own. One that was accepted gives its handle to another, or the server
 * would take three times as long to swallow an upload, and be what is measured.
 */
function servePlain(accepted: Socket): void {
  const handle: unknown = Reflect.get(accepted, '_handle');
  Reflect.set(accepted, '_handle', null);
  const callback = (count: number): boolean => {
    conversation.hear(shared.subarray(0, count));
    return true;
  };
  const socket: Socket = Reflect.construct(Socket, [
    { handle, onread: { buffer: shared, callback } },
  ]);
  const conversation = new Conversation(socket);
  socket.resume();
}

function serveSecured(socket: Socket): void {
  const conversation = new Conversation(socket);
  socket.on('data', (chunk: Buffer) => conversation.hear(chunk));
}

function sendLarge(socket: Socket, bytes: number, head = 'HTTP/1.1 200 OK\r\n'): void {
  socket.write(`${head}Content-Length: ${bytes}\r\n\r\n`);
  let left = bytes;
  const next = (): void => {
    while (left > 0) {
      const block = left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
      left -= block.length;
      if (!socket.write(block)) return void socket.once('drain', next);
    }
  };
  next();
}

/** Answers nobody until that many wait, says so, and waits to be told. */
function hold(socket: Socket, count: number): void {
  if (held.push(socket) === count) tell('held');
}

function release(): void {
  for (const socket of held.splice(0)) socket.write(done);
}

function numberAfter(text: string, label: string): number {
  const at = text.indexOf(label);
  return at === -1 ? 0 : Number.parseInt(text.slice(at + label.length), 10);
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

let largeBytes = 0;
let heldCount = 0;
const http2Terms: Http2Terms = {
  largeBytes: () => largeBytes,
  held: { count: () => heldCount, full: () => tell('held'), waiting: [] },
};

/** What is answered over HTTP/2 from now on: bytes of a large body, and how many wait before that is said. */
function expectHttp2(expected: { readonly bytes?: number; readonly held?: number }): void {
  largeBytes = expected.bytes ?? 0;
  heldCount = expected.held ?? 0;
}

function releaseHttp2(): void {
  for (const answer of http2Terms.held.waiting.splice(0)) answer();
}

async function startHttp2(answer: Answer): Promise<string> {
  const { cert, key } = certificates().localhost;
  return `https://127.0.0.1:${await listening(http2Server({ cert, key }, answer, http2Terms))}`;
}

async function start(): Promise<ServerFacts> {
  const { ca, localhost } = certificates();
  const http2 = {
    small: await startHttp2('small'),
    large: await startHttp2('large'),
    sink: await startHttp2('sink'),
    held: await startHttp2('held'),
  };
  const plain = await listening(createServer({ pauseOnConnect: true }, servePlain));
  const secured = await listening(
    createTlsServer({ cert: localhost.cert, key: localhost.key }, serveSecured),
  );
  return {
    http: `http://127.0.0.1:${plain}`,
    https: `https://127.0.0.1:${secured}`,
    http2,
    ca: ca.cert,
  };
}

answerCalls({ start, release, expectHttp2, releaseHttp2 });
