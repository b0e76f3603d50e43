import type { OpenedRecord } from './protection.ts';

/** A record that is of interest, opened. */
export interface SeenRecord extends OpenedRecord {
  readonly encrypted: boolean;
}

/** How records of one direction are read, until that changes. It counts all it is asked about. */
export interface Stage {
  /** Whether the record, of which only the header is known, may be of interest. */
  wants(type: number, length: number): boolean;
  /** `undefined`: of no interest. */
  open(record: Uint8Array): SeenRecord | undefined;
  /** A whole record for this place, which counts only once it is read; `undefined` without keys. */
  seal(type: number, content: Uint8Array): Uint8Array | undefined;
  wipe(): void;
}

/** What a stage is part of. */
export interface Direction {
  readonly writer: 'client' | 'server';
  /** Its Finished passed. */
  finished(): void;
  /** It cannot be followed any more, for this reason. */
  lose(reason: string): void;
}
