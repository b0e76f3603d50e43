import { createHash } from 'node:crypto';
import * as zlib from 'node:zlib';

import { patternBytes, patternChunks, patternText } from './pattern.ts';
import { numberAt, sendChunks, type Exchange, type Route } from './route.ts';

const textType = { 'content-type': 'text/plain' };
const bytesType = { 'content-type': 'application/octet-stream' };

/** Seed of the pattern: `?seed=`, default 0. */
function seedOf({ url }: Exchange): number {
  return Number(url.searchParams.get('seed') ?? 0);
}

/** `/bytes/LENGTH`: the pattern with a Content-Length, an ETag, and ranges (`Range`, `If-Range`, 206, 416). */
async function bytes(exchange: Exchange): Promise<void> {
  const { request, reply } = exchange;
  const length = numberAt(exchange, 0);
  const seed = seedOf(exchange);
  const etag = `"${length}-${seed}"`;
  const common = { ...bytesType, etag, 'accept-ranges': 'bytes' };
  const range = requestedRange(request.headers, etag, length);
  if (range === undefined) {
    reply.writeHead(200, { ...common, 'content-length': length });
    await sendChunks(exchange, patternChunks(length, seed));
    return;
  }
  if (range.from >= length) {
    reply.writeHead(416, { 'content-range': `bytes */${length}`, 'content-length': 0 }).end();
    return;
  }
  const count = range.to - range.from + 1;
  reply.writeHead(206, {
    ...common,
    'content-length': count,
    'content-range': `bytes ${range.from}-${range.to}/${length}`,
  });
  await sendChunks(exchange, patternChunks(count, seed, undefined, range.from));
}

/** RFC 9110 §14.2, one range only; others are ignored, as a server may. */
function requestedRange(
  conditions: Exchange['request']['headers'],
  etag: string,
  length: number,
): { from: number; to: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(conditions.range ?? '');
  const condition = conditions['if-range'];
  if (!match || (condition !== undefined && condition !== etag)) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '') return { from: Math.max(0, length - Number(to)), to: length - 1 };
  return { from: Number(from), to: to === '' ? length - 1 : Math.min(Number(to), length - 1) };
}

/** `/chunked/LENGTH/CHUNK`: the pattern in chunks of that many bytes (default 16 KiB), without a length. */
async function chunked(exchange: Exchange): Promise<void> {
  const length = numberAt(exchange, 0);
  exchange.reply.writeHead(200, bytesType);
  const chunkLength = numberAt(exchange, 1, 16 * 1024);
  await sendChunks(exchange, patternChunks(length, seedOf(exchange), chunkLength));
}

type Encode = (bytes: Uint8Array) => Buffer;
/** The default takes a second for a few megabytes. */
const fast = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };
/** By the names of the paths; `zstd` is missing where Node has none. */
const codings: ReadonlyMap<string, readonly [token: string, encode: Encode]> = new Map([
  ['gzip', ['gzip', (plain: Uint8Array) => zlib.gzipSync(plain)]],
  ['deflate', ['deflate', (plain: Uint8Array) => zlib.deflateSync(plain)]],
  ['raw-deflate', ['deflate', (plain: Uint8Array) => zlib.deflateRawSync(plain)]],
  ['br', ['br', (plain: Uint8Array) => zlib.brotliCompressSync(plain, fast)]],
  ...(typeof zlib.zstdCompressSync === 'function'
    ? [['zstd', ['zstd', (plain: Uint8Array) => zlib.zstdCompressSync(plain)]] as const]
    : []),
]);

/** `/encoded/CODING/LENGTH`: `patternText` in `gzip`, `deflate`, `raw-deflate`, `br` or `zstd`, whatever was asked for. */
function encoded(exchange: Exchange): void {
  const coding = codings.get(exchange.parts[0] ?? '');
  if (!coding) {
    exchange.reply.writeHead(404).end();
    return;
  }
  const [token, encode] = coding;
  const body = encode(patternText(numberAt(exchange, 1), seedOf(exchange)));
  exchange.reply.writeHead(200, {
    ...textType,
    'content-encoding': token,
    'content-length': body.length,
  });
  exchange.reply.end(exchange.request.method === 'HEAD' ? undefined : body);
}

/** `/redirect/HOPS?status=302&to=/path`: that many redirects, then to `to` (default `/echo`), which may be absolute. */
function redirect(exchange: Exchange): void {
  const hops = numberAt(exchange, 0);
  const { searchParams, search } = exchange.url;
  const location =
    hops > 1 ? `/redirect/${hops - 1}${search}` : (searchParams.get('to') ?? '/echo');
  const code = Number(searchParams.get('status') ?? 302);
  exchange.reply.writeHead(code, { location, 'content-length': 0 }).end();
}

