import type { HeaderEntry, Reply, Request } from '@netaccess/core';

import type { RequestFacts } from './http/request-facts.ts';
import { dated, isShareable, mayStore, storableFields, uselessAfter } from './http/storable.ts';
import { replyControl, storedFacts, type CacheRole } from './http/stored-facts.ts';
import { varyOf } from './http/vary.ts';
import { bareHref } from './key.ts';
import { namesFragment } from './served-head.ts';
import type { StoredHead, VaryEntry } from './store.ts';

/** When a request was sent, and when the head of its reply was there. */
export interface Times {
  readonly requestedAt: number;
  readonly receivedAt: number;
}

/** Whether freshness and the rest of HTTP's caching mean something here. */
export function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

/** What is kept of a reply to GET; `undefined`: it must not be kept, or would be of no use. */
export function storedHeadOf(
  request: Request,
  reply: Reply,
  means: Times & {
    readonly asked: RequestFacts;
    readonly role: CacheRole;
    readonly http: boolean;
  },
): StoredHead | undefined {
  return means.http ? httpHead(request, reply, means) : foreignHead(request, reply, means);
}

function httpHead(
  request: Request,
  reply: Reply,
  means: Times & { readonly asked: RequestFacts; readonly role: CacheRole },
): StoredHead | undefined {
  const { status, range } = reply;
  const { asked, role } = means;
  const all = [...reply.headers];
  if (status === undefined || (status.code === 206) !== (range !== undefined)) return undefined;
  if (!mayStore({ code: status.code, headers: all }, asked, role)) return undefined;
  const shared = role.shared || isShareable(replyControl(all));
  const vary = varyOf(all, request.headers, shared);
  if (vary === undefined) return undefined;
  const head = {
    ...commonHead(request, reply, means, vary),
    headers: dated(storableFields(all, role), means.receivedAt),
  };
  return { ...head, uselessAt: uselessAfter(head, storedFacts(head, role)) };
}

/** Of a protocol without freshness: only a whole success, and only if something tells later whether it still holds. */
function foreignHead(request: Request, reply: Reply, means: Times): StoredHead | undefined {
  const { validator, range, error, redirect } = reply;
  if (validator === undefined || range !== undefined) return undefined;
  if (error !== undefined || redirect !== undefined) return undefined;
  const vary: VaryEntry[] = [];
  for (const name of ['accept', 'accept-language'])
    vary.push([name, request.headers.find(([other]) => other.toLowerCase() === name)?.[1] ?? null]);
  return { ...commonHead(request, reply, means, vary), headers: [...reply.headers] };
}

function commonHead(
  request: Request,
  reply: Reply,
  { requestedAt, receivedAt }: Times,
  vary: readonly VaryEntry[],
): Omit<StoredHead, 'headers'> & { headers: readonly HeaderEntry[] } {
  const { status, error, validator, length, range, attributes } = reply;
  return {
    url: bareHref(reply.url),
    headers: [],
    status: status && { code: status.code, reason: status.reason },
    redirect: keptRedirect(request, reply),
    error: error && {
      code: error.code,
      message: error.message,
      ...(error.temporary === undefined ? {} : { temporary: error.temporary }),
    },
    validator,
    length,
    range: range && keptRange(range),
    vary,
    requestedAt,
    receivedAt,
    secured: attributes?.secured === 'verified' ? 'verified' : undefined,
  };
}

function keptRange(range: NonNullable<Reply['range']>): StoredHead['range'] {
  const { from, to = from, total } = range;
  return total === undefined ? { from, to } : { from, to, total };
}

/** Without the fragment that it has from the request only, as the next one's may be another. */
function keptRedirect(
  { url: asked }: Request,
  { redirect, headers }: Reply,
): StoredHead['redirect'] {
  if (redirect === undefined) return undefined;
  const url = new URL(redirect.url);
  if (!namesFragment(headers) && url.hash === asked.hash) url.hash = '';
  return { url: url.href, keepOperation: redirect.keepOperation };
}
