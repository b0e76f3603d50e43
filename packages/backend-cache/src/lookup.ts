import type { Request } from '@netaccess/core';

import type { Lookup } from './backend.ts';
import type { Desk } from './desk.ts';
import { judge } from './http/judgement.ts';
import { requestFacts } from './http/request-facts.ts';
import { ageAt } from './http/stored-facts.ts';
import { OpenedReply } from './opened-reply.ts';
import { servedHead } from './served-head.ts';
import { isHttp } from './stored-head.ts';

/** What is stored for requests that passed no policy: the whole of it, or nothing. */
export function lookupAt(desk: Desk): Lookup {
  return async (request) => (isPlain(request) ? openedFor(desk, request) : undefined);
}

function isPlain({ operation, upload, attributes, url }: Request): boolean {
  const reads = (operation === 'get' || operation === 'head') && upload === undefined;
  return reads && attributes.range === undefined && url.username === '' && url.password === '';
}

async function openedFor(desk: Desk, request: Request): Promise<OpenedReply | undefined> {
  const entry = desk.chosen(await desk.store.find(desk.key(request.url)), request.headers);
  if (entry === undefined) return undefined;
  const facts = desk.facts(entry);
  const now = desk.now();
  const verdict = judge(facts, requestFacts(request.headers), { now, takesStale: true });
  if (verdict === 'revalidate') return undefined;
  const outcome = verdict === 'fresh' ? 'hit' : 'stale';
  const head = servedHead(request, entry.head, isHttp(request.url) ? facts : undefined, {
    outcome,
    age: ageAt(facts, now),
  });
  if (request.operation === 'head') return new OpenedReply(head);
  const reader = await desk.store.open(entry);
  return reader && new OpenedReply(head, reader, () => entry.head.trailers ?? []);
}
