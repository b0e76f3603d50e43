/** The bytes of an open file, in order. */
export interface FileBytes {
  /** Fills `into` from its start; 0 at the end. */
  read(into: Uint8Array): number | Promise<number>;
  /** Makes a pending read reject, and settles when no memory is written any more. The descriptor stays open. */
  stop(): Promise<void>;
}
