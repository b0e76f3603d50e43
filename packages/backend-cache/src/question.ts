import type { HeaderEntry, Reply, ReplyHead, Request, Send } from '@netaccess/core';

import { openedReply } from './attributes.ts';
import type { Desk } from './desk.ts';
import { hasField } from './http/field-lookup.ts';
import type { RequestFacts } from './http/request-facts.ts';
import { OpenedReply } from './opened-reply.ts';
import type { Recording } from './recording.ts';

const none: readonly HeaderEntry[] = [];

/** What a request asks of a cache, and where it goes on. */
export interface Question {
  readonly desk: Desk;
  readonly request: Request;
  readonly next: Send;
  readonly asked: RequestFacts;
  readonly key: string;
  /** Its place in the table of flights. */
  readonly place: number;
  /** Whether freshness and the rest of HTTP's caching mean something here. */
  readonly http: boolean;
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

/** Who wants it from its origin says so to the caches on the way, as browsers do. */
function reloadFields({ request, http }: Question): readonly HeaderEntry[] {
  const { attributes, headers } = request;
  if (!http || attributes.cacheLoadControl !== 'always-network') return none;
  const fields: HeaderEntry[] = [];
  if (!hasField(headers, 'cache-control')) fields.push(['Cache-Control', 'no-cache']);
  if (!hasField(headers, 'pragma')) fields.push(['Pragma', 'no-cache']);
  return fields;
}

/** To the peer, with these fields beside the caller's. */
export function sendToPeer(
  question: Question,
  fields: readonly HeaderEntry[],
  signal: AbortSignal | undefined = question.request.signal,
): Promise<Reply> {
  const { request, next } = question;
  const reload = reloadFields(question);
  const added = fields.length + reload.length;
  if (added === 0 && signal === request.signal) return next(request);
  const headers = added === 0 ? request.headers : [...request.headers, ...reload, ...fields];
  return next({ ...request, headers, signal });
}

/** The peer's reply to whose question it was, by way of the store. */
export async function sendRecording(
  question: Question,
  { recording, head }: { readonly recording: Recording; readonly head: ReplyHead },
): Promise<Reply> {
  const opened = new OpenedReply(head, recording.read(), () => recording.trailers());
  const reply = await sendToCache(question, opened);
  return reply.with({ head: { attributes: head.attributes } });
}
