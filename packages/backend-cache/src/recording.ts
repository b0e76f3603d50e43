import type { Body, HeaderEntry, Reply } from '@netaccess/core';

import type { CarefulStore } from './careful-store.ts';
import { isPromise } from './is-promise.ts';
import { RecordingReader } from './recording-reader.ts';
import type { EntryWriter, StoredEntry, StoredHead } from './store.ts';

/** What a recording needs. */
export interface RecordingMeans {
  readonly store: CarefulStore;
  /** The peer's reply, which belongs to the recording from now on. */
  readonly reply: Reply;
  readonly head: StoredHead;
  readonly writer: EntryWriter;
  /** When nobody reads any more, so many bytes may still be fetched to complete the entry. */
  readonly backgroundBytes: number;
  /** Told once, at the end: the entry, if it was stored. */
  onEnd(entry: StoredEntry | undefined): void;
}

const nothing = new Uint8Array(0);

/**
 * A reply's body on its way into the store, and to those who read it meanwhile. One reader alone takes the peer's views as they come.
 * Once there are several, the body is fetched as fast as the store takes it, and everybody reads what was written. When the store fails,
 * all go on in step with the peer.
 */
export class Recording {
  readonly head: StoredHead;
  readonly #means: RecordingMeans;
  readonly #reply: Reply;
  #source: Body | undefined;
  readonly #readers: RecordingReader[] = [];
  #writer: EntryWriter | undefined;
  /** How much was taken from the peer. */
  #position = 0;
  /** What the peer lends after that. */
  #view: Uint8Array = nothing;
  /** The peer's next view, or the store's last write. */
  #awaited: Promise<void> | undefined;
  #pumping = false;
  #storing = true;
  #spoiled = false;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #failure: unknown;
  #waiting: (() => void)[] = [];
  #backgroundBytes: number;

