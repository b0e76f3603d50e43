import type { HeaderEntry, ReplyHead } from '@netaccess/core';

import type { EntryReader } from './store.ts';

/** A stored reply that is being served: its head, and its bytes, if it has any. */
export class OpenedReply {
  readonly head: ReplyHead;
  readonly reader: EntryReader | undefined;
  readonly #trailers: (() => readonly HeaderEntry[]) | undefined;
  #closing: Promise<void> | undefined;

  constructor(head: ReplyHead, reader?: EntryReader, trailers?: () => readonly HeaderEntry[]) {
    this.head = head;
    this.reader = reader;
    this.#trailers = trailers;
  }

  /** Valid after the end. */
  trailers(): readonly HeaderEntry[] {
    return this.#trailers?.() ?? none;
  }

  /** Any number of times; a reader that fails to close is past hearing about it. */
  close(): Promise<void> {
    this.#closing ??= closed(this.reader);
    return this.#closing;
  }
}

const none: readonly HeaderEntry[] = [];
const done = Promise.resolve();
const past = (): void => undefined;

function closed(reader: EntryReader | undefined): Promise<void> {
  try {
    const closing = reader?.close();
    return closing === undefined ? done : closing.then(past, past);
  } catch {
    return done;
  }
}
