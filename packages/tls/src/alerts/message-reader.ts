/** Messages whose content is looked at (RFC 8446 §4). */
export const messageTypes = {
  clientHello: 1,
  serverHello: 2,
  finished: 20,
  keyUpdate: 24,
} as const;

/** OpenSSL takes no longer ClientHello, and of the others none that is as long. */
const MOST_HELLO_BYTES = 131_396;
const HEADER_BYTES = 4;
const nothing = new Uint8Array(0);

/** Called at the end of a message; the body, lent for the call, is empty unless it is a hello. */
export type OnMessage = (type: number, body: Uint8Array) => void;

/** Finds the handshake messages in the content of records, however they are split or joined (RFC 8446 §5.1). */
export class MessageReader {
  readonly #onMessage: OnMessage;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  /** Of the body, those still to come. */
  #left = 0;
  /** What is kept of the body. */
  #kept: Uint8Array = nothing;
  #keptBytes = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  /** True within a message. */
  get inside(): boolean {
    return this.#headerBytes > 0;
  }

  /** Reads the content of the next record of type handshake. False: a message is longer than any that is taken. */
  read(content: Uint8Array): boolean {
    let at = 0;
    while (at < content.length) {
      if (this.#headerBytes < HEADER_BYTES) {
        this.#header[this.#headerBytes] = content[at] ?? 0;
        this.#headerBytes += 1;
        at += 1;
        if (this.#headerBytes === HEADER_BYTES && !this.#begin()) return false;
      } else {
        const part = content.subarray(at, at + this.#left);
        this.#keep(part);
        this.#left -= part.length;
        at += part.length;
      }
      if (this.#headerBytes === HEADER_BYTES && this.#left === 0) this.#end();
    }
    return true;
  }

  /** Forgets a message that has begun. */
  reset(): void {
    this.#headerBytes = 0;
    this.#left = 0;
    this.#kept = nothing;
    this.#keptBytes = 0;
  }

  #begin(): boolean {
    const [type = 0, high = 0, middle = 0, low = 0] = this.#header;
    this.#left = high * 65_536 + middle * 256 + low;
    return !isKept(type) || this.#left <= MOST_HELLO_BYTES;
  }

  #keep(part: Uint8Array): void {
    if (!isKept(this.#header[0] ?? 0)) return;
    if (this.#keptBytes === 0 && part.length === this.#left) {
      this.#kept = part;
      this.#keptBytes = part.length;
      return;
    }
    const needed = this.#keptBytes + part.length;
    if (needed > this.#kept.length) {
      const larger = new Uint8Array(Math.min(needed + this.#left, 2 * needed));
      larger.set(this.#kept.subarray(0, this.#keptBytes));
      this.#kept = larger;
    }
    this.#kept.set(part, this.#keptBytes);
    this.#keptBytes = needed;
  }

  #end(): void {
    const type = this.#header[0] ?? 0;
    const body = this.#kept.subarray(0, this.#keptBytes);
    this.reset();
    this.#onMessage(type, body);
  }
}

function isKept(type: number): boolean {
  return type === messageTypes.clientHello || type === messageTypes.serverHello;
}
