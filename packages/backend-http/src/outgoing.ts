import { Buffer } from 'node:buffer';

import type { HeaderEntry, Operation, Request, Upload } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { FinalHead } from './exchange.ts';
import { partialRange, rangeFields } from './range.ts';

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
  readonly isHead: boolean;
  /** Acting twice on it does no more than once, as far as this backend knows. */
  readonly idempotent: boolean;
  readonly onInterim: ((status: number, headers: readonly HeaderEntry[]) => void) | undefined;
  /** Throws at a head that cannot be the answer: the connection is then out of step, and must not be used again. */
  verify(head: FinalHead): void;
}

/** What is sent when the caller says nothing. The number is the plugin contract's, not a release: it tells nobody what to attack. */
export const USER_AGENT = 'netaccess/1';
/** A body of at least so many bytes, or of unknown length, that cannot be sent twice is worth a question before it is sent. */
export const EXPECT_CONTINUE_BYTES: number = 1024 * 1024;

const userAgent: HeaderEntry = ['User-Agent', USER_AGENT];
const accept: HeaderEntry = ['Accept', '*/*'];
const defaultFields: readonly HeaderEntry[] = [userAgent, accept];

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
    isHead,
    idempotent: operation !== 'post' && operation !== 'custom',
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

/** The caller's fields, and what those among them say that this backend has to do itself. */
interface CallerFields {
  fields: readonly HeaderEntry[];
  host?: string;
  length?: number;
  chunked: boolean;
  closes: boolean;
  wantsTrailers: boolean;
  expectsContinue: boolean;
  proxyAuthorization?: string;
}

function readCallerFields(headers: readonly HeaderEntry[]): CallerFields {
  const caller: CallerFields = {
    fields: defaultFields,
    chunked: false,
    closes: false,
    wantsTrailers: false,
    expectsContinue: false,
  };
  if (headers.length === 0) return caller;
  const passed: HeaderEntry[] = [];
  let hasUserAgent = false;
  let hasAccept = false;
  for (const entry of headers) {
    const name = entry[0].toLowerCase();
    if (takeField(name, trimmed(entry[1]), caller)) continue;
    if (name === 'user-agent') hasUserAgent = true;
    else if (name === 'accept') hasAccept = true;
    passed.push([entry[0], trimmed(entry[1])]);
  }
  if (!hasAccept) passed.unshift(accept);
  if (!hasUserAgent) passed.unshift(userAgent);
  caller.fields = passed;
  return caller;
}

function trimmed(value: string): string {
  return value.replaceAll(/^[\t ]+|[\t ]+$/g, '');
}

/** True for fields that this backend writes itself, or not at all: two opinions about framing are an attack. */
function takeField(name: string, value: string, caller: CallerFields): boolean {
  switch (name) {
    case 'host':
      if (caller.host !== undefined) throw refused('two Host headers');
      caller.host = value;
      return true;
    case 'content-length':
      if (!/^\d{1,15}$/.test(value) || caller.length !== undefined)
        throw refused(`Content-Length: ${value}`);
      caller.length = Number(value);
      return true;
    case 'transfer-encoding':
      if (value.toLowerCase() !== 'chunked') throw refused(`Transfer-Encoding: ${value}`);
      caller.chunked = true;
      return true;
    case 'connection':
      takeConnectionOptions(value, caller);
      return true;
    case 'te':
      if (value.toLowerCase() !== 'trailers') throw refused(`TE: ${value}`);
      caller.wantsTrailers = true;
      return true;
    case 'expect':
      if (value.toLowerCase() !== '100-continue') throw refused(`Expect: ${value}`);
      caller.expectsContinue = true;
      return true;
    case 'upgrade':
    case 'http2-settings':
      throw refused(`the header ${name}: the connection is not the caller's to change`);
    case 'proxy-authorization':
      caller.proxyAuthorization = value;
      return true;
    default:
      return false;
  }
}

function takeConnectionOptions(value: string, caller: CallerFields): void {
  for (const part of value.toLowerCase().split(',')) {
    const option = part.trim();
    if (option === 'close') caller.closes = true;
    else if (option !== '' && option !== 'keep-alive' && option !== 'te') {
      throw refused(`the connection option ${JSON.stringify(option)}`);
    }
  }
}

function declaredLength(upload: Upload | undefined, caller: CallerFields): number | undefined {
  const { length, chunked } = caller;
  if (upload === undefined) {
    if (chunked || (length !== undefined && length !== 0))
      throw refused('a body is announced, and there is none');
    return length;
  }
  if (chunked && length !== undefined) throw refused('Transfer-Encoding beside Content-Length');
  if (chunked) return undefined;
  if (length !== undefined && upload.length !== undefined && length !== upload.length) {
    throw refused(`Content-Length: ${length} for an upload of ${upload.length} bytes`);
  }
  return upload.length ?? length;
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

/** The fields that frame the body and name the connection's options in HTTP/1.1. */
export function framingFields(message: Outgoing, asksContinue: boolean): readonly HeaderEntry[] {
  const fields: HeaderEntry[] = [];
  const { length, upload, operation } = message;
  const announcesNone = upload === undefined && (operation === 'PUT' || operation === 'POST');
  if (length !== undefined) fields.push(['Content-Length', String(length)]);
  else if (upload !== undefined) fields.push(['Transfer-Encoding', 'chunked']);
  else if (announcesNone) fields.push(['Content-Length', '0']);
  if (asksContinue) fields.push(['Expect', '100-continue']);
  const options = [message.closes ? 'close' : '', message.wantsTrailers ? 'TE' : ''].filter(
    Boolean,
  );
  if (options.length > 0) fields.push(['Connection', options.join(', ')]);
  if (message.wantsTrailers) fields.push(['TE', 'trailers']);
  return fields;
}

/** What a proxy that is told the whole URL gets: the caller's answer to its challenge, else what stands in its own URL. */
export function proxyFields(message: Outgoing, proxy: URL): readonly HeaderEntry[] {
  const { proxyAuthorization } = message;
  if (proxyAuthorization !== undefined) return [['Proxy-Authorization', proxyAuthorization]];
  if (proxy.username === '' && proxy.password === '') return [];
  const userinfo = `${decoded(proxy.username)}:${decoded(proxy.password)}`;
  return [['Proxy-Authorization', `Basic ${Buffer.from(userinfo, 'utf8').toString('base64')}`]];
}

/** A percent sign in userinfo that begins no escape means itself. */
function decoded(part: string): string {
  return part.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function refused(what: string): Error {
  return networkFailure('protocol-invalid-operation', `http refuses ${what}`);
}
