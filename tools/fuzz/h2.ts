import {
  Http2Engine,
  type Http2Stream,
  type StreamListener,
} from '@netaccess/backend-http/unstable';

import type { Dice } from './dice.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';

/** All that the engine may want to say of an input of at most 64 KiB, its three requests and one upload. */
const MOST_OUTPUT_BYTES = 1_000_000;
/** Nothing that an engine does in so many turns goes on for ever. */
const MOST_TURNS = 10_000;

type Sentence = (dice: Dice) => Buffer;

function frame(type: number, flags: number, streamId: number, content: Buffer | string): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Mostly one that is open. */
const streamId = (dice: Dice): number =>
  dice.below(30) === 0 ? dice.pick([0, 2, 4, 7]) : dice.pick([1, 1, 3, 5]);
/** Heads as a server compresses them: from the static table, literal, indexed, with Huffman's code, with a change of the table. */
const blocks = [
  '\x88',
  '\x88\x5c\x011',
  '\x88\x0f\x0d\x015',
  '\x08\x03103\x00\x04link\x04</a>',
  '\x88\x40\x01a\x01b',
  '\x88\xbe',
  '\x20\x88',
  '\x3f\xe1\x1f\x88',
  '\x88\x61\x96\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\x04\x0b\x81\x66\xe0\x82\xa6\x2d\x1b\xff',
  '\x48\x82\x64\x02\x58\x85\xae\xc3\x77\x1a\x4b',
  '\x00\x01t\x01x',
];
const requests = '\x82\x87\x84\x41\x01a';

const sentences: readonly Sentence[] = [
  (dice) => frame(1, dice.pick([4, 4, 4, 4, 4, 4, 5, 5, 0x2c]), streamId(dice), dice.pick(blocks)),
  (dice) =>
    frame(
      0,
      dice.pick([0, 0, 1, 8, 9]),
      streamId(dice),
      dice.pick(['', 'hello', '\x02hello', 'x'.repeat(300)]),
    ),
  (dice) => {
    const id = streamId(dice);
    const whole = Buffer.from(dice.pick(blocks), 'latin1');
    const cut = dice.below(whole.length + 1);
    const begin = frame(1, dice.pick([0, 1]), id, whole.subarray(0, cut));
    return Buffer.concat([begin, frame(9, dice.below(20) === 0 ? 0 : 4, id, whole.subarray(cut))]);
  },
  (dice) => frame(3, 0, streamId(dice), number(dice.below(15))),
  (dice) => frame(4, dice.pick([0, 0, 0, 1]), 0, ''),
  (dice) =>
    frame(
      4,
      0,
      0,
      Buffer.concat([
        Buffer.of(0, dice.below(10)),
        number(dice.pick([0, 1, 100, 16_384, 65_536, 2 ** 31])),
      ]),
    ),
  (dice) =>
    frame(
      5,
      4,
      streamId(dice),
      Buffer.concat([number(dice.pick([2, 4, 6, 3])), Buffer.from(requests, 'latin1')]),
    ),
  () => frame(6, 0, 0, '12345678'),
  (dice) =>
    frame(
      7,
      0,
      0,
      Buffer.concat([number(dice.pick([1, 3, 2 ** 31 - 1])), number(dice.pick([0, 0, 0, 11]))]),
    ),
  (dice) => frame(8, 0, streamId(dice), number(dice.pick([1, 1000, 70_000, 0, 2 ** 31 - 1]))),
  (dice) => frame(2, 0, streamId(dice), '\0\0\0\x01\x10'),
  (dice) => frame(dice.below(256), dice.below(256), streamId(dice), 'x'.repeat(dice.below(20))),
];
const tokens = [
  '\0\0\0\x01\x05\0\0\0\x01',
  '\0\0\0\0\x01\0\0\0\x01',
  '\0\0\0\x04\0\0\0\0\0',
  '\0\0\x08\x06\0\0\0\0\0',
  '\xff\xff\xff\xff',
  '\x7f\xff\xff\xff',
  '\0',
  '\x01',
  '\x80',
  '\xff',
  '\x3f\xe1\x1f',
  'content-length',
];

