import type { Negotiation } from './negotiation.ts';
import { HEADER_BYTES, record, recordTypes } from './record.ts';
import type { Direction, SeenRecord, Stage } from './stage.ts';

/** Before any keys. */
export class PlainStage implements Stage {
  /** Records of early data (RFC 8446 §4.2.10) that came so far. */
  earlyRecords = 0;
  readonly #negotiation: Negotiation;
  readonly #direction: Direction;

  constructor(negotiation: Negotiation, direction: Direction) {
    this.#negotiation = negotiation;
    this.#direction = direction;
  }

  wants(type: number): boolean {
    if (type !== recordTypes.applicationData) return true;
    this.earlyRecords += 1;
    const { refusal } = this.#negotiation;
    if (refusal !== undefined) this.#direction.lose(refusal);
    return false;
  }

  open(bytes: Uint8Array): SeenRecord {
    const content = bytes.subarray(HEADER_BYTES);
    return { type: bytes[0] ?? 0, content, padded: false, encrypted: false };
  }

  seal(type: number, content: Uint8Array): Uint8Array {
    return record(type, content);
  }

  wipe(): void {
    this.earlyRecords = 0;
  }
}
