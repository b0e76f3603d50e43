import type { Policy, Reply, Request, Send } from '@netaccess/core';

import { Desk } from './desk.ts';
import { askForeign } from './foreign-inquiry.ts';
import { invalidatedBy, isSafe } from './http/invalidation.ts';
import { plainFacts } from './http/request-facts.ts';
import { Inquiry } from './inquiry.ts';
import type { CacheOptions } from './options.ts';
import { sendToCache, sendToPeer } from './question.ts';
import { bypassed, replyWithFacts } from './reply-with-facts.ts';
import type { CacheStore } from './store.ts';
import { isHttp } from './stored-head.ts';

/** Their bytes are here already. */
const local: ReadonlySet<string> = new Set(['data:', 'file:', 'blob:', 'about:']);

/** Whether there is nothing that a cache could save. */
export function isLocal(url: URL): boolean {
  return local.has(url.protocol);
}

/**
 * Decides what is served from the store, what is confirmed by its origin, and what is stored: RFC 9111, and by `cacheLoadControl` and
 * `cacheSaveControl`. Goes with a `cacheBackend` of the same store, around dispatch and `retry`, and inside of decoding and cookies.
 */
export function cachePolicy(store: CacheStore, options: CacheOptions = {}): Policy {
  return policyAt(new Desk(store, options));
}

/** The policy of one cache. */
export function policyAt(desk: Desk): Policy {
  return (request, next) => {
    const { operation, url } = request;
    const { protocol } = url;
    if (local.has(protocol)) return next(request);
    const reads = (operation === 'get' || operation === 'head') && request.upload === undefined;
    if (!reads) return changing(desk, request, next);
    const http = protocol === 'http:' || protocol === 'https:';
    if (isPersonal(request, http)) return passBy(desk, request, next);
    return http ? new Inquiry(desk, request, next).answer() : askForeign(desk, request, next);
  };
}

/** Whether what is got may depend on who asks, or from where, in a way that no field tells. */
function isPersonal({ url, originAttributes }: Request, http: boolean): boolean {
  // Most URLs have none, which is seen at a glance.
  if (url.href.includes('@') && (url.username !== '' || url.password !== '')) return true;
  for (const name in originAttributes) {
    // With HTTP, what they are used for shows in `Authorization`.
    if (name === 'credentials' && http) continue;
    if (Reflect.get(originAttributes, name) !== undefined) return true;
  }
  return false;
}

async function passBy(desk: Desk, request: Request, next: Send): Promise<Reply> {
  const question = {
    desk,
    request,
    next,
    asked: plainFacts,
    key: '',
    place: 0,
    http: isHttp(request.url),
  };
  if (request.attributes.cacheLoadControl === 'always-cache') return sendToCache(question, null);
  return replyWithFacts(await sendToPeer(question, []), bypassed);
}

/** What may change something takes with it what is stored (RFC 9111 §4.4). */
async function changing(desk: Desk, request: Request, next: Send): Promise<Reply> {
  const reply = await passBy(desk, request, next);
  if (isSafe(request)) return reply;
  for (const url of invalidatedBy(request, reply)) await desk.forget(url);
  return reply;
}
