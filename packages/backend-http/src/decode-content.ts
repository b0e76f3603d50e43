import type { Body, HeaderEntry, Policy, Reply, Request } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import { acceptedCodings, codingOf, type Coding } from './decoders/coding.ts';
import { DecodedBody } from './decoders/decoded-body.ts';
import { EnginePool } from './decoders/engine-pool.ts';

declare module '@netaccess/core' {
  interface RequestAttributes {
    /** As the option of `decodeContent`, for this request. */
    readonly expansionThresholdBytes?: number | undefined;
  }
  interface ReplyAttributes {
    /** The codings that were undone, in the order in which that was done. `Content-Encoding` still names them. */
    readonly decoded?: readonly string[] | undefined;
    /** The length before decoding, where it was known; `Content-Length` is gone, for it would be wrong. */
    readonly originalContentLength?: number | undefined;
  }
}

/** How much a decoded body may grow before it is compared with what came over the network: Qt's 10 MiB. */
const DEFAULT_EXPANSION_THRESHOLD_BYTES = 10_485_760;
/** Codings of one reply; more of them are an error. As many as curl allows. */
const MAXIMUM_CODINGS = 5;

/** What may be decoded. */
export interface DecodeContentOptions {
  /**
   * A decoded body longer than this (default: 10 MiB) fails with `unknown-content` if it is more than 40 times (`gzip`, `deflate`) or 100
   * times (`br`, `zstd`) as long as it was on its way. 0 judges every body, -1 none.
   */
  readonly expansionThresholdBytes?: number | undefined;
}

const acceptCodings: HeaderEntry = Object.freeze(['Accept-Encoding', acceptedCodings] as const);
/** Parts of an encoded body could not be decoded. */
const acceptIdentity: HeaderEntry = ['Accept-Encoding', 'identity'];
/** Of a request without any: one list for all of them, which has to be read only once. */
const onlyCodings: readonly HeaderEntry[] = Object.freeze([acceptCodings]);

/**
 * Asks for content codings and undoes them, while the body is read. A request with an `Accept-Encoding` of its own is left alone, and
 * so is its reply; one for a range asks for `identity`. A reply in a coding that is not known here is handed on as it is. The validator
 * stays: equal encoded bytes are equal decoded ones.
 */
export function decodeContent(options: DecodeContentOptions = {}): Policy {
  const engines = new EnginePool();
  const { expansionThresholdBytes = DEFAULT_EXPANSION_THRESHOLD_BYTES } = options;
  return (request, next) => {
    const accept = acceptableFor(request);
    if (accept === undefined) return next(request);
    const bare = request.headers.length === 0 && accept === acceptCodings;
    const asked = next({ ...request, headers: bare ? onlyCodings : [...request.headers, accept] });
    return asked.then((reply) => {
      const encoded = contentEncoding(reply.headers);
      if (encoded === undefined || !hasWholeBody(request, reply)) return reply;
      const threshold = request.attributes.expansionThresholdBytes ?? expansionThresholdBytes;
      return decoded(reply, encoded, { engines, expansionThresholdBytes: threshold });
    });
  };
}

/** `undefined` where the caller has said what is acceptable. */
function acceptableFor(request: Request): HeaderEntry | undefined {
  let accept = request.attributes.range === undefined ? acceptCodings : acceptIdentity;
  for (const [name] of request.headers) {
    if (name.length === 15 && name.toLowerCase() === 'accept-encoding') return undefined;
    if (name.length === 5 && name.toLowerCase() === 'range') accept = acceptIdentity;
  }
  return accept;
}

/** The values of all `Content-Encoding` fields, joined; `undefined` where there is none. */
function contentEncoding(headers: Iterable<HeaderEntry>): string | undefined {
  let found: string | undefined;
  for (const [name, value] of headers) {
    if (name.length !== 16 || name.toLowerCase() !== 'content-encoding') continue;
    found = found === undefined ? value : `${found},${value}`;
  }
  return found;
}

/** Not for HEAD, 204 and 304, whose fields tell of a body that is not there, nor for a part of an encoded one. */
function hasWholeBody(request: Request, { length, range, status }: Reply): boolean {
  if (request.operation === 'head' || length === 0 || range !== undefined) return false;
  return status?.code !== 204 && status?.code !== 206 && status?.code !== 304;
}

type Means = ConstructorParameters<typeof DecodedBody>[2];

function decoded(reply: Reply, encoded: string, means: Means): Reply | Promise<Reply> {
  const names = encoded.split(',').map((name) => name.trim());
  const applied = names.filter((name) => name !== '' && name.toLowerCase() !== 'identity');
  if (applied.length > MAXIMUM_CODINGS) return refused(reply);
  const codings = applied.map(codingOf).filter((coding) => coding !== undefined);
  if (codings.length === 0 || codings.length < applied.length) return reply;
  const outermostFirst = codings.toReversed();
  return reply.with({
    head: {
      headers: withoutLength(reply.headers),
      length: undefined,
      attributes: {
        ...reply.attributes,
        decoded: outermostFirst.map(({ name }) => name),
        originalContentLength: reply.length,
      },
    },
    body: (source) => decodedBody(source, outermostFirst, means),
  });
}

function decodedBody(source: Body, outermostFirst: readonly Coding[], means: Means): Body {
  return outermostFirst.reduce<Body>(
    (body, coding) => new DecodedBody(body, coding, means),
    source,
  );
}

function withoutLength(headers: Iterable<HeaderEntry>): readonly HeaderEntry[] {
  return [...headers].filter(([name]) => name.toLowerCase() !== 'content-length');
}

async function refused(reply: Reply): Promise<Reply> {
  await reply.close();
  throw networkFailure(
    'unknown-content',
    `the reply names more than ${MAXIMUM_CODINGS} content codings`,
  );
}
