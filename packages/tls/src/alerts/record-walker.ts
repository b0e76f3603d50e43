import { HEADER_BYTES, MOST_RECORD_BYTES, recordTypes } from './record.ts';

/** What is told of every record, in order. */
export interface RecordTaker {
  /** Whether the record, of which nothing came but its header, is wanted whole. Once for each. */
  wants(type: number, length: number): boolean;
  /** A record that was wanted, with its header, lent for the call; `offset`: where it begins in what is walked, or 0. */
  take(record: Uint8Array, offset: number): void;
  /** Bytes that are no record of TLS 1.2 or 1.3 (RFC 8446 §5.1). */
  notTls(): void;
}

/** Finds the records in one direction of a connection, however their bytes are split; copies only wanted ones that are split. */
export class RecordWalker {
  readonly #taker: RecordTaker;
  readonly #header = new Uint8Array(HEADER_BYTES);
  /** The record that has begun in earlier bytes: its header, or all of it. */
  #gathered: Uint8Array;
  #gatheredBytes = 0;
  /** Of a record that is not wanted, what is still to come. */
  #skip = 0;
  #stopped = false;

  constructor(taker: RecordTaker) {
    this.#taker = taker;
    this.#gathered = this.#header;
  }

  walk(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#stopped) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else if (this.#gatheredBytes === 0 && bytes.length - at >= HEADER_BYTES) {
        at = this.#walkRecord(bytes, at);
      } else {
        at = this.#gather(bytes, at);
      }
    }
  }

  /** Nothing is taken from now on. */
  stop(): void {
    this.#stopped = true;
    this.#gathered = this.#header;
  }

  /** The header is there; where the record, or what there is of it, ends. */
  #walkRecord(bytes: Uint8Array, at: number): number {
    if (!this.#begins(bytes, at)) return bytes.length;
    const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    if (!this.#taker.wants(bytes[at]!, length)) {
      this.#skip = length;
      return at + HEADER_BYTES;
    }
    const end = at + HEADER_BYTES + length;
    if (end > bytes.length) {
      this.#gathered = new Uint8Array(HEADER_BYTES + length);
      return this.#append(bytes, at, bytes.length - at);
    }
    this.#taker.take(bytes.subarray(at, end), at);
    return end;
  }

  #gather(bytes: Uint8Array, at: number): number {
    const missing = this.#gathered.length - this.#gatheredBytes;
    const next = this.#append(bytes, at, Math.min(missing, bytes.length - at));
    if (this.#gatheredBytes < this.#gathered.length) return next;
    if (this.#gathered !== this.#header) this.#takeGathered();
    else this.#headerComplete();
    return next;
  }

  #append(bytes: Uint8Array, at: number, count: number): number {
    this.#gathered.set(bytes.subarray(at, at + count), this.#gatheredBytes);
    this.#gatheredBytes += count;
    return at + count;
  }

  #headerComplete(): void {
    const header = this.#header;
    if (!this.#begins(header, 0)) return;
    const length = (header[3]! << 8) | header[4]!;
    if (!this.#taker.wants(header[0]!, length)) {
      this.#gatheredBytes = 0;
      this.#skip = length;
      return;
    }
    this.#gathered = new Uint8Array(HEADER_BYTES + length);
    this.#gathered.set(header);
    if (length === 0) this.#takeGathered();
  }

  #takeGathered(): void {
    const whole = this.#gathered;
    this.#gathered = this.#header;
    this.#gatheredBytes = 0;
    this.#taker.take(whole, 0);
  }

  #begins(bytes: Uint8Array, at: number): boolean {
    const type = bytes[at]!;
    const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    const known = type >= recordTypes.changeCipherSpec && type <= recordTypes.applicationData;
    if (known && bytes[at + 1] === 3 && length <= MOST_RECORD_BYTES) return true;
    this.#taker.notTls();
    return false;
  }
}