  constructor(means: RecordingMeans) {
    this.#means = means;
    this.head = means.head;
    this.#writer = means.writer;
    this.#backgroundBytes = means.backgroundBytes;
    this.#reply = means.reply.with({
      body: (source) => {
        this.#source = source;
        return source;
      },
    });
  }

  /** How much can be read from the writer. */
  get position(): number {
    return this.#position;
  }
  get ended(): boolean {
    return this.#state === 'ended';
  }
  get writer(): EntryWriter | undefined {
    return this.#writer;
  }
  /** Whether readers see the peer's own views. */
  get direct(): boolean {
    return !this.#pumping;
  }
  /** Whether somebody more can still read all of it. */
  get joinable(): boolean {
    // Nothing moves on while somebody looks at the peer's own view, who may do so for long.
    const held = this.#readers.some(({ holds }) => holds);
    return this.#state === 'open' && this.#storing && !this.#spoiled && !held;
  }

  /** Whether there is one reader. */
  get alone(): boolean {
    return this.#readers.length <= 1;
  }

  /** Somebody more who reads all of it. */
  read(): RecordingReader {
    const reader = new RecordingReader(this);
    this.#readers.push(reader);
    if (this.#readers.length > 1) this.#pump();
    return reader;
  }

  trailers(): readonly HeaderEntry[] {
    return this.ended ? this.#reply.trailers() : [];
  }

  /** Throws once the peer has failed. */
  expectSound(): void {
    if (this.#state === 'failed') throw this.#failure;
  }

  /** What the peer lends after `position`; `undefined`: nothing yet. */
  lentAfter(position: number): Uint8Array | undefined {
    const offset = position - this.#position;
    if (offset < 0 || offset >= this.#view.length) return undefined;
    return offset === 0 ? this.#view : this.#view.subarray(offset);
  }

  /** Asks the peer for its next view, once for all. Nothing returned: there is nothing to wait for. */
  look(): Promise<void> | undefined {
    if (this.#awaited !== undefined) return this.#awaited;
    if (this.#state !== 'open' || this.#view.length > 0) return undefined;
    try {
      const view = this.#source?.readPointer() ?? nothing;
      const seen = isPromise(view) ? view.then(this.#see, this.#fail) : this.#see(view);
      return isPromise(seen) ? this.#await(seen) : undefined;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #await(promise: Promise<void>): Promise<void> {
    this.#awaited = promise.then(this.#awaken);
    return this.#awaited;
  }

  readonly #awaken = (): void => {
    this.#awaited = undefined;
    this.take();
    this.#wake();
  };

  readonly #see = (view: Uint8Array): void | Promise<void> => {
    if (this.#state !== 'open') return undefined;
    this.#view = view;
    return view.length === 0 ? this.#finish() : undefined;
  };

  /** Gives back to the peer what all direct readers have taken. */
  take(): void {
    if (this.#pumping || this.#awaited !== undefined || this.#view.length === 0) return;
    let least = Infinity;
    for (const { position } of this.#readers) least = Math.min(least, position);
    const distance = Math.min(least - this.#position, this.#view.length);
    if (distance > 0) void this.#write(distance);
  }

  /** Stores so much of the view, and gives it back. */
  #write(distance: number): void | Promise<void> {
    const { store } = this.#means;
    if (this.#writer === undefined || !this.#storing) return this.#advance(distance);
    const part = distance === this.#view.length ? this.#view : this.#view.subarray(0, distance);
    const written = store.append(this.#writer, part);
    if (!isPromise(written)) return this.#written(distance, written);
    return this.#await(written.then((done) => this.#written(distance, done)));
  }

  #written(distance: number, done: boolean): void {
    if (!done) this.#stopStoring();
    this.#advance(distance);
  }

  /** What was written may still be read; no more will be. */
  #stopStoring(): void {
    this.#storing = false;
    this.#pumping = false;
  }

  #advance(distance: number): void {
    if (this.#state !== 'open') return;
    // In step, nothing is given back that somebody has not seen.
    const seen = this.#readers.every(({ position }) => position >= this.#position + distance);
    if (!this.#pumping && !seen) return;
    this.#position += distance;
    this.#view = this.#view.subarray(distance);
    this.#source?.advanceReadPointer(distance);
    this.#wake();
  }

  #pump(): void {
    if (this.#pumping || !this.#storing || this.#state !== 'open') return;
    this.#pumping = true;
    void this.#pumpAll();
  }

  async #pumpAll(): Promise<void> {
    while (this.#pumping && this.#state === 'open') {
      const looking = this.look();
      if (looking !== undefined) await looking;
      else if (this.#readers.some(({ holds }) => holds)) await this.changed();
      else if (this.#view.length > 0) await this.#pumpView();
    }
    this.#wake();
  }

  async #pumpView(): Promise<void> {
    const { length } = this.#view;
    if (this.#readers.length === 0) {
      this.#backgroundBytes -= length;
      if (this.#backgroundBytes < 0) return this.#giveUp();
    }
    await this.#write(length);
  }

  /** Resolves when more was written, or it ended, or failed, or somebody gave a view back. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** As `changed`; but whoever reads nothing for so long as a store may take is left behind. */
  async othersCaughtUp(): Promise<void> {
    const position = this.#position;
    const changed = this.changed().then(() => true);
    if ((await this.#means.store.wait(changed)) || position !== this.#position) return;
    const end = position + this.#view.length;
    for (const reader of this.#readers.filter((each) => each.position < end && !each.holds)) {
      reader.leaveBehind();
      this.leave(reader);
    }
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Told by a reader that has moved on. */
  moved(): void {
    this.take();
    this.#wake();
  }

  #finish(): void | Promise<void> {
    if (this.#writer === undefined || !this.#storing || this.#spoiled) return this.#end(undefined);
    const trailers = this.#reply.trailers();
    const head = trailers.length === 0 ? this.head : { ...this.head, trailers };
    const entry = this.#means.store.commit(this.#writer, head);
    return isPromise(entry) ? entry.then((stored) => this.#end(stored)) : this.#end(entry);
  }

  #end(entry: StoredEntry | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#means.onEnd(entry);
    if (entry === undefined) this.#abandonOnceRead();
    this.#wake();
  }

  readonly #fail = (error: unknown): void => {
    if (this.#state !== 'open') return;
    this.#state = 'failed';
    this.#failure = error;
    this.#means.onEnd(undefined);
    void this.#writer?.abandon();
    this.#wake();
  };

  #abandonOnceRead(): void {
    if (this.#readers.some(({ position }) => position < this.#position)) return;
    void this.#writer?.abandon();
    this.#writer = undefined;
  }

  /** A reader that is done, or left early. */
  leave(reader: RecordingReader): void {
    const place = this.#readers.indexOf(reader);
    if (place === -1) return;
    this.#readers.splice(place, 1);
    if (this.#state === 'open' && this.#readers.length === 0) this.#goOnAlone();
    if (this.#state === 'ended' && !this.#storing) this.#abandonOnceRead();
    this.moved();
  }

  /** Nobody reads. What is complete is stored all the same, and so is what is nearly so. */
  #goOnAlone(): void {
    const { length } = this.head;
    const missing = length === undefined ? 1 : length - this.#position;
    if (!this.#storing || missing > this.#backgroundBytes) this.#giveUp();
    else this.#pump();
  }

  #giveUp(): void {
    this.#fail(new Error('nobody reads the reply any more'));
    void this.#reply.close();
  }

  /** Everybody who could have read it has gone. */
  giveUpUnread(): void {
    if (this.#state === 'open' && this.#readers.length === 0) this.#goOnAlone();
  }

  /** What the URL names has changed meanwhile, so that this is not to be found later. */
  spoil(): void {
    this.#spoiled = true;
  }
}
