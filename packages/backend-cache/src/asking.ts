import type { HeaderEntry, Reply, ReplyHead } from '@netaccess/core';

import { combineParts } from './combine-parts.ts';
import { completed, longestStart, type Start } from './completion.ts';
import type { Flight, Landing } from './flight.ts';
import { conditionFields, confirmedBy, type Candidate } from './http/conditional.ts';
import { hasField } from './http/field-lookup.ts';
import { freshenedHead } from './http/freshened-head.ts';
import { survivesErrors } from './http/judgement.ts';
import { isKeepable } from './http/storable.ts';
import { secretsMatch, varyMatches, varyOf } from './http/vary.ts';
import { isPromise } from './is-promise.ts';
import { sendToPeer, type Question } from './question.ts';
import { Recording } from './recording.ts';
import { missed } from './reply-with-facts.ts';
import type { EntryWriter, StoredEntry, StoredHead } from './store.ts';
import { storedHeadOf, type Times } from './stored-head.ts';

const PARTIAL_CONTENT = 206;
const NOT_MODIFIED = 304;
/** A redirect is followed without reading its body, which is worth fetching if it is no longer than this. */
const REDIRECT_BODY_BYTES = 65_536;
/** Statuses that say that the peer cannot answer now (RFC 5861 §4). */
const failing: ReadonlySet<number> = new Set([500, 502, 503, 504]);
/** Variants and parts of one URL; beyond that the oldest make room. */
const MAXIMUM_ENTRIES_PER_KEY = 32;

const noCandidates: readonly Candidate[] = [];
const noFields: readonly HeaderEntry[] = [];

/** One question to the peer for something that may be stored, or that confirms what is (RFC 9111 §4.3). */
export class Asking {
  readonly #question: Question;
  readonly #flight: Flight;
  readonly #found: readonly StoredEntry[];
  /** What would be served if the peer confirms it. */
  readonly #chosen: Candidate | undefined;
  readonly #others: readonly Candidate[];
  #requestedAt = 0;

  constructor(question: Question, flight: Flight, found: readonly StoredEntry[]) {
    this.#question = question;
    this.#flight = flight;
    this.#found = found;
    const { desk, request } = question;
    const chosen = found.length === 0 ? undefined : desk.chosen(found, request.headers);
    this.#chosen = chosen && { entry: chosen, facts: desk.facts(chosen) };
    this.#others = found.length === 0 ? noCandidates : othersOf(question, found, chosen);
  }

  /** Asks whether what is stored still holds, where that can be asked, or for the rest of it. */
  land(conditional: boolean): Promise<Landing> {
    const started = conditional && this.#chosen === undefined && this.#found.length > 0;
    return started ? this.#completeOrAsk() : this.#ask(conditional);
  }

