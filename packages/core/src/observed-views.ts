/** The bytes of an upload, view by view. */
export type Views = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
type Step = IteratorResult<Uint8Array>;

/** Sees an upload on its way. What it throws ends the upload, and leaves the source. */
export interface ViewsObserver {
  /** The next view is wanted, so the last one is taken. */
  asked?(): void;
  /** What was given; the source may be a stranger's, so that it is looked at here. */
  gave(step: IteratorResult<unknown, unknown>): Step;
}

/** The same views, synchronous or not, each seen by an observer that is made when they are opened. */
export function observed(views: Views, observer: () => ViewsObserver): Views {
  if (Symbol.asyncIterator in views) {
    return {
      [Symbol.asyncIterator]: () => new AsyncObserved(views[Symbol.asyncIterator](), observer()),
    };
  }
  return { [Symbol.iterator]: () => new SyncObserved(views[Symbol.iterator](), observer()) };
}

class SyncObserved implements Iterator<Uint8Array> {
  readonly #source: Iterator<Uint8Array>;
  readonly #observer: ViewsObserver;

  constructor(source: Iterator<Uint8Array>, observer: ViewsObserver) {
    this.#source = source;
    this.#observer = observer;
  }

  next(): Step {
    let over = false;
    try {
      this.#observer.asked?.();
      // A source that throws has left by itself.
      over = true;
      const step = this.#source.next();
      over = step.done === true;
      return this.#observer.gave(step);
    } catch (error) {
      if (!over) this.#source.return?.();
      throw error;
    }
  }

  return(): Step {
    this.#source.return?.();
    return { done: true, value: undefined };
  }
}

/** Not a generator: its `return` would wait for a pending `next`. */
class AsyncObserved implements AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #observer: ViewsObserver;

  constructor(source: AsyncIterator<Uint8Array>, observer: ViewsObserver) {
    this.#source = source;
    this.#observer = observer;
  }

  async next(): Promise<Step> {
    let over = false;
    try {
      this.#observer.asked?.();
      // A source that throws has left by itself.
      over = true;
      const step = await this.#source.next();
      over = step.done === true;
      return this.#observer.gave(step);
    } catch (error) {
      if (!over) await this.#source.return?.();
      throw error;
    }
  }

  async return(): Promise<Step> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }
}
