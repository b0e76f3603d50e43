import type { HeaderEntry, Operation, Request, Upload } from '@netaccess/core';

import type { Priority, PromisedReply } from './attributes.ts';
import { type CallerFields, readCallerFields } from './caller-fields.ts';
import type { FinalHead } from './exchange.ts';
import { partialRange, rangeFields } from './range.ts';
import { refused } from './refused.ts';

/** A request as HTTP sees it, whatever version will carry it. */
export interface Outgoing {
  /** As it goes on the wire: "GET", or the caller's own verb. */
  readonly operation: string;
  readonly url: URL;
  /** Scheme and authority, without user and password. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly host: string;
  /** Without those that frame the message or concern only the connection. */
  readonly fields: readonly HeaderEntry[];
  readonly upload: Upload | undefined;
  /** Bytes of the upload, when known. */
  readonly length: number | undefined;
  readonly expectsContinue: boolean;
  /** The caller wants the connection closed afterwards. */
  readonly closes: boolean;
  /** The caller understands trailers and says so to the peer. */
  readonly wantsTrailers: boolean;
  /** For a proxy that is told the whole URL, and for nobody else. */
  readonly proxyAuthorization: string | undefined;
  /** The peer is asked to go on in HTTP/2 with these settings, in base64url (RFC 7540 §3.2). */
  readonly upgradeSettings: string | undefined;
  readonly priority: Priority;
  readonly isHead: boolean;
  /** Acting twice on it does no more than once, as far as this backend knows. */
  readonly idempotent: boolean;
  readonly onPush: ((promised: PromisedReply) => boolean) | undefined;
  readonly onInterim: ((status: number, headers: readonly HeaderEntry[]) => void) | undefined;
  /** Throws at a head that cannot be the answer: the connection is then out of step, and must not be used again. */
  verify(head: FinalHead): void;
}

/** A body of at least so many bytes, or of unknown length, that cannot be sent twice is worth a question before it is sent. */
export const EXPECT_CONTINUE_BYTES: number = 1024 * 1024;

const native: ReadonlyMap<string, Operation> = new Map([
  ['HEAD', 'head'],
  ['GET', 'get'],
  ['PUT', 'put'],
  ['POST', 'post'],
  ['DELETE', 'delete'],
]);

/** The request with a verb that HTTP knows as an operation, in any case, made that operation. */
export function withNativeOperation(request: Request): Request {
  if (request.operation !== 'custom') return request;
  const operation = native.get(request.customVerb?.toUpperCase() ?? '');
  return operation === undefined ? request : { ...request, operation, customVerb: undefined };
}

/** Throws for a request that could not be sent without being read as something else. `request` has its native operation. */
export function outgoing(request: Request): Outgoing {
  const { operation, url, upload, attributes } = request;
  const { origin, path } = splitUrl(url);
  const caller = readCallerFields(request.headers);
  const length = declaredLength(upload, caller);
  const isHead = operation === 'head';
  return {
    operation: operation === 'custom' ? customVerb(request) : operation.toUpperCase(),
    url,
    origin,
    path,
    host: caller.host ?? origin.slice(origin.indexOf('//') + 2),
    fields:
      attributes.range === undefined ? caller.fields : [...caller.fields, ...rangeFields(request)],
    upload,
    length,
    expectsContinue: expectsContinue(request, caller, length),
    closes: caller.closes,
    wantsTrailers: caller.wantsTrailers,
    proxyAuthorization: caller.proxyAuthorization,
    upgradeSettings: undefined,
    priority: attributes.priority ?? 'normal',
    isHead,
    idempotent: operation !== 'post' && operation !== 'custom',
    onPush: attributes.onPush,
    onInterim: attributes.onInterim,
    verify({ status, fields, length: bodyLength }) {
      if (status === 206 && !isHead) partialRange(fields, attributes.range, bodyLength);
    },
  };
}

function customVerb({ customVerb: verb = '', upload }: Request): string {
  const upper = verb.toUpperCase();
  if (upper === 'CONNECT') throw refused('CONNECT opens tunnels: name a proxy instead');
  if (upper === 'TRACE' && upload !== undefined) throw refused('TRACE has no body');
  return verb;
}

/** Reads `href`, which the platform keeps, instead of five getters that take it apart again. */
function splitUrl(url: URL): { readonly origin: string; readonly path: string } {
  const { href } = url;
  const pathStart = href.indexOf('/', href.indexOf('//') + 2);
  const hash = href.indexOf('#', pathStart);
  const path = hash === -1 ? href.slice(pathStart) : href.slice(pathStart, hash);
  const origin = href.slice(0, pathStart);
  return { origin: origin.includes('@') ? `${url.protocol}//${url.host}` : origin, path };
}

function declaredLength(upload: Upload | undefined, caller: CallerFields): number | undefined {
  const { length, chunked } = caller;
  if (upload === undefined) {
    if (chunked || (length !== undefined && length !== 0))
      throw refused('a body is announced, and there is none');
    return length;
  }
  if (upload.length !== undefined && !isByteCount(upload.length))
    throw refused(`an upload of ${JSON.stringify(upload.length)} bytes`);
  if (chunked && length !== undefined) throw refused('Transfer-Encoding beside Content-Length');
  if (chunked) return undefined;
  if (length !== undefined && upload.length !== undefined && length !== upload.length) {
    throw refused(`Content-Length: ${length} for an upload of ${upload.length} bytes`);
  }
  return upload.length ?? length;
}

function isByteCount(length: number): boolean {
  return Number.isSafeInteger(length) && length >= 0;
}

function expectsContinue(
  request: Request,
  caller: CallerFields,
  length: number | undefined,
): boolean {
  const { upload, attributes } = request;
  if (upload === undefined || length === 0) return false;
  if (caller.expectsContinue) return true;
  return (
    attributes.expectContinue ??
    (!upload.resettable && (length === undefined || length >= EXPECT_CONTINUE_BYTES))
  );
}
