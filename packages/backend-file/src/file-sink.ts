/** Where bytes are put. */
export interface FileSink {
  /** Makes ready for `length` bytes, where that is known. */
  open(length: number | undefined): Promise<void>;
  /** Settles when the view may be used again. */
  write(view: Uint8Array): Promise<void>;
  /** After the last byte: makes them the file. */
  commit(): Promise<void>;
  /** Instead, or after a failure: leaves nothing behind. Never rejects, and does nothing after `commit`. */
  discard(): Promise<void>;
  /** Makes a write that waits for somebody reject. */
  interrupt(): void;
}
