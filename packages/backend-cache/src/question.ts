import type { HeaderEntry, Reply, Request, Send } from '@netaccess/core';

import { openedReply } from './attributes.ts';
import type { Desk } from './desk.ts';
import type { RequestFacts } from './http/request-facts.ts';
import type { OpenedReply } from './opened-reply.ts';

/** What a request asks of a cache, and where it goes on. */
export interface Question {
  readonly desk: Desk;
  readonly request: Request;
  readonly next: Send;
  readonly asked: RequestFacts;
  readonly key: string;
}

/** Through ordinary dispatch, where the cache's backend is met first. `null`: it has nothing that would do. */
export function sendToCache(
  { request, next }: Question,
  opened: OpenedReply | null,
): Promise<Reply> {
  const { attributes } = request;
  const sent = next({
    ...request,
    attributes: { ...attributes, cacheLoadControl: 'always-cache', [openedReply]: opened },
  });
  // A request that ends before its backend was made leaves the entry open.
  if (opened?.reader !== undefined) sent.catch(() => opened.close());
  return sent;
}

/** To the peer, with these fields beside the caller's. */
export function sendToPeer(
  { request, next }: Question,
  fields: readonly HeaderEntry[],
  signal: AbortSignal | undefined = request.signal,
): Promise<Reply> {
  if (fields.length === 0 && signal === request.signal) return next(request);
  const headers = fields.length === 0 ? request.headers : [...request.headers, ...fields];
  return next({ ...request, headers, signal });
}
