import { randomUUID } from 'node:crypto';

import { cacheFailure } from '../failure.ts';
import type { EntryReader, EntryWriter, StoredEntry, StoredHead, WritePlan } from '../store.ts';
import type { BlockPool } from './block-pool.ts';
import { BodyChecksum } from './checksum.ts';
import { DiskEntry, type EntryFacts } from './disk-entry.ts';
import { closedFailure } from './disk-failure.ts';
import { Follower } from './follower.ts';
import { GrowingBody } from './growing-body.ts';
import type { Keeper } from './keeper.ts';
import { createFile } from './key-files.ts';
import { allotted, INLINE_BYTES, INLINE_TOTAL_BYTES, KEY_ENTRIES, largestBody } from './limits.ts';
import type { Shelf } from './shelf.ts';
import { Spill } from './spill.ts';
import type { StoreFolder } from './store-folder.ts';
import type { UseClock } from './use-clock.ts';

/** What a small body begins with, where its length is not known. */
const FIRST_BYTES = 4_096;

/** The parts of a store that writing needs. */
export interface WritingParts {
  readonly folder: StoreFolder;
  readonly shelf: Shelf;
  readonly pool: BlockPool;
  readonly keeper: Keeper;
  readonly clock: UseClock;
  readonly maximumBytes: number;
  /** Told when the writer is done, in whatever way. */
  readonly done: (writer: DiskWriter) => void;
}

/** Writes one entry. A small body waits in memory for its head; a large one goes into a file under a name of its own. */
export class DiskWriter implements EntryWriter {
  readonly #parts: WritingParts;
  readonly #plan: WritePlan;
  readonly #name: string;
  readonly #id: string = randomUUID();
  readonly #body: GrowingBody;
  #over = false;
  #reserved = 0;
  #finishing: Promise<void> | undefined;

  constructor(parts: WritingParts, plan: WritePlan) {
    this.#parts = parts;
    this.#plan = plan;
    this.#name = parts.folder.nameOf(plan.key);
    const { expectedBytes = FIRST_BYTES } = plan;
    this.#body = new GrowingBody(expectedBytes > INLINE_BYTES ? 0 : expectedBytes);
  }

  write(view: Uint8Array): void | Promise<void> {
    this.#checkOpen();
    try {
      return this.#add(view);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  follow(): EntryReader {
    return new Follower(this.#body);
  }

  commit(head: StoredHead): StoredEntry | Promise<StoredEntry> {
    const { keeper } = this.#parts;
    return keeper.overfull ? keeper.idle().then(() => this.#commit(head)) : this.#commit(head);
  }

  abandon(): void | Promise<void> {
    if (!this.#over) this.#failed(cacheFailure('operation-canceled', 'the writing was given up'));
    return this.#finishing;
  }

  #commit(head: StoredHead): StoredEntry | Promise<StoredEntry> {
    this.#checkOpen();
    try {
      const committed = this.#store(head);
      if (!(committed instanceof Promise)) return committed;
      return committed.catch((error: unknown) => {
        throw this.#failed(error);
      });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #store(head: StoredHead): StoredEntry | Promise<StoredEntry> {
    const spill = this.#body.spill ?? this.#spillUnlessRoom();
    if (spill !== undefined) return this.#commitFile(spill, head);
    const body = this.#body.inMemory;
    const sum = new BodyChecksum(this.#id).ofBlock(0, body);
    return this.#enter({ sum, body, head });
  }

  #checkOpen(): void {
    const { failure } = this.#body;
    if (failure !== undefined || this.#over) throw failure ?? closedFailure('the writer');
  }

  #add(view: Uint8Array): void | Promise<void> {
    const length = this.#body.length + view.length;
    if (length > largestBody(this.#parts.maximumBytes))
      throw cacheFailure('protocol-failure', 'the body is larger than the store takes');
    if (this.#body.spill === undefined && length <= INLINE_BYTES) return this.#body.keep(view);
    const spill = this.#body.spill ?? this.#spill();
    this.#reserve(allotted(length));
    const added = spill.add(view);
    if (added === undefined) return this.#body.grow(view.length);
    return added.then(
      () => this.#body.grow(view.length),
      (error: unknown) => {
        throw this.#failed(error);
      },
    );
  }

  /** Moves what is in memory to a file. */
  #spill(): Spill {
    const { folder, pool } = this.#parts;
    const spill = new Spill(createFile(folder, this.#name), this.#id, pool);
    const started = spill.add(this.#body.inMemory);
    if (started !== undefined) throw new RangeError('a small body is larger than a unit');
    this.#body.moveTo(spill);
    return spill;
  }

  /** Where many small bodies of a key lie already, this one gets a file. */
  #spillUnlessRoom(): Spill | undefined {
    const { length } = this.#body;
    // As many as there may be of these have room.
    if (length <= INLINE_TOTAL_BYTES / KEY_ENTRIES) return undefined;
    const there = this.#parts.shelf.inspect(this.#name);
    if (there === undefined || 'problem' in there) return undefined;
    const kept = there.entries.filter(({ id }) => !this.#replaces(id));
    const total = kept.reduce((sum, { body }) => sum + (body?.length ?? 0), length);
    return total > INLINE_TOTAL_BYTES ? this.#spill() : undefined;
  }

  async #commitFile(spill: Spill, head: StoredHead): Promise<StoredEntry> {
    const { folder, keeper, shelf, clock } = this.#parts;
    const { sum, bytes } = await spill.finish(clock.now());
    if (this.#body.failure !== undefined) throw this.#body.failure;
    spill.moveTo(folder.bodyPath(this.#name, this.#id));
    keeper.account(this.#name, allotted(bytes));
    try {
      return await this.#enter({ sum, body: undefined, head });
    } catch (error) {
      shelf.discardBody(this.#name, { id: this.#id, length: this.#body.length });
      throw error;
    }
  }

  /** Makes the entry be found. */
  #enter(facts: Pick<EntryFacts, 'sum' | 'body' | 'head'>): StoredEntry | Promise<StoredEntry> {
    const { key } = this.#plan;
    const { length } = this.#body;
    const head = { ...facts.head, length };
    const entry = new DiskEntry({ ...facts, key, id: this.#id, head, length }, {});
    const entered = (entries: readonly DiskEntry[]): StoredEntry => {
      this.#body.end();
      this.#finish();
      return entries.find(({ id }) => id === this.#id) ?? entry;
    };
    const changed = this.#parts.shelf.change(this.#name, key, (there) => [
      entry,
      ...there.filter(({ id }) => !this.#replaces(id)),
    ]);
    return changed instanceof Promise ? changed.then(entered) : entered(changed);
  }

  #replaces(id: string): boolean {
    return this.#plan.replaces.some((replaced) => replaced.id === id);
  }

  #reserve(bytes: number): void {
    this.#parts.keeper.reserve(bytes - this.#reserved);
    this.#reserved = bytes;
  }

  /** The first failure is what everybody hears of. Nothing is left behind then. */
  #failed(error: unknown): Error {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#body.fail(failure);
    this.#finish();
    return this.#body.failure ?? failure;
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    const { spill } = this.#body;
    if (spill !== undefined) this.#finishing = this.#settle(spill);
    else this.#parts.done(this);
  }

  async #settle(spill: Spill): Promise<void> {
    await spill.settle();
    this.#parts.keeper.release(this.#reserved);
    this.#parts.done(this);
  }
}
