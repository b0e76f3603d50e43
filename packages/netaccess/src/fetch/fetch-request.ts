import type { HeaderEntry, Request as ManagerRequest } from '@netaccess/core';

import { intentOf } from '../new-request.ts';
import { checkPort } from './blocked-ports.ts';
import { bodyOf } from './fetch-body.ts';
import { cacheAttributes } from './fetch-cache.ts';

/** One call of `fetch`: what the manager is asked for, and what only `fetch` cares about. */
export interface Asked {
  readonly request: ManagerRequest;
  readonly method: string;
  readonly signal: AbortSignal | undefined;
  readonly redirect: RequestRedirect;
  readonly integrity: string;
}

/** The Fetch standard's (§4.4). */
const MAXIMUM_FETCH_REDIRECTS = 20;
const none = Object.freeze({});
/** The standard knows no question before the body, and wants a failure where it cannot be sent twice. */
const unasked = { expectContinue: false } as const;
const followed = {
  ...unasked,
  redirect: {
    policy: 'no-less-safe',
    maximum: MAXIMUM_FETCH_REDIRECTS,
    onRedirect: ({ to }: { readonly to: URL }) => checkPort(to),
  },
} as const;
const notFollowed = { ...unasked, redirect: 'manual' } as const;
/** What is remembered is not used, and nobody is asked. */
const anonymous = { credentials: () => undefined } as const;

/** A call with nothing but a URL, which needs no judge. */
export function plainlyAsked(input: string | URL): Asked {
  const request: ManagerRequest = {
    operation: 'get',
    url: parsed(input),
    headers: standardHeaders,
    attributes: followed,
    originAttributes: none,
  };
  return { request, method: 'GET', signal: undefined, redirect: 'follow', integrity: '' };
}

/** The platform would say the same of both, and quote the password. */
function parsed(input: string | URL): URL {
  const text = `${input}`;
  if (!URL.canParse(text)) {
    throw new TypeError(`Failed to parse URL from ${text.replace(/\/\/[^/?#]*@/u, '//')}`);
  }
  const url = new URL(text);
  if (url.username === '' && url.password === '') return url;
  throw new TypeError('Request cannot be constructed from a URL that includes credentials');
}

/** Reads the arguments of `fetch`. The platform's own `Request` judges them, so that the errors are its own. */
export async function askedOf(
  input: string | URL | Request,
  init: RequestInit | undefined,
  sharedCache: boolean,
): Promise<Asked> {
  const given = isRequest(input) ? input : undefined;
  const signal = signalOf(given, init);
  const platform = new Request(isRequest(input) ? input : parsed(input), judged(given, init));
  const { method, redirect, integrity, credentials } = platform;
  const url = new URL(platform.url);
  const body = bodyOf(init, platform);
  if (signal?.aborted === true) {
    body.cancel(signal.reason);
    throw signal.reason;
  }
  const headers = headersOf(platform, body.type);
  // A data URL has one meaning, whatever is asked of it (Fetch §4.2).
  const intent = url.protocol === 'data:' ? intentOf('GET') : intentOf(method);
  const upload = url.protocol === 'data:' ? undefined : await body.upload();
  const attributes = {
    ...(redirect === 'follow' ? followed : notFollowed),
    ...cacheAttributes(platform, sharedCache),
  };
  const omitted = credentials === 'omit';
  const request = {
    ...intent,
    url,
    headers,
    upload,
    attributes: omitted ? { ...attributes, authenticationReuse: 'manual' as const } : attributes,
    originAttributes: omitted ? anonymous : none,
    signal,
  };
  return { request, method, signal, redirect, integrity };
}

/** By what it has: there may be several classes of that name. */
export function isRequest(input: string | URL | Request): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && 'headers' in input;
}

/** A `null` of `init` takes that of the request away. */
function signalOf(
  given: Request | undefined,
  init: RequestInit | undefined,
): AbortSignal | undefined {
  const signal = init?.signal;
  return (signal === undefined ? given?.signal : signal) ?? undefined;
}

/** All of `init` but its body and a proper signal: what is done with those is done here, and costs less. */
function judged(
  given: Request | undefined,
  init: RequestInit | undefined,
): RequestInit | undefined {
  if (init === undefined || init === null) return undefined;
  const {
    method,
    headers,
    mode,
    credentials,
    cache,
    redirect,
    referrer,
    referrerPolicy,
    integrity,
  } = init;
  const judgedInit: Record<string, unknown> = {
    method,
    headers,
    mode,
    credentials,
    cache,
    redirect,
    referrer,
    referrerPolicy,
    integrity,
    keepalive: init.keepalive,
    window: init.window,
    duplex: Reflect.get(init, 'duplex'),
  };
  // Another body makes that of the given request stay unread.
  if (given !== undefined && init.body !== undefined && init.body !== null) judgedInit['body'] = '';
  if (init.signal !== undefined && !(init.signal instanceof AbortSignal))
    judgedInit['signal'] = init.signal;
  return judgedInit;
}

const standardHeaders: readonly HeaderEntry[] = [['accept-language', '*']];

/** The caller's headers, and those that the standard adds. */
function headersOf(platform: Request, bodyType: string | undefined): readonly HeaderEntry[] {
  const { headers, cache, referrer } = platform;
  const entries: HeaderEntry[] = [];
  for (const entry of headers) if (isSent(entry, platform)) entries.push(entry);
  const add = (name: string, value: string): void => {
    if (!headers.has(name)) entries.push([name, value]);
  };
  if (bodyType !== undefined) add('content-type', bodyType);
  add('accept-language', '*');
  if (referrer !== 'about:client' && referrer !== '') add('referer', referrer);
  if (cache === 'no-cache') add('cache-control', 'max-age=0');
  if (cache === 'no-store' || cache === 'reload') {
    add('pragma', 'no-cache');
    add('cache-control', 'no-cache');
  }
  return entries;
}

/**
 * Bodies are decoded whatever the caller accepts, so only "identity" is the caller's to say. `Host` is the URL's, as on the platform:
 * the headers of one request are often passed on with another.
 */
function isSent([name, value]: HeaderEntry, { method }: Request): boolean {
  if (name === 'host') return false;
  if (name === 'accept-encoding') return value.trim().toLowerCase() === 'identity';
  return name !== 'content-length' || (method !== 'GET' && method !== 'HEAD');
}