  async #completeOrAsk(): Promise<Landing> {
    const start = await this.#start();
    return start === undefined ? this.#ask(true) : this.#complete(start);
  }

  #ask(conditional: boolean): Promise<Landing> {
    const fields = conditional ? conditionFields(this.#chosen, this.#others) : noFields;
    return this.#send(fields).then(
      (reply) => this.#receive(reply, { conditional, sent: fields.length > 0 }),
      (error: unknown) => {
        const stale = conditional ? this.#staleInstead() : undefined;
        if (stale === undefined) throw error;
        return stale;
      },
    );
  }

  #receive(
    reply: Reply,
    asked: { readonly conditional: boolean; readonly sent: boolean },
  ): Landing | Promise<Landing> {
    const times = this.#times();
    const code = reply.status?.code;
    if (code === NOT_MODIFIED)
      return asked.sent ? this.#confirm(reply, times) : this.#relay(reply, times);
    const failed = asked.conditional && code !== undefined && failing.has(code);
    const stale = failed ? this.#staleInstead() : undefined;
    if (stale === undefined) return this.#record(reply, times);
    return reply.close().then(() => stale);
  }

  #times(): Times {
    return { requestedAt: this.#requestedAt, receivedAt: this.#question.desk.now() };
  }

  /** The caller's own condition: what the 304 confirms may be stored too, if it says what it is. */
  async #relay(reply: Reply, times: Times): Promise<Landing> {
    const headers = [...reply.headers];
    if (hasField(headers, 'etag') || hasField(headers, 'last-modified'))
      await this.#freshenAll(headers, times);
    return { kind: 'reply', reply };
  }

  #send(fields: readonly HeaderEntry[]): Promise<Reply> {
    this.#requestedAt = this.#question.desk.now();
    return sendToPeer(this.#question, fields, this.#flight.signal);
  }

  /** What is stored of the start of what is asked for. */
  async #start(): Promise<Start | undefined> {
    const { desk, request } = this.#question;
    const matching = this.#found.filter(({ head }) => varyMatches(head.vary, request.headers));
    const entry = longestStart(matching);
    const { range, validator } = entry?.head ?? {};
    if (entry === undefined || range === undefined || validator === undefined) return undefined;
    const reader = await desk.store.open(entry);
    return reader && { entry, reader, from: range.to + 1, validator };
  }

  /** Asks for the rest of it, or, if it has changed, for all (RFC 9110 §13.1.5). */
  async #complete(start: Start): Promise<Landing> {
    const { from, validator, reader } = start;
    const fields: readonly HeaderEntry[] = [
      ['Range', `bytes=${from}-`],
      ['If-Range', validator],
    ];
    let reply: Reply;
    try {
      reply = await this.#send(fields);
    } catch (error) {
      await reader.close();
      throw error;
    }
    const times = this.#times();
    const whole = reply.status?.code === PARTIAL_CONTENT ? completed(reply, start) : undefined;
    if (whole !== undefined) return this.#record(whole, times);
    await reader.close();
    if (reply.status?.code === 200) return this.#record(reply, times);
    // Neither the rest nor all of it: the caller asked for no part.
    await reply.close();
    return this.#ask(false);
  }

  #staleInstead(): Landing | undefined {
    if (this.#chosen === undefined) return undefined;
    const { entry, facts } = this.#chosen;
    const { desk, asked } = this.#question;
    return survivesErrors(facts, asked, desk.now())
      ? { kind: 'entry', entry, outcome: 'stale' }
      : undefined;
  }

  /** RFC 9111 §4.3.4. A 304 about something that is not stored helps nobody: all of it is asked for. */
  async #confirm(reply: Reply, times: Times): Promise<Landing> {
    const headers = [...reply.headers];
    await reply.close();
    const served = await this.#freshenAll(headers, times);
    if (served === undefined) return this.#ask(false);
    return { kind: 'entry', entry: served, outcome: 'revalidated' };
  }

  /** Resolves to the one to be served. */
  async #freshenAll(
    headers: readonly HeaderEntry[],
    times: Times,
  ): Promise<StoredEntry | undefined> {
    let served: StoredEntry | undefined;
    for (const { entry } of confirmedBy(headers, this.#chosen, this.#others)) {
      const fresh = await this.#freshen(entry, headers, times);
      served ??= fresh;
    }
    return served;
  }

  async #freshen(
    entry: StoredEntry,
    headers: readonly HeaderEntry[],
    times: Times,
  ): Promise<StoredEntry | undefined> {
    const { desk, request } = this.#question;
    const head = freshenedHead(entry.head, { headers, ...times }, desk.role);
    const chosen = varyMatches(entry.head.vary, request.headers);
    const implied = entry.head.vary.some(([name]) => name === 'authorization');
    const vary = chosen ? varyOf(head.headers, request.headers, !implied) : entry.head.vary;
    return desk.store.freshen(entry, { ...head, vary: vary ?? entry.head.vary });
  }

  #record(reply: Reply, times: Times): Landing | Promise<Landing> {
    const { desk, request, asked, http } = this.#question;
    const head = isKeepable(request, reply)
      ? storedHeadOf(request, reply, { ...times, asked, http, role: desk.role })
      : undefined;
    if (head === undefined || this.#flight.spoiled) return this.#unstored(reply);
    const writer = this.#writer(head);
    return isPromise(writer)
      ? writer.then((given) => this.#write(reply, head, given))
      : this.#write(reply, head, writer);
  }

  /** What the peer answers now shows that what is stored is not it any more (RFC 9111 §4.3.3). */
  #unstored(reply: Reply): Landing {
    const { desk, key, asked, request } = this.#question;
    const whole = asked.range === undefined && request.attributes.range === undefined;
    const heeded = whole && request.attributes.cacheSaveControl !== false;
    const trusted = heeded && reply.attributes?.secured !== 'unverified';
    if (this.#chosen !== undefined && trusted && isDefinite(reply.status?.code))
      void desk.store.remove(key, [this.#chosen.entry]);
    return { kind: 'reply', reply };
  }

  #write(reply: Reply, head: StoredHead, writer: EntryWriter | undefined): Landing {
    if (writer === undefined) return this.#unstored(reply);
    const recording = this.#recording(reply, head, writer);
    this.#flight.record(recording);
    return { kind: 'recording', recording, head: handedHead(reply) };
  }

  #writer(head: StoredHead): EntryWriter | undefined | Promise<EntryWriter | undefined> {
    const { desk, key } = this.#question;
    const replaces = replacedBy(head, this.#found, this.#question.request.headers);
    return desk.store.write({ key, head, expectedBytes: head.length, replaces });
  }

  #recording(reply: Reply, head: StoredHead, writer: EntryWriter): Recording {
    const { desk } = this.#question;
    const least = reply.redirect === undefined ? 0 : REDIRECT_BODY_BYTES;
    return new Recording({
      store: desk.store,
      reply,
      head,
      writer,
      backgroundBytes: Math.max(least, desk.backgroundBytes),
      onEnd: (entry) => {
        desk.flights.remove(this.#flight);
        if (entry?.head.range !== undefined) combineParts(desk, entry).catch(past);
      },
    });
  }
}

function handedHead(reply: Reply): ReplyHead {
  const { url, headers, length, range, validator, status, redirect, error, attributes } = reply;
  return {
    url,
    headers,
    length,
    range,
    validator,
    status,
    redirect,
    error,
    attributes: { ...attributes, cache: missed },
  };
}

/** Whether a reply tells what the URL names, and not how the peer is, or who asks. */
function isDefinite(code: number | undefined): boolean {
  return code !== undefined && (code < 400 || code === 404 || code === 410);
}

/** What else is stored for the URL that the same user may be told of. */
function othersOf(
  { desk, request }: Question,
  found: readonly StoredEntry[],
  chosen: StoredEntry | undefined,
): readonly Candidate[] {
  return found
    .filter((entry) => entry !== chosen && entry.head.range === undefined)
    .filter((entry) => secretsMatch(entry.head.vary, request.headers))
    .map((entry) => ({ entry, facts: desk.facts(entry) }));
}

/** Parts that cannot be combined stay as they are. */
const past = (): void => undefined;

/** What the new entry makes superfluous: what it would be chosen instead of, and what is too much. */
function replacedBy(
  head: StoredHead,
  found: readonly StoredEntry[],
  headers: readonly HeaderEntry[],
): readonly StoredEntry[] {
  const same = found.filter((entry) => isReplaced(entry, head, headers));
  const left = found.filter((entry) => !same.includes(entry));
  return [...same, ...left.slice(MAXIMUM_ENTRIES_PER_KEY - 1)];
}

function isReplaced(
  { head: old }: StoredEntry,
  { range, validator }: StoredHead,
  headers: readonly HeaderEntry[],
): boolean {
  if (!varyMatches(old.vary, headers)) return false;
  if (range === undefined) return true;
  if (old.range === undefined) return old.validator !== validator || validator === undefined;
  const covered = old.range.from >= range.from && old.range.to <= range.to;
  return covered || validator === undefined || old.validator !== validator;
}
