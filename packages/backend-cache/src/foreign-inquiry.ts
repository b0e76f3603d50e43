import type { Reply, Request, Send } from '@netaccess/core';

import { Asking } from './asking.ts';
import type { Desk } from './desk.ts';
import { placeOf } from './flight-table.ts';
import { Flight } from './flight.ts';
import { heldPart } from './http/range.ts';
import { plainFacts } from './http/request-facts.ts';
import { varyMatches } from './http/vary.ts';
import { sendRecording, sendToCache, sendToPeer, type Question } from './question.ts';
import { missed, replyWithFacts } from './reply-with-facts.ts';
import { serveEntry } from './serve-entry.ts';
import type { StoredEntry } from './store.ts';

/**
 * A request by a protocol that has no freshness, such as FTP. What is stored is served unasked only to those who want that; for others a
 * head with the same validator makes it good.
 */
export async function askForeign(desk: Desk, request: Request, next: Send): Promise<Reply> {
  const key = desk.key(request.url);
  const place = placeOf(key);
  const question: Question = { desk, request, next, asked: plainFacts, key, place, http: false };
  const control = request.attributes.cacheLoadControl ?? 'prefer-network';
  const found = control === 'always-network' ? [] : await desk.store.find(question.key);
  const entry = found.find(({ head }) => varyMatches(head.vary, request.headers));
  if (control === 'always-cache' || control === 'prefer-cache') {
    const answer = entry && served(question, entry, 'stale');
    if (answer !== undefined) return answer;
    if (control === 'always-cache') return sendToCache(question, null);
  }
  if (request.operation === 'head') return replyWithFacts(await sendToPeer(question, []), missed);
  const confirmed =
    control === 'prefer-network' && entry !== undefined
      ? await confirm(question, entry)
      : undefined;
  const answer = confirmed && served(question, confirmed, 'revalidated');
  return answer ?? fetched(question, found);
}

/** `undefined`: it does not hold what is asked for. */
function served(
  question: Question,
  entry: StoredEntry,
  outcome: 'stale' | 'revalidated',
): Promise<Reply> | undefined {
  const { range } = question.request.attributes;
  const part = range && heldPart(entry, range);
  if (range !== undefined && part === undefined) return undefined;
  if (range?.validator !== undefined && range.validator !== entry.head.validator) return undefined;
  const age = Math.max(0, question.desk.now() - entry.head.receivedAt);
  return serveEntry(question, entry, { outcome, age, part }, () => fetched(question, []));
}

/** The entry, if a head has the same validator. */
async function confirm(question: Question, entry: StoredEntry): Promise<StoredEntry | undefined> {
  const { request, next, desk } = question;
  const requestedAt = desk.now();
  const { range: _, ...attributes } = request.attributes;
  let reply: Reply;
  try {
    reply = await next({ ...request, operation: 'head', attributes });
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    // A server that cannot tell: all of it is asked for, as without a cache.
    return undefined;
  }
  const { validator, error } = reply;
  await reply.close();
  if (error !== undefined || validator !== entry.head.validator) return undefined;
  const times = { requestedAt, receivedAt: desk.now() };
  return desk.store.freshen(entry, { ...entry.head, ...times });
}

async function fetched(question: Question, found: readonly StoredEntry[]): Promise<Reply> {
  const { request, key, place } = question;
  const flight = new Flight(key, place, request);
  flight.start(new Asking(question, flight, found).land(false));
  const landing = await flight.board(request);
  if (landing.kind === 'recording') return sendRecording(question, landing);
  return landing.kind === 'reply'
    ? replyWithFacts(landing.reply, missed)
    : sendToCache(question, null);
}
