import { http } from '@netaccess/backend-http';
import { NetworkAccessManager, NetworkError, Registry, type Reply } from '@netaccess/core';
import { memoryChannelPair, type Channel, type Connector } from '@netaccess/transport';

import type { Dice } from './dice.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';

/** Nothing here waits for a network or a clock: longer means for ever. */
const hangMilliseconds = 5000;

const replies = [
  'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil the end',
  'HTTP/1.1 204 No Content\r\nETag: "x"\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a="b"\r\n world\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 3\r\n\r\nsee',
  'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a \\"b\\"", Digest nonce=1\r\nContent-Length: 2\r\n\r\nno',
  'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 3\r\n\r\ncde',
  'HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */10\r\n\r\n',
  'HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nFolded: a\r\n b\r\n\tc\r\nContent-Length: 1\r\n\r\n!',
  'HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 2\n\nlf',
];
const tokens = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '"',
  '0',
  'ffffffffffffffff',
  '0000000000000000000',
  '-1',
  '9007199254740993',
  'Content-Length: 5\r\n',
  'Content-Length: 5, 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Connection: close\r\n',
  'Content-Encoding: gzip\r\n',
  'WWW-Authenticate: Basic realm="',
  'Location: http://[::1',
  'Set-Cookie: a=b\r\n',
  'HTTP/1.1 ',
  'HTTP/2 200\r\n',
  '100',
  '101 Switching',
  '\u00FF',
  '\u0080',
];

/** The HTTP/1.1 engine behind its backend, its pool and core, over a connection in memory: everything but the socket. */
export const h1: Target = {
  name: 'h1',
  generate: (dice: Dice) => {
    const count = 1 + dice.below(2);
    return Buffer.concat(
      Array.from({ length: count }, () => mutate(dice.pick(replies), dice, tokens)),
    );
  },
  async observe(pieces) {
    const channels: Channel[] = [];
    const manager = new NetworkAccessManager({
      registry: new Registry({ factories: [http()] }),
      resources: { connector: memoryConnector(pieces, channels) },
    });
    const seen = await settled(withinLimit(exchange(manager)));
    await withinLimit(manager.close());
    if (channels.some(({ open }) => open)) throw new Error('a channel was left open');
    return seen();
  },
  /** Bytes behind a whole reply are a failure when they come with its end, and nobody waits for them when they come later. */
  async tolerates(input, whole, inPieces) {
    if (whole !== 'protocol-failure') return false;
    for (let length = input.length - 1; length > 0; length -= 1) {
      const shorter = await this.observe([input.subarray(0, length)]);
      if (shorter === inPieces) return true;
    }
    return false;
  },
};

/** Every connection is answered with the same bytes, whatever it asks. */
function memoryConnector(pieces: readonly Buffer[], channels: Channel[]): Connector {
  return {
    async connect() {
      const [near, far] = memoryChannelPair();
      channels.push(near);
      void answer(far, pieces);
      return near;
    },
  };
}

async function answer(far: Channel, pieces: readonly Buffer[]): Promise<void> {
  try {
    await far.readPointer();
    // A channel in memory overwrites what was read, to catch whoever keeps a view.
    for (const piece of pieces) await far.write(Uint8Array.from(piece));
    await far.end();
  } catch (error) {
    // The side under test may close whenever it likes; only errors with a code say so.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

async function exchange(manager: NetworkAccessManager): Promise<string> {
  const url = new URL('http://peer.test/');
  try {
    const reply = await manager.send({
      operation: 'get',
      url,
      headers: [],
      attributes: {},
      originAttributes: {},
    });
    return `${headText(reply)}\n${await bodyText(reply)}`;
  } catch (error) {
    return failureText(error);
  }
}

/** Without the length: that of a chunked body is known only when all of it came with the head. */
function headText({ status, headers, range, redirect, error, challenges }: Reply): string {
  const names = challenges?.map(({ name, realm }) => `${name} ${realm}`);
  const facts = { status, headers: [...headers], range, redirect, error, names };
  return JSON.stringify(facts);
}

async function bodyText(reply: Reply): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const view of reply.views()) parts.push(Buffer.from(view));
    const body = Buffer.concat(parts).toString('latin1');
    return JSON.stringify({ body, trailers: reply.trailers() });
  } finally {
    await reply.close();
  }
}

/** The code only: whether the head had come, and how many bytes of the body, depends on the split. */
function failureText(error: unknown): string {
  if (!NetworkError.is(error) || error.code === 'unknown-network') throw error;
  return error.code;
}

async function withinLimit<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it hangs')), hangMilliseconds);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `work` came to, to be looked at after something else was done. */
async function settled<Value>(work: Promise<Value>): Promise<() => Value> {
  try {
    const value = await work;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
