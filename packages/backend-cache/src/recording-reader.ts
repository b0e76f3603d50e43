import { cacheFailure } from './failure.ts';
import { isPromise } from './is-promise.ts';
import type { Recording } from './recording.ts';
import type { EntryReader } from './store.ts';

const nothing = new Uint8Array(0);

/** Reads a body that is being stored, from its start: what was written already, then what comes. */
export class RecordingReader implements EntryReader {
  readonly #recording: Recording;
  /** How much was read. */
  position = 0;
  /** Whether it looks at a view of the peer's own, which then cannot move on. */
  holds = false;
  /** Whether what was looked at last came from the peer. */
  #direct = false;
  #lost = false;
  #follower: EntryReader | undefined;
  #followed = 0;
  #closed = false;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#closed)
      throw cacheFailure('operation-canceled', 'the reader of the reply was closed');
    const recording = this.#recording;
    if (this.#lost) throw lost();
    recording.expectSound();
    if (this.position < recording.position) return this.#written();
    if (recording.ended) return nothing;
    if (!recording.direct) return recording.changed().then(this.#again);
    const view = this.#lent() ?? this.#awaited();
    return view ?? recording.othersCaughtUp().then(this.#again);
  }

  readonly #again = (): Uint8Array | Promise<Uint8Array> => this.readPointer();

  #lent(): Uint8Array | undefined {
    const view = this.#recording.lentAfter(this.position);
    this.#direct = view !== undefined;
    // In step with others nobody looks at the peer's own, so that whoever stops reading can be left behind.
    if (view !== undefined && !this.#recording.alone) return view.slice();
    this.holds = this.#direct;
    return view;
  }

  /** `undefined`: others have not seen yet what was lent last. */
  #awaited(): Uint8Array | Promise<Uint8Array> | undefined {
    const looking = this.#recording.look();
    if (looking !== undefined) return looking.then(this.#again);
    this.#recording.expectSound();
    return this.#recording.ended ? nothing : this.#lent();
  }

  /** Others go on without it: it did not read for too long. */
  leaveBehind(): void {
    this.#lost = true;
  }

  /** What the store can give back by now. */
  #written(): Uint8Array | Promise<Uint8Array> {
    this.#direct = false;
    const { writer } = this.#recording;
    this.#follower ??= writer?.follow();
    if (this.#follower === undefined) throw lost();
    const view = this.#follower.readPointer();
    return isPromise(view) ? view.then(this.#skip) : this.#skip(view);
  }

  readonly #skip = (view: Uint8Array): Uint8Array | Promise<Uint8Array> => {
    if (view.length === 0) throw lost();
    const known = Math.min(view.length, this.position - this.#followed);
    if (known > 0) {
      this.#follower?.advanceReadPointer(known);
      this.#followed += known;
      return this.readPointer();
    }
    return view.subarray(0, this.#recording.position - this.position);
  };

  advanceReadPointer(distance: number): void {
    this.position += distance;
    if (!this.#direct) {
      this.#followed += distance;
      this.#follower?.advanceReadPointer(distance);
    }
    this.holds = false;
    this.#recording.moved();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.holds = false;
    void this.#follower?.close();
    this.#recording.leave(this);
  }
}

/** The store gave up what others had not read yet; the network still has it. */
function lost(): Error {
  return cacheFailure('unknown-content', 'the store lost what was being written to it', {
    temporary: true,
  });
}
