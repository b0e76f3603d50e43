/** Type, version and length before what a record holds (RFC 8446 §5.1). */
const HEADER_BYTES = 5;

/** Finds where the records of one direction end. Knows lengths only, and takes any for true: what does not fit is for TLS to refuse. */
export class RecordSplitter {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  /** Of the record whose header is complete. */
  #left = 0;

  /** How many of the first of `bytes` belong to one record: to its end, or all. `bytes` is not empty. */
  next(bytes: Uint8Array): number {
    let count = 0;
    while (this.#headerBytes < HEADER_BYTES && count < bytes.length) {
      this.#header[this.#headerBytes++] = bytes[count++] ?? 0;
      if (this.#headerBytes === HEADER_BYTES) this.#left = lengthIn(this.#header);
    }
    if (this.#headerBytes < HEADER_BYTES) return count;
    const rest = Math.min(this.#left, bytes.length - count);
    this.#left -= rest;
    if (this.#left === 0) this.#headerBytes = 0;
    return count + rest;
  }
}

const lengthIn = (header: Uint8Array): number => ((header[3] ?? 0) << 8) | (header[4] ?? 0);
