import type { Body } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { Coding } from './coding.ts';
import { CodingError, isPromise, nothing, type Decoder } from './decoder.ts';
import type { EnginePool } from './engine-pool.ts';
import { EngineError } from './engine.ts';

/** Bytes behind the end of the content that are ignored, as browsers and curl do; more of them are an error. */
const MAXIMUM_TRAILING_BYTES = 1_048_576;

/** What a body is decoded with. */
export interface DecodingMeans {
  readonly engines: EnginePool;
  /** Up to here nobody asks how much smaller the body was on its way; negative: nobody ever does. */
  readonly expansionThresholdBytes: number;
}

/**
 * The bytes of a source without their outermost coding, decoded when they are asked for and not before. What it lends is memory of the
 * decoder. The end is told only after the source's own, so that its failures are heard.
 */
export class DecodedBody implements Body {
  readonly #source: Body;
  readonly #coding: Coding;
  readonly #decoder: Decoder;
  readonly #threshold: number;
  /** The body beneath all others: its input is what came over the network. */
  readonly #first: DecodedBody;
  #view: Uint8Array = nothing;
  /** Input that was decoded. */
  #taken = 0;
  /** Input that was seen: an engine may give output before it gives back the input. */
  #received = 0;
  #produced = 0;
  #trailing = 0;
  #state: 'open' | 'ended' | 'closed' = 'open';
  #closing: Promise<void> | undefined;

  constructor(source: Body, coding: Coding, means: DecodingMeans) {
    this.#source = source;
    this.#coding = coding;
    this.#decoder = coding.decoder(means.engines);
    this.#threshold = means.expansionThresholdBytes;
    this.#first = source instanceof DecodedBody ? source.#first : this;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#view.byteLength > 0) return this.#view;
    if (this.#state === 'ended') return nothing;
    if (this.#state === 'closed') throw canceled();
    return this.#next();
  }

  advanceReadPointer(distance: number): void {
    this.#view = this.#view.subarray(distance);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closed';
      this.#decoder.close(false);
    }
    this.#view = nothing;
    return this.#source.close();
  }

  /** Goes on until there is something to lend: with promises only where the source or the engine has them. */
  #next(): Uint8Array | Promise<Uint8Array> {
    for (;;) {
      const output = this.#decoder.pending ? this.#decode(nothing) : this.#read();
      if (isPromise(output)) return output.then(this.#orNext);
      if (output) return output;
    }
  }

  readonly #orNext = (output: Uint8Array | undefined): Uint8Array | Promise<Uint8Array> =>
    output ?? this.#next();

  #read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const input = this.#source.readPointer();
    return isPromise(input) ? input.then(this.#take) : this.#take(input);
  }

  readonly #take = (
    input: Uint8Array,
  ): Uint8Array | undefined | Promise<Uint8Array | undefined> => {
    if (input.byteLength === 0) return this.#end();
    this.#received = this.#taken + input.byteLength;
    if (!this.#decoder.ended) return this.#decode(input);
    this.#trailing += input.byteLength;
    if (this.#trailing > MAXIMUM_TRAILING_BYTES) {
      throw this.#failure(`more than ${MAXIMUM_TRAILING_BYTES} bytes follow its end`);
    }
    this.#source.advanceReadPointer(input.byteLength);
    return undefined;
  };

  #decode(input: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    try {
      const output = this.#decoder.decode(input);
      if (!isPromise(output)) return this.#seen(output);
      return output.then(this.#seen, this.#fail);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** What can be lent of an output; `undefined` for none. */
  readonly #seen = (output: Uint8Array): Uint8Array | undefined => {
    const { consumed } = this.#decoder;
    this.#taken += consumed;
    if (consumed > 0) this.#source.advanceReadPointer(consumed);
    if (output.byteLength === 0) return undefined;
    this.#produced += output.byteLength;
    this.#checkExpansion();
    this.#view = output;
    return output;
  };

  /** Also for codings over codings: what counts is what came over the network. */
  #checkExpansion(): void {
    if (this.#threshold < 0 || this.#produced <= this.#threshold) return;
    const { name, maximumExpansion } = this.#coding;
    if (this.#produced <= this.#first.#received * maximumExpansion) return;
    throw this.#failure(
      `${this.#first.#received} bytes became ${this.#produced}, more than ${maximumExpansion} times as many; ` +
        `expansionThresholdBytes says from where on ${name} is judged`,
    );
  }

  /** The source has ended; nothing at all is an empty body in every coding. */
  #end(): Uint8Array | Promise<Uint8Array> {
    if (this.#taken === 0) return this.#ended();
    try {
      const finished = this.#decoder.finish();
      return isPromise(finished) ? finished.then(this.#ended, this.#fail) : this.#ended();
    } catch (error) {
      return this.#fail(error);
    }
  }

  readonly #ended = (): Uint8Array => {
    if (this.#state === 'open') this.#decoder.close(true);
    this.#state = 'ended';
    return nothing;
  };

  readonly #fail = (error: unknown): never => {
    if (this.#state === 'closed') throw canceled();
    if (!(error instanceof CodingError || error instanceof EngineError)) throw error;
    throw this.#failure(error.message, error);
  };

  #failure(what: string, cause?: Error): Error {
    return networkFailure(
      'unknown-content',
      `the body cannot be decoded from ${this.#coding.name}: ${what}`,
      { cause },
    );
  }
}

function canceled(): Error {
  return networkFailure('operation-canceled', 'the body was closed while it was read');
}
