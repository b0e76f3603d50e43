import { randomUUID } from 'node:crypto';

import type { EntryReader, EntryWriter, StoredEntry, StoredHead, WritePlan } from '../store.ts';
import type { BlockPool } from './block-pool.ts';
import { BodyChecksum } from './checksum.ts';
import { DiskEntry, type EntryFacts } from './disk-entry.ts';
import { closedFailure, diskFailure, systemFailure } from './disk-failure.ts';
import { replaceFile } from './file-call.ts';
import { Follower } from './follower.ts';
import { GrowingBody } from './growing-body.ts';
import type { Keeper } from './keeper.ts';
import { allotted, INLINE_BYTES, INLINE_TOTAL_BYTES, largestBody } from './limits.ts';
import { createFile, type Shelf } from './shelf.ts';
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

  constructor(parts: WritingParts, plan: WritePlan) {
    this.#parts = parts;
    this.#plan = plan;
    this.#name = parts.folder.nameOf(plan.key);
    const { expectedBytes = FIRST_BYTES } = plan;
    this.#body = new GrowingBody(expectedBytes > INLINE_BYTES ? 0 : expectedBytes);
  }

  write(view: Uint8Array): void | Promise<void> {
    const { failure } = this.#body;
    if (failure !== undefined || this.#over) throw failure ?? closedFailure('the writer');
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
    if (this.#over) return;
    this.#failed(diskFailure('operation-canceled', 'the writing was given up'));
    return this.#finish();
  }

  #commit(head: StoredHead): StoredEntry | Promise<StoredEntry> {
    const { failure } = this.#body;
    if (failure !== undefined || this.#over) throw failure ?? closedFailure('the writer');
    try {
      const spill = this.#body.spill ?? this.#spillUnlessRoom();
      if (spill !== undefined) return this.#commitFile(spill, head);
      const body = this.#body.inMemory;
      const sum = new BodyChecksum(this.#id).ofBlock(0, body);
      return this.#enter({ sum, body, head });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #add(view: Uint8Array): void | Promise<void> {
    const length = this.#body.length + view.length;
    if (length > largestBody(this.#parts.maximumBytes))
      throw diskFailure('protocol-failure', 'the body is larger than the store takes');
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
    const there = this.#parts.shelf.inspect(this.#name);
    if (length === 0 || there === undefined || 'problem' in there) return undefined;
    const kept = there.entries.filter(({ id }) => !this.#replaces(id));
    const total = kept.reduce((sum, { body }) => sum + (body?.length ?? 0), length);
    return total > INLINE_TOTAL_BYTES ? this.#spill() : undefined;
  }

  async #commitFile(spill: Spill, head: StoredHead): Promise<StoredEntry> {
    try {
      const { sum, bytes } = await spill.finish(this.#parts.clock.now());
      if (this.#body.failure !== undefined) throw this.#body.failure;
      const path = this.#parts.folder.bodyPath(this.#name, this.#id);
      this.#parts.folder.make(this.#parts.folder.shardOf(this.#name));
      replaceFile(spill.path, path);
      this.#parts.keeper.account(this.#name, allotted(bytes));
      return this.#enter({ sum, body: undefined, head });
    } catch (error) {
      throw this.#failed(systemFailure(error, `store ${this.#plan.key}`));
    }
  }

  /** Makes the entry be found. */
  #enter(facts: Pick<EntryFacts, 'sum' | 'body' | 'head'>): StoredEntry {
    const { key } = this.#plan;
    const { length } = this.#body;
    const head = { ...facts.head, length };
    const entry = new DiskEntry({ ...facts, key, id: this.#id, head, length }, {});
    const entries = this.#parts.shelf.change(this.#name, key, (there) => [
      entry,
      ...there.filter(({ id }) => !this.#replaces(id)),
    ]);
    this.#body.end();
    void this.#finish();
    return entries.find(({ id }) => id === this.#id) ?? entry;
  }

  #replaces(id: string): boolean {
    return this.#plan.replaces.some((replaced) => replaced.id === id);
  }

  #reserve(bytes: number): void {
    this.#parts.keeper.reserve(bytes - this.#reserved);
    this.#reserved = bytes;
  }

  /** The first failure is what everybody hears of. */
  #failed(error: unknown): Error {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#body.fail(failure);
    return this.#body.failure ?? failure;
  }

  async #finish(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const { spill, ended } = this.#body;
    this.#parts.keeper.release(this.#reserved);
    if (spill !== undefined) {
      await spill.settle();
      if (!ended) spill.remove();
    }
    this.#parts.done(this);
  }
}
