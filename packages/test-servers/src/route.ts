import type { IncomingMessage, ServerResponse } from 'node:http';

/** One exchange as a route sees it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly reply: ServerResponse;
  readonly url: URL;
  /** Path components after the route's name, percent-decoded: `/bytes/10` gives `['10']`. */
  readonly parts: readonly string[];
}

/** Answers the requests of one path. What it throws breaks the connection. */
export type Route = (exchange: Exchange) => void | Promise<void>;

/** The path component at `index` as a number, or `fallback` where there is none. */
export function numberAt(exchange: Exchange, index: number, fallback?: number): number {
  const part = exchange.parts[index];
  const number = part === undefined ? fallback : Number(part);
  if (number === undefined || !Number.isSafeInteger(number)) {
    throw new RangeError(`no number at ${index} of ${exchange.url.pathname}`);
  }
  return number;
}

/** Writes the chunks at the speed of the other side and ends; stops when it leaves. HEAD gets the head only. */
export async function sendChunks(
  { request, reply }: Exchange,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  if (request.method !== 'HEAD') {
    for await (const chunk of chunks) {
      if (reply.destroyed) return;
      if (!reply.write(chunk)) await drained(reply);
    }
  }
  reply.end();
}

async function drained(reply: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      reply.off('drain', done);
      reply.off('close', done);
      resolve();
    };
    reply.on('drain', done);
    reply.on('close', done);
  });
}
