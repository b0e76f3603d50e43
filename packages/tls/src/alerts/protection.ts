/** What was in a protected record. */
export interface OpenedRecord {
  readonly type: number;
  readonly content: Uint8Array;
  /** It was made longer than it had to be (RFC 8446 §5.4). */
  readonly padded: boolean;
}

/** Keys of one direction until the next change: opens and seals records, counted from 0. */
export interface Protection {
  /** The record has its header. `undefined`: it was not made with these keys, for this place, or was changed. */
  open(record: Uint8Array, sequence: number): OpenedRecord | undefined;
  /** A whole record. */
  seal(type: number, content: Uint8Array, sequence: number): Uint8Array;
  /** TLS 1.3: the inner type by one block of key stream and no proof; 0: that block is padding; -1: no record is so short. */
  peek?(record: Uint8Array, sequence: number): number;
  wipe(): void;
}
