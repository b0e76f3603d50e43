import { isPromise } from './is-promise.ts';
import type { EntryReader } from './store.ts';

/** Gives the bytes from a place on from somewhere else; `undefined`: there are none that are surely the same. */
export type Resume = (position: number) => Promise<EntryReader | undefined>;

/** Reads an entry, and goes on elsewhere, once, where its store fails in the middle of it. */
export class SteadyReader implements EntryReader {
  #reader: EntryReader;
  #resume: Resume | undefined;
  #position = 0;
  #closed = false;

  constructor(reader: EntryReader, resume: Resume) {
    this.#reader = reader;
    this.#resume = resume;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    try {
      const view = this.#reader.readPointer();
      return isPromise(view) ? view.catch(this.#recover) : view;
    } catch (error) {
      return this.#recover(error);
    }
  }

  advanceReadPointer(distance: number): void {
    this.#position += distance;
    this.#reader.advanceReadPointer(distance);
  }

  close(): void | Promise<void> {
    this.#closed = true;
    return this.#reader.close();
  }

  readonly #recover = async (failure: unknown): Promise<Uint8Array> => {
    const resume = this.#resume;
    this.#resume = undefined;
    if (resume === undefined || this.#closed || !isTemporary(failure)) throw failure;
    const rest = await resume(this.#position).catch(() => undefined);
    if (rest === undefined) throw failure;
    if (this.#closed) {
      void rest.close();
      throw failure;
    }
    void this.#reader.close();
    this.#reader = rest;
    return rest.readPointer();
  };
}

function isTemporary(failure: unknown): boolean {
  return failure instanceof Error && 'temporary' in failure && failure.temporary === true;
}
