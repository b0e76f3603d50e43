import type { Reply, Request, Send } from '@netaccess/core';

import { Asking } from './asking.ts';
import type { CacheLoadControl } from './attributes.ts';
import type { Desk } from './desk.ts';
import { placeOf } from './flight-table.ts';
import { Flight, type Landing } from './flight.ts';
import { confirmedHead } from './head-reply.ts';
import type { Candidate } from './http/conditional.ts';
import { judge } from './http/judgement.ts';
import { askedRange, hasValidator, heldPart, type AskedRange } from './http/range.ts';
import { requestFacts } from './http/request-facts.ts';
import { ageAt, storedFacts } from './http/stored-facts.ts';
import { varyMatches } from './http/vary.ts';
import { isPromise } from './is-promise.ts';
import { OpenedReply } from './opened-reply.ts';
import { sendRecording, sendToCache, sendToPeer, type Question } from './question.ts';
import { bypassed, handedReply, missed, replyWithFacts } from './reply-with-facts.ts';
import { serveEntry } from './serve-entry.ts';
import { servedHead, type Part } from './served-head.ts';
import type { StoredEntry, StoredHead } from './store.ts';

const nothingFound: readonly StoredEntry[] = [];

interface Held {
  readonly candidate: Candidate;
  readonly part?: Part | undefined;
}

/** One HTTP request's way through the cache (RFC 9111 §4). */
export class Inquiry {
  readonly #question: Question;
  readonly #range: AskedRange | 'other' | undefined;
  readonly #control: CacheLoadControl;
  #found = nothingFound;

  constructor(desk: Desk, request: Request, next: Send) {
    const asked = requestFacts(request.headers);
    const key = desk.key(request.url);
    this.#question = { desk, request, next, asked, key, place: placeOf(key), http: true };
    this.#range = askedRange(request, asked);
    this.#control = request.attributes.cacheLoadControl ?? 'prefer-network';
  }

