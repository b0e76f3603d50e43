import {
  hasHeader,
  NetworkError,
  type HeaderEntry,
  type Operation,
  type Request,
} from '@netaccess/core';

import { typedUpload } from './body-source.ts';
import type { HeadersSource, RequestOptions } from './request-options.ts';

/** The word of a custom operation, and what is done: a verb that has an operation of its own is that operation. */
export interface Intent {
  readonly operation: Operation;
  readonly customVerb?: string | undefined;
}

const none = Object.freeze({});
const noHeaders: readonly HeaderEntry[] = Object.freeze([]);
const named: ReadonlySet<string> = new Set<Operation>(['head', 'get', 'put', 'post', 'delete']);
/** RFC 9110 §5.6.2; other protocols' verbs are words of it, too. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A message is for people, and what is no URL may be long. */
const QUOTED_CHARACTERS = 200;

/** What the manager is asked for. Throws a `NetworkError` for what cannot be asked. */
export function newRequest(intent: Intent, url: string | URL, options?: RequestOptions): Request {
  const request = { ...intent, url: parsedUrl(url) };
  if (options === undefined) {
    return { ...request, headers: noHeaders, attributes: none, originAttributes: none };
  }
  const { body, signal } = options;
  const headers = entries(options.headers);
  const rest = {
    attributes: attributesOf(options),
    originAttributes: originAttributesOf(options),
    signal,
  };
  if (body === undefined || body === null) return { ...request, headers, ...rest };
  const { upload, type } = typedUpload(body);
  const typed = type === undefined || hasHeader(headers, 'content-type');
  return {
    ...request,
    headers: typed ? headers : [...headers, ['content-type', type]],
    upload,
    ...rest,
  };
}

/** The operation behind a verb, whatever its case, as in Qt. */
export function intentOf(verb: string): Intent {
  const operation = verb.toLowerCase();
  if (isNamed(operation)) return { operation };
  if (token.test(verb)) return { operation: 'custom', customVerb: verb };
  throw new NetworkError('protocol-invalid-operation', `${JSON.stringify(verb)} is no verb`);
}

function isNamed(word: string): word is Operation {
  return named.has(word);
}

/** A `NetworkError` instead of the platform's `TypeError`, which quotes a password. The URL is a copy: the caller's may change. */
export function parsedUrl(url: string | URL): URL {
  try {
    return new URL(url);
  } catch {
    const clean = String(url)
      .replace(/\/\/[^/?#]*@/u, '//')
      .slice(0, QUOTED_CHARACTERS);
    throw new NetworkError('protocol-unknown', `"${clean}" is no URL with a scheme`);
  }
}

function entries(source: HeadersSource | undefined): readonly HeaderEntry[] {
  if (source === undefined) return noHeaders;
  const pairs = isIterable(source) ? [...source] : Object.entries(source);
  return pairs.map(([name, value, ...rest]) => {
    if (name !== undefined && value !== undefined && rest.length === 0) return [name, value];
    throw new NetworkError('protocol-invalid-operation', 'a header is a pair of name and value');
  });
}

function isIterable(source: HeadersSource): source is Iterable<HeaderEntry | readonly string[]> {
  return Symbol.iterator in source;
}

function attributesOf({
  attributes,
  onProgress,
  timeouts,
  redirect,
}: RequestOptions): Request['attributes'] {
  if (onProgress === undefined && timeouts === undefined && redirect === undefined)
    return attributes ?? none;
  return {
    ...attributes,
    ...(onProgress && { onProgress }),
    ...(timeouts && { timeouts }),
    ...(redirect && { redirect }),
  };
}

function originAttributesOf({
  originAttributes,
  credentials,
}: RequestOptions): Request['originAttributes'] {
  if (credentials === undefined) return originAttributes ?? none;
  return { ...originAttributes, credentials };
}
