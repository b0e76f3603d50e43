import type { Server } from 'node:tls';
import { createServer, type TLSSocket } from 'node:tls';

// Speaks just enough HTTP/2 for well-behaved peers, and does not look at what they ask for: what is answered depends on the port.

/** What one port answers with. */
export type Answer = 'small' | 'large' | 'sink' | 'held';

const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const FRAME_BYTES = 16_384;
const WINDOW_BYTES = 16 * 1_048_576;
const WRITE_BYTES = 262_144;
const nothing = Buffer.alloc(0);

function frame(type: number, flags: number, streamId: number, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(9 + content.length);
  bytes.writeUIntBE(content.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(content, 9);
  return bytes;
}

function windowUpdate(streamId: number, increment: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeUInt32BE(increment);
  return frame(WINDOW_UPDATE, 0, streamId, content);
}

function settings(...pairs: readonly (readonly [number, number])[]): Buffer {
  const content = Buffer.alloc(pairs.length * 6);
  for (const [index, [id, value]] of pairs.entries()) {
    content.writeUInt16BE(id, index * 6);
    content.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(SETTINGS, 0, 0, content);
}

const fields = [
  ['content-type', 'text/plain; charset=utf-8'],
  ['date', 'Wed, 25 Nov 2026 12:00:00 GMT'],
  ['server', 'bench'],
  ['cache-control', 'public, max-age=3600'],
  ['etag', '"6a5b4c3d2e1f"'],
  ['vary', 'accept-encoding'],
] as const;
const OK = 0x88;
const literal = (prefix: number, name: string, value: string): Buffer =>
  Buffer.concat([
    Buffer.of(prefix, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);
/** The first head of a connection puts fields into the table, the others refer to them, as servers do. */
const learned = Buffer.concat(fields.map(([name, value]) => literal(0x40, name, value)));
const referred = Buffer.from(fields.map((_, index) => 0x80 + 62 + fields.length - 1 - index));

function answerHead(isFirst: boolean, length: number): Buffer {
  const rest = isFirst ? learned : referred;
  return Buffer.concat([Buffer.of(OK), rest, literal(0, 'content-length', String(length))]);
}

/** The head and body of one small reply, whose two stream identifiers are to be filled in. */
function smallReply(isFirst: boolean, body: string): { bytes: Buffer; secondId: number } {
  const head = frame(HEADERS, 4, 0, answerHead(isFirst, body.length));
  return {
    bytes: Buffer.concat([head, frame(DATA, 1, 0, Buffer.from(body))]),
    secondId: head.length + 5,
  };
}

const SMALL_BYTES = 1_024;
const small = 'x'.repeat(SMALL_BYTES);
const smallReplies = { first: smallReply(true, small), later: smallReply(false, small) };
const okReplies = { first: smallReply(true, 'OK'), later: smallReply(false, 'OK') };

/** What is held back on all connections of a server. */
export interface Held {
  readonly count: () => number;
  readonly full: () => void;
  readonly waiting: (() => void)[];
}

/** What a server is told before it is asked. */
export interface Http2Terms {
  readonly largeBytes: () => number;
  readonly held: Held;
}

class Conversation {
  readonly #socket: TLSSocket;
  readonly #answer: Answer;
  readonly #terms: Http2Terms;
  #unread: Buffer = nothing;
  #prefaceLeft = 24;
  /** Bytes of a body that belong to a frame that was counted. */
  #skipped = 0;
  #answered = false;
  #window = 65_535;
  #streamWindow = 65_535;
  #initialWindow = 65_535;
  #sending: { id: number; left: number } | undefined;
  #swallowed = 0;
  #replies: Buffer[] = [];
  /** Streams that wait for the window of the connection. */
  readonly #owed: number[] = [];

  constructor(socket: TLSSocket, answer: Answer, terms: Http2Terms) {
    this.#socket = socket;
    this.#answer = answer;
    this.#terms = terms;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    socket.on('drain', () => this.#sendMore());
    socket.write(settings([3, 100_000], [4, answer === 'sink' ? WINDOW_BYTES : 65_535]));
    if (answer === 'sink') socket.write(windowUpdate(0, WINDOW_BYTES));
  }

  #hear(chunk: Buffer): void {
    let bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    const preface = Math.min(this.#prefaceLeft, bytes.length);
    this.#prefaceLeft -= preface;
    bytes = bytes.subarray(preface);
    let at = Math.min(this.#skipped, bytes.length);
    this.#skipped -= at;
    while (bytes.length - at >= 9) {
      const length = bytes.readUIntBE(at, 3);
      const end = at + 9 + length;
      // What is in a body is not looked at, so it need not be whole.
      if (end > bytes.length && bytes[at + 3] !== DATA) break;
      this.#take(bytes[at + 3] ?? 0, bytes[at + 4] ?? 0, bytes, at, end);
      at = Math.min(end, bytes.length);
      this.#skipped = end - at;
    }
    this.#unread = at === bytes.length ? nothing : bytes.subarray(at);
    if (this.#replies.length > 0) this.#socket.write(Buffer.concat(this.#replies));
    this.#replies = [];
    this.#sendMore();
  }

  #take(type: number, flags: number, bytes: Buffer, at: number, end: number): void {
    const streamId = bytes.readUInt32BE(at + 5);
    if (type === HEADERS && (flags & 1) !== 0) this.#reply(streamId);
    else if (type === HEADERS) this.#streamWindow = WINDOW_BYTES;
    else if (type === DATA) this.#swallow(streamId, end - at - 9, (flags & 1) !== 0);
    else if (type === WINDOW_UPDATE) this.#open(streamId, bytes.readUInt32BE(at + 9));
    else if (type === SETTINGS && (flags & 1) === 0) this.#takeSettings(bytes, at + 9, end);
    else if (type === PING && (flags & 1) === 0)
      this.#replies.push(frame(PING, 1, 0, bytes.subarray(at + 9, end)));
  }

  #takeSettings(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; at += 6) {
      if (bytes.readUInt16BE(at) === 4) this.#initialWindow = bytes.readUInt32BE(at + 2);
    }
    this.#replies.push(frame(SETTINGS, 1, 0, nothing));
  }

  #open(streamId: number, increment: number): void {
    if (streamId === 0) {
      this.#window += increment;
      this.#payOff();
    } else if (streamId === this.#sending?.id) this.#streamWindow += increment;
  }

  #reply(streamId: number): void {
    if (this.#answer === 'small') {
      this.#owed.push(streamId);
      return this.#payOff();
    }
    if (this.#answer === 'large') return this.#begin(streamId, this.#terms.largeBytes());
    const { held } = this.#terms;
    held.waiting.push(() => {
      this.#say(okReplies, streamId);
      this.#socket.write(Buffer.concat(this.#replies));
      this.#replies = [];
    });
    if (held.waiting.length === held.count()) held.full();
  }

  #payOff(): void {
    while (this.#owed.length > 0 && this.#window >= SMALL_BYTES) {
      this.#window -= SMALL_BYTES;
      this.#say(smallReplies, this.#owed.shift() ?? 0);
    }
  }

  #say(replies: typeof smallReplies, streamId: number): void {
    const { bytes, secondId } = this.#answered ? replies.later : replies.first;
    this.#answered = true;
    const copy = Buffer.from(bytes);
    copy.writeUInt32BE(streamId, 5);
    copy.writeUInt32BE(streamId, secondId);
    this.#replies.push(copy);
  }

  #begin(streamId: number, bytes: number): void {
    this.#replies.push(frame(HEADERS, 4, streamId, answerHead(!this.#answered, bytes)));
    this.#answered = true;
    this.#streamWindow = this.#initialWindow;
    this.#sending = { id: streamId, left: bytes };
  }

  #sendMore(): void {
    const sending = this.#sending;
    if (sending === undefined || this.#socket.writableNeedDrain) return;
    const block = dataFrames(sending.id);
    for (;;) {
      const room = Math.min(sending.left, this.#window, this.#streamWindow);
      if (room <= 0) return;
      const frames = Math.min(Math.floor(room / FRAME_BYTES), WRITE_BYTES / FRAME_BYTES);
      const count = frames === 0 ? room : frames * FRAME_BYTES;
      sending.left -= count;
      this.#window -= count;
      this.#streamWindow -= count;
      const piece =
        frames === 0
          ? frame(DATA, 0, sending.id, block.subarray(9, 9 + count))
          : block.subarray(0, frames * (FRAME_BYTES + 9));
      const flows = this.#socket.write(piece);
      if (sending.left === 0) return this.#endLarge(sending.id);
      if (!flows) return;
    }
  }

  #endLarge(streamId: number): void {
    this.#sending = undefined;
    this.#socket.write(frame(DATA, 1, streamId, nothing));
  }

  #swallow(streamId: number, bytes: number, ends: boolean): void {
    this.#swallowed += bytes;
    if (ends) this.#say(okReplies, streamId);
    if (this.#swallowed < WINDOW_BYTES / 2) return;
    this.#replies.push(windowUpdate(0, this.#swallowed));
    if (!ends) this.#replies.push(windowUpdate(streamId, this.#swallowed));
    this.#swallowed = 0;
  }
}

const knownFrames: { id: number; bytes: Buffer } = { id: 0, bytes: nothing };

/** As many full DATA frames of a stream as go into one write. */
function dataFrames(streamId: number): Buffer {
  if (knownFrames.id === streamId) return knownFrames.bytes;
  const one = frame(DATA, 0, streamId, Buffer.alloc(FRAME_BYTES, 'netaccess'));
  knownFrames.id = streamId;
  knownFrames.bytes = Buffer.concat(Array.from({ length: WRITE_BYTES / FRAME_BYTES }, () => one));
  return knownFrames.bytes;
}

/** A server that answers everything alike. */
export function http2Server(
  identity: { readonly cert: string; readonly key: string },
  answer: Answer,
  terms: Http2Terms,
): Server {
  return createServer(
    { ...identity, ALPNProtocols: ['h2'] },
    (socket) => void new Conversation(socket, answer, terms),
  );
}
