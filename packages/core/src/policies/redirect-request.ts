import type { Reply, Request } from '../contract.ts';
import { withoutHeaders } from '../headers.ts';
import { sameOrigin } from '../origin.ts';

/** What describes a body, and goes when the body does not (RFC 9110 §15.4). */
const bodyHeaders = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
  'content-digest',
  'repr-digest',
  'digest',
  'expect',
  'last-modified',
  'trailer',
  'transfer-encoding',
];
/** What is meant for one origin only. */
const originHeaders = ['authorization', 'cookie', 'proxy-authorization', 'host'];

/** Where a redirect leads: without what the peer wrote as user and password, and with the fragment that was asked for. */
export function redirectTarget(request: Request, target: URL): URL {
  const url = new URL(target);
  url.username = '';
  url.password = '';
  // An empty fragment is one, too; the accessor does not tell it from none.
  if (!url.href.includes('#')) url.hash = request.url.hash;
  return url;
}

/** The request that follows a redirect. Nothing that was meant for one origin goes to another. */
export function redirected(request: Request, reply: Reply, target: URL): Request {
  const keepOperation = reply.redirect?.keepOperation === true;
  const next = keepOperation ? request : asReading(request);
  const stays = sameOrigin(request.url, target) || wasUpgraded(request, reply, target);
  if (!stays) return { ...withoutHeaders(next, originHeaders), url: target, originAttributes: {} };
  const url = new URL(target);
  url.username = request.url.username;
  url.password = request.url.password;
  return { ...next, url };
}

/** A known host is asked by another scheme than the caller named, and redirects within that. */
function wasUpgraded(request: Request, reply: Reply, target: URL): boolean {
  return request.url.hostname === target.hostname && sameOrigin(reply.url, target);
}

/** A head stays a head, everything else becomes a get. */
function asReading(request: Request): Request {
  if (request.operation === 'head') return request;
  const { customVerb: _verb, upload: _upload, ...rest } = withoutHeaders(request, bodyHeaders);
  const { range, ...attributes } = request.attributes;
  // The range of a put says where to write.
  const keepsRange = range !== undefined && request.operation === 'get';
  return {
    ...rest,
    operation: 'get',
    attributes: keepsRange ? request.attributes : attributes,
  };
}
