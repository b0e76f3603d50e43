import type { StoredEntry, StoredHead } from '../store.ts';

/** What is known of an entry of a key's file. */
export interface EntryFacts {
  readonly key: string;
  readonly id: string;
  readonly head: StoredHead;
  /** Bytes of the body. */
  readonly length: number;
  /** The checksum of a body beside its head, or of the table of one with a file of its own. */
  readonly sum: number;
  /** The body, if it lies beside its head. */
  readonly body: Uint8Array | undefined;
}

/** An entry as it was read, with its small body. */
export class DiskEntry implements StoredEntry, EntryFacts {
  readonly key: string;
  readonly id: string;
  readonly head: StoredHead;
  readonly length: number;
  readonly sum: number;
  readonly body: Uint8Array | undefined;
  /** Stands for the state of the store when it was last found: while the store has the same one, it changed nothing since. */
  era: object;
  /** Whether the body in memory was compared with its checksum. */
  checked = false;

  constructor({ key, id, head, length, sum, body }: EntryFacts, era: object) {
    this.key = key;
    this.id = id;
    this.head = head;
    this.length = length;
    this.sum = sum;
    this.body = body;
    this.era = era;
  }

  /** The same bytes under another head. */
  withHead(head: StoredHead): DiskEntry {
    const { key, id, length, sum, body } = this;
    return new DiskEntry({ key, id, head: { ...head, length }, length, sum, body }, this.era);
  }
}