  answer(): Promise<Reply> {
    const { desk, asked, key } = this.#question;
    if (this.#range === 'other' || asked.unusual || asked.control.noStore) return this.#passBy();
    const found = desk.store.find(key);
    return isPromise(found) ? found.then((entries) => this.#decide(entries)) : this.#decide(found);
  }

  /** The cache cannot tell what would be an answer, or has no business with it. */
  #passBy(): Promise<Reply> {
    if (this.#control === 'always-cache') return sendToCache(this.#question, null);
    return sendToPeer(this.#question, []).then((reply) => replyWithFacts(reply, bypassed));
  }

  #decide(found: readonly StoredEntry[]): Promise<Reply> {
    this.#found = found;
    const looked = found.length > 0 && this.#control !== 'always-network';
    const answer = looked ? this.#serveStored() : undefined;
    if (answer !== undefined) return answer;
    if (this.#control === 'always-cache' || this.#question.asked.control.onlyIfCached)
      return sendToCache(this.#question, null);
    return this.#question.request.operation === 'head' ? this.#askForHead() : this.#ask();
  }

  /** `undefined`: nothing stored may be served unasked. */
  #serveStored(): Promise<Reply> | undefined {
    const held = this.#held();
    if (held === undefined) return undefined;
    const { desk, asked } = this.#question;
    const { entry, facts } = held.candidate;
    const now = desk.now();
    const takesStale = this.#control === 'prefer-cache' || this.#control === 'always-cache';
    const confirm = this.#question.request.attributes.cacheConfirm;
    const verdict = judge(facts, asked, { now, takesStale, confirm });
    if (verdict === 'revalidate') return undefined;
    if (verdict === 'stale-while-revalidate') this.#revalidateInBackground();
    const outcome = verdict === 'fresh' ? 'hit' : 'stale';
    const serving = { outcome, age: ageAt(facts, now), part: held.part } as const;
    return serveEntry(this.#question, entry, serving, () => this.#withoutEntry(entry));
  }

  /** The store had it no longer. */
  #withoutEntry(gone: StoredEntry): Promise<Reply> {
    return this.#decide(this.#found.filter((entry) => entry !== gone));
  }

  /** The stored reply that answers, and what part of it. */
  #held(): Held | undefined {
    const { desk, request } = this.#question;
    const chosen = desk.chosen(this.#found, request.headers);
    const range = this.#range;
    if (range === undefined || range === 'other' || request.operation === 'head')
      return chosen && { candidate: { entry: chosen, facts: desk.facts(chosen) } };
    return this.#heldPart(range, chosen);
  }

  #heldPart(range: AskedRange, chosen: StoredEntry | undefined): Held | undefined {
    const { desk, request } = this.#question;
    const { validator } = range;
    for (const entry of chosen === undefined ? this.#found : [chosen, ...this.#found]) {
      if (!varyMatches(entry.head.vary, request.headers)) continue;
      const candidate = { entry, facts: desk.facts(entry) };
      const valid = validator === undefined || hasValidator(entry, validator);
      // Whoever has bytes of another version wants all of this one.
      if (!valid && entry === chosen) return { candidate };
      const part = valid ? heldPart(entry, range) : undefined;
      if (part !== undefined) return { candidate, part };
    }
    return undefined;
  }

  #ask(): Promise<Reply> {
    const { desk, request, asked, key, place } = this.#question;
    const plain = this.#range === undefined && !isConditional(this.#question);
    const shareable = desk.collapse && plain && this.#control !== 'always-network';
    const confirmed = asked.noCache || request.attributes.cacheConfirm === true;
    const joins = shareable && !confirmed && asked.control.maxAge === undefined;
    if (joins && !desk.flights.isAlone(key, place)) {
      const flight = desk.flights.find(key, place, request);
      if (flight !== undefined)
        return flight.board(request).then((landing) => {
          const shared = this.#share(landing);
          flight.decide(false);
          return shared;
        });
    }
    return this.#fly(shareable, plain && this.#control !== 'always-network');
  }

  /** Takes off, with a question about what is stored if that is of use. */
  #fly(shareable: boolean, conditional: boolean): Promise<Reply> {
    const { desk, request, key, place } = this.#question;
    const flight = new Flight(key, place, request);
    const asking = new Asking(this.#question, flight, this.#found);
    if (shareable) desk.flights.add(flight);
    const landed = asking.land(conditional);
    flight.start(landed);
    const lost = (error: unknown): never => {
      desk.flights.remove(flight);
      throw error;
    };
    if (request.signal === undefined) {
      const boarded = flight.board(request);
      return boarded.then((landing) => {
        noteLanding(desk, flight, landing);
        return this.#take(landing, flight);
      }, lost);
    }
    const noted = landed.then((landing) => noteLanding(desk, flight, landing), lost);
    const boarded = flight.board(request);
    noted.catch(past);
    return boarded.then((landing) => this.#take(landing, flight));
  }

  /** What this request's own question brought. */
  #take(landing: Landing, flight: Flight): Promise<Reply> | Reply {
    const { desk, request } = this.#question;
    if (landing.kind === 'reply') {
      flight.decide(true);
      return handedReply(landing.reply, missed, request.signal && flight.hand(request.signal));
    }
    if (landing.kind === 'recording') {
      const sent = sendRecording(this.#question, landing);
      flight.decide(true);
      return sent;
    }
    const { entry, outcome } = landing;
    const serving = { outcome, age: ageAt(desk.facts(entry), desk.now()) };
    const served = serveEntry(this.#question, entry, serving, () => this.#fly(false, false));
    if (!desk.facts(entry).withdrawn) return served;
    return served.then(async (reply) => {
      await desk.store.remove(this.#question.key, [entry]);
      return reply;
    });
  }

  /** What another's question brought, if it may be reused for this request (RFC 9111 §4). */
  #share(landing: Landing): Promise<Reply> {
    const { desk, request, asked, key, place } = this.#question;
    const alone = (): Promise<Reply> => {
      desk.flights.setAlone(key, place, true);
      return this.#fly(false, true);
    };
    if (landing.kind === 'reply') return alone();
    const head = landing.kind === 'entry' ? landing.entry.head : landing.recording.head;
    if (!varyMatches(head.vary, request.headers)) return this.#fly(false, true);
    const entry = landing.kind === 'entry' ? landing.entry : { key: '', id: '', head };
    const facts = desk.facts(entry);
    const now = desk.now();
    const takesStale = landing.kind === 'entry' && landing.outcome === 'stale';
    if (judge(facts, asked, { now, takesStale }) === 'revalidate') return alone();
    const age = ageAt(facts, now);
    if (landing.kind === 'entry')
      return serveEntry(this.#question, entry, { outcome: landing.outcome, age }, alone);
    const { recording } = landing;
    if (!recording.joinable) return this.answer();
    const served = servedHead(request, head, facts, { outcome: 'shared', age });
    const opened = new OpenedReply(served, recording.read(), () => recording.trailers());
    return sendToCache(this.#question, opened);
  }

  /** Nobody waits for it. */
  #revalidateInBackground(): void {
    const { desk, request, key, place, next } = this.#question;
    const plain = plainGet(request);
    if (desk.flights.find(key, place, plain) !== undefined) return;
    const background = new Inquiry(desk, plain, next);
    background.#found = this.#found;
    background.#fly(true, true).then(drained).catch(past);
  }

  /** A head tells whether the stored reply to GET still holds (RFC 9111 §4.3.5). */
  async #askForHead(): Promise<Reply> {
    const { desk, key } = this.#question;
    const requestedAt = desk.now();
    const reply = await sendToPeer(this.#question, []);
    const chosen = desk.chosen(this.#found, this.#question.request.headers);
    if (chosen !== undefined && reply.status?.code === 200) {
      const times = { requestedAt, receivedAt: desk.now() };
      const head = confirmedHead(chosen.head, [...reply.headers], times, desk.role);
      if (head === undefined) await desk.store.remove(key, [chosen]);
      else await desk.store.freshen(chosen, head);
    }
    return replyWithFacts(reply, missed);
  }
}

/** For all of it, whatever part or head of it was asked for, under whatever condition. */
function plainGet({ url, headers, attributes, originAttributes }: Request): Request {
  const { range: _range, cacheSaveControl: _save, cacheLoadControl: _load, ...rest } = attributes;
  const left = headers.filter(([name]) => !/^(?:range$|if-)/i.test(name));
  return { operation: 'get', url, headers: left, attributes: rest, originAttributes };
}

const past = (): void => undefined;

/** Its views go to the store on their way. */
async function drained(reply: Reply): Promise<void> {
  const views = reply.views()[Symbol.asyncIterator]();
  while ((await views.next()).done !== true);
}

/** What cannot be shared any more is no flight any more; what can shows that waiting is not in vain. */
function noteLanding(desk: Desk, flight: Flight, landing: Landing): void {
  const { key, place } = flight;
  if (landing.kind !== 'recording') desk.flights.remove(flight);
  else if (desk.flights.isAlone(key, place) && isFresh(desk, landing.recording.head))
    desk.flights.setAlone(key, place, false);
}

function isFresh(desk: Desk, head: StoredHead): boolean {
  const { lifetime, initialAge, control } = storedFacts(head, desk.role);
  return lifetime > initialAge && !control.noCache;
}

function isConditional({ asked }: Question): boolean {
  return asked.ifNoneMatch !== undefined || asked.ifModifiedSince !== undefined;
}
