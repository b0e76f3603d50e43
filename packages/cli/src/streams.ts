import type { Readable, Writable } from 'node:stream';

/** What a terminal has more than another stream. */
export interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The three streams of a command. */
export interface Streams {
  readonly input: Readable & MaybeTerminal;
  readonly output: Writable & MaybeTerminal;
  readonly errors: Writable & MaybeTerminal;
}