/** `/status/CODE/REASON`: that status with a small text. */
function status(exchange: Exchange): void {
  const code = numberAt(exchange, 0);
  const reason = exchange.parts[1];
  if (reason === undefined) exchange.reply.writeHead(code, textType);
  else exchange.reply.writeHead(code, reason, textType);
  exchange.reply.end(code === 204 || code === 304 ? undefined : `status ${code}`);
}

/** `/basic-auth/USER/PASSWORD`: 401 with a challenge, or 200 with `hello USER`. `?realm=`. */
function basicAuth({ request, reply, url, parts }: Exchange): void {
  const expected = `Basic ${Buffer.from(`${parts[0]}:${parts[1]}`).toString('base64')}`;
  if (request.headers.authorization === expected) {
    reply.writeHead(200, textType).end(`hello ${parts[0]}`);
    return;
  }
  const realm = url.searchParams.get('realm') ?? 'test';
  reply.writeHead(401, { 'www-authenticate': `Basic realm="${realm}", charset="UTF-8"` });
  reply.end('who are you?');
}

/** What `/echo` says about a request. */
export interface Echo {
  readonly method: string;
  /** As it stood in the request line. */
  readonly target: string;
  /** Name, value, name, value… as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly length: number;
  /** SHA-256 of the body in hexadecimal. */
  readonly sha256: string;
  /** Name, value, name, value… after a chunked body. */
  readonly rawTrailers: readonly string[];
}

/** `/echo`: an `Echo` of the request as JSON, once its body has ended. */
async function echo({ request, reply }: Exchange): Promise<void> {
  if (request.headers.expect?.toLowerCase() === '100-continue') reply.writeContinue();
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
  }
  const { method = '', url: target = '', rawHeaders, rawTrailers } = request;
  const seen: Echo = {
    method,
    target,
    rawHeaders,
    length,
    sha256: hash.digest('hex'),
    rawTrailers,
  };
  reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(seen));
}

/** `/slow/PIECES/MILLISECONDS`: ten bytes of the pattern every so often, without a length. */
async function slow(exchange: Exchange): Promise<void> {
  const pieces = numberAt(exchange, 0);
  const pause = numberAt(exchange, 1);
  exchange.reply.writeHead(200, bytesType).flushHeaders();
  for (let piece = 0; piece < pieces && !exchange.reply.destroyed; piece += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, pause).unref();
    });
    exchange.reply.write(patternBytes(10, seedOf(exchange), piece * 10));
  }
  exchange.reply.end();
}

/** `/stall/LENGTH`: a head that promises LENGTH + 1 bytes, the first LENGTH of them, and then nothing. `/stall`: nothing at all. */
function stall(exchange: Exchange): void {
  const length = numberAt(exchange, 0, -1);
  if (length < 0) return;
  exchange.reply.writeHead(200, { ...bytesType, 'content-length': length + 1 });
  exchange.reply.flushHeaders();
  if (length > 0) exchange.reply.write(patternBytes(length, seedOf(exchange)));
}

/** `/trailers`: a chunked body `with trailers`, then `X-Checksum: 17` and `X-Late: yes`. */
function trailers({ reply }: Exchange): void {
  reply.writeHead(200, { ...textType, trailer: 'x-checksum, x-late' });
  reply.write('with trailers');
  reply.addTrailers({ 'x-checksum': '17', 'x-late': 'yes' });
  reply.end();
}

/** `/informational/STATUS/COUNT`: 100, 102 or 103 that many times (default once), then 200. */
async function informational(exchange: Exchange): Promise<void> {
  const code = numberAt(exchange, 0);
  const { reply } = exchange;
  for (let count = numberAt(exchange, 1, 1); count > 0; count -= 1) {
    if (code === 100) reply.writeContinue();
    else if (code === 102) reply.writeProcessing();
    else reply.writeEarlyHints({ link: '</style.css>; rel=preload' });
    await new Promise(setImmediate);
  }
  reply.writeHead(200, textType).end('at last');
}

/** `/headers/COUNT/LENGTH`: COUNT fields `x-field-0`… with values of LENGTH letters (default 10). */
function headers(exchange: Exchange): void {
  const value = 'v'.repeat(numberAt(exchange, 1, 10));
  for (let index = 0; index < numberAt(exchange, 0); index += 1) {
    exchange.reply.setHeader(`x-field-${index}`, value);
  }
  exchange.reply.end('many');
}

/** `/close/LENGTH`: the pattern, ended by closing the connection, as HTTP/1.0 servers do. */
async function close(exchange: Exchange): Promise<void> {
  exchange.reply.useChunkedEncodingByDefault = false;
  exchange.reply.writeHead(200, { ...bytesType, connection: 'close' });
  await sendChunks(exchange, patternChunks(numberAt(exchange, 0), seedOf(exchange)));
}

/** Served by every `httpServer`, by the first component of the path. */
export const readyRoutes: Readonly<Record<string, Route>> = {
  bytes,
  chunked,
  encoded,
  redirect,
  status,
  'basic-auth': basicAuth,
  echo,
  slow,
  stall,
  trailers,
  informational,
  headers,
  close,
};
