import type { EntryWriter, StoredEntry, StoredHead } from '../store.ts';
import { ReaderProbe } from './reader-probe.ts';
import type { StoreTrial } from './trial.ts';

/** A body being written: every call is waited for, and the writer ends once. */
export class WriterProbe {
  readonly writer: EntryWriter;
  readonly #trial: StoreTrial;
  readonly #followers: ReaderProbe[] = [];
  #ended = false;

  constructor(trial: StoreTrial, writer: EntryWriter) {
    this.#trial = trial;
    this.writer = writer;
  }

  /** Writes a copy of these, whose memory is spoiled as soon as the store has promised not to need it. */
  async write(bytes: Uint8Array, each: number = Number.POSITIVE_INFINITY): Promise<void> {
    const most = Math.min(each, Math.max(bytes.length, 1));
    const memory = new Uint8Array(most);
    for (let offset = 0; offset < bytes.length; offset += most) {
      const piece = bytes.subarray(offset, offset + most);
      memory.set(piece);
      const view = memory.subarray(0, piece.length);
      await this.#trial.value('write() of bytes', () => this.writer.write(view));
      memory.fill(0xa5);
    }
  }

  /** A follower of its own. */
  follow(): ReaderProbe {
    const follower = new ReaderProbe(this.#trial, this.writer.follow());
    this.#followers.push(follower);
    return follower;
  }

  /** Ends the body. */
  async commit(head: StoredHead): Promise<StoredEntry> {
    this.#ended = true;
    return await this.#trial.value('commit()', () => this.writer.commit(head));
  }

  /** Gives it up, which must work. */
  async abandon(): Promise<void> {
    this.#ended = true;
    await this.#trial.value('abandon()', () => this.writer.abandon());
  }

  /** Ends it where the verdict is about something else. */
  async discard(): Promise<void> {
    for (const follower of this.#followers) await follower.discard();
    if (this.#ended) return;
    this.#ended = true;
    await this.#trial.quietly('abandon()', () => this.writer.abandon());
  }
}
