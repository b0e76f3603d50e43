import type { Reply } from '@netaccess/core';

import { callerHas } from './http/conditional.ts';
import { isPromise } from './is-promise.ts';
import { OpenedReply } from './opened-reply.ts';
import { sendToCache, type Question } from './question.ts';
import { restFromPeer } from './rest-from-peer.ts';
import { notModifiedHead, servedHead, type Serving } from './served-head.ts';
import { SteadyReader } from './steady-reader.ts';
import type { EntryReader, StoredEntry } from './store.ts';

/** Serves an entry, or that the caller has it already. `gone` is called when the store has it no longer. */
export function serveEntry(
  question: Question,
  entry: StoredEntry,
  serving: Serving,
  gone: () => Promise<Reply>,
): Promise<Reply> {
  const { desk, request, asked } = question;
  const facts = question.http ? desk.facts(entry) : undefined;
  if (facts !== undefined && serving.part === undefined && callerHas(asked, { entry, facts }))
    return sendToCache(question, new OpenedReply(notModifiedHead(request, facts, serving)));
  const lend = (reader?: EntryReader): Promise<Reply> => {
    const head = servedHead(request, entry.head, facts, serving);
    const { trailers } = entry.head;
    const whole = reader !== undefined && serving.part === undefined && trailers !== undefined;
    return sendToCache(question, new OpenedReply(head, reader, whole ? () => trailers : undefined));
  };
  if (request.operation === 'head') return lend();
  const reader = desk.store.open(entry, storedPart(entry, serving));
  if (isPromise(reader))
    return reader.then((opened) =>
      opened === undefined ? gone() : lend(steady(question, entry, serving, opened)),
    );
  return reader === undefined ? gone() : lend(reader);
}

/** What did not come at once may fail later: the rest then comes from the peer, if it has the same bytes. */
function steady(
  question: Question,
  entry: StoredEntry,
  { part }: Serving,
  reader: EntryReader,
): EntryReader {
  const { range, length } = entry.head;
  if (length === undefined) return reader;
  const from = part?.from ?? range?.from ?? 0;
  const to = part?.to ?? from + length - 1;
  return new SteadyReader(reader, (position) =>
    restFromPeer(question, entry, { from: from + position, to }),
  );
}

/** Where the part lies in the bytes of the entry, which may be a part itself. */
function storedPart({ head }: StoredEntry, { part }: Serving) {
  if (part === undefined) return undefined;
  const offset = head.range?.from ?? 0;
  return { from: part.from - offset, to: part.to - offset };
}