/** The HTTP/2 engine by itself: no socket, no pool, no clock. */
export const h2: Target = {
  name: 'h2',
  generate: (dice) => {
    const said = Array.from({ length: 1 + dice.below(12) }, () => dice.pick(sentences)(dice));
    const begin = dice.below(20) === 0 ? [] : [frame(4, 0, 0, ''), frame(4, 1, 0, '')];
    const heads = [1, 3, 5].filter(() => dice.below(2) === 0).map((id) => frame(1, 4, id, '\x88'));
    const whole = Buffer.concat([...begin, ...heads, ...said]);
    return dice.below(2) === 0 ? whole : mutate(whole.toString('latin1'), dice, tokens);
  },
  observe: async (pieces) => new Conversation().hear(pieces),
};

/** Three requests at once, one with an upload, and all that becomes of them. */
class Conversation {
  readonly #events: string[] = [];
  readonly #engine: Http2Engine;
  #turns = 0;

  constructor() {
    const note = (text: string): void => this.#note(text);
    this.#engine = new Http2Engine({
      now: () => 0,
      options: { pushAllowed: true, streamBytes: 500 },
      listener: {
        settings: (settings) => note(`settings ${JSON.stringify(settings)}`),
        mayRequestMore: () => note('may request more'),
        goingAway: ({ message }) => note(`going away: ${message}`),
        pingAcknowledged: () => note('ping acknowledged'),
        promised: ({ stream, path }) => {
          note(`promised ${stream.id} ${path}`);
          return this.#listener(() => stream);
        },
        failed: ({ message, code }) => note(`failed: ${code} ${message}`),
      },
    });
    this.#request('GET');
    this.#upload();
    this.#request('HEAD');
  }

  hear(pieces: readonly Buffer[]): string {
    const engine = this.#engine;
    for (const piece of pieces) {
      const lent = Uint8Array.from(piece);
      engine.receive(lent);
      lent.fill(0xee);
    }
    engine.receiveEnd();
    if (engine.failure === undefined) throw new Error('the end of the connection was not noticed');
    if (engine.streamCount > 0) throw new Error('a stream outlived its connection');
    return `${this.#events.join('\n')}\n${this.#output()}`;
  }

  #output(): string {
    const engine = this.#engine;
    const parts: Buffer[] = [];
    while (engine.hasOutput) {
      this.#turn();
      parts.push(...engine.takeOutput().map((view) => Buffer.from(view)));
      engine.outputWritten();
    }
    const output = Buffer.concat(parts);
    if (output.length > MOST_OUTPUT_BYTES) throw new Error(`${output.length} bytes of output`);
    return output.toString('base64');
  }

  #request(operation: string): Http2Stream {
    const head = { operation, scheme: 'https', authority: 'a', path: '/', fields: [] };
    const stream: Http2Stream = this.#engine.request(
      { ...head, hasUpload: operation === 'PUT' },
      this.#listener(() => stream),
    );
    return stream;
  }

  #upload(): void {
    this.#engine.write(this.#request('PUT'), Buffer.alloc(100_000, 'u'));
  }

  /** Consumes bodies, gives up where that is what it is about, and writes until it is told to stop. */
  #listener(streamOf: () => Http2Stream): StreamListener {
    const engine = this.#engine;
    let over = false;
    const note = (text: string): void => {
      if (over && text !== 'stopped' && text !== 'written')
        throw new Error(`${text} after the end`);
      this.#note(`${streamOf().id} ${text}`);
    };
    return {
      interim: (status, fields) => note(`interim ${status} ${JSON.stringify(fields)}`),
      head: (status, fields, length) => note(`head ${status} ${JSON.stringify(fields)} ${length}`),
      data: (view) => {
        for (const byte of view) note(`data ${byte}`);
        engine.consumed(streamOf(), view.length);
      },
      trailers: (fields) => note(`trailers ${JSON.stringify(fields)}`),
      ended: () => {
        note('ended');
        over = true;
      },
      failed: ({ message, code }) => {
        note(`failed ${code} ${message}`);
        over = true;
      },
      written: () => note('written'),
      stopped: () => note('stopped'),
    };
  }

  #note(text: string): void {
    this.#turn();
    this.#events.push(text);
  }

  #turn(): void {
    this.#turns += 1;
    if (this.#turns > MOST_TURNS * 10) throw new Error('it goes on for ever');
  }
}
